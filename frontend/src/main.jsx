import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import '@graphiql/plugin-explorer/style.css';
import './page.css';

import { explorerPlugin } from '@graphiql/plugin-explorer';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { createRoot } from 'react-dom/client';

import { readConfig, reloadOnNewKey } from './config.js';
import { EXAMPLES } from './examples.js';
import { createFetcher } from './fetcher.js';
import { Preview } from './preview.jsx';
import { storageWithoutKeys } from './storage.js';
import { restoreActiveTab } from './tabs.js';

reloadOnNewKey();
const config = await readConfig();
const prefilled = JSON.stringify(config.prefilled, null, 2);
const activeTab = restoreActiveTab();

createRoot(document.getElementById('root')).render(
  <GraphiQL
    fetcher={createFetcher(config)}
    plugins={[HISTORY_PLUGIN, explorerPlugin({ showAttribution: false })]}
    defaultTabs={EXAMPLES.map((example) => ({ ...example, headers: prefilled }))}
    initialQuery={activeTab.query}
    initialVariables={activeTab.variables}
    initialHeaders={prefilled}
    defaultHeaders={prefilled}
    defaultEditorToolsVisibility="variables"
    storage={storageWithoutKeys}
    shouldPersistHeaders={false}
    isHeadersEditorEnabled
    inputValueDeprecation
    schemaDescription
  >
    <GraphiQL.Footer>
      <Preview />
    </GraphiQL.Footer>
  </GraphiQL>,
);
