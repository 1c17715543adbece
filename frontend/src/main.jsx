import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import '@graphiql/plugin-explorer/style.css';
import './page.css';

import { explorerPlugin } from '@graphiql/plugin-explorer';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { createRoot } from 'react-dom/client';

import { readConfig } from './config.js';
import { EXAMPLES } from './examples.js';
import { createFetcher } from './fetcher.js';
import { storageWithoutKeys } from './storage.js';

const STORED_TABS = 'graphiql:tabState';

const config = await readConfig();
const prefilled = JSON.stringify(config.prefilled, null, 2);
// GraphiQL ignores the variables of the first default tab, so they are passed separately.
const firstVariables = localStorage.getItem(STORED_TABS) ? undefined : EXAMPLES[0].variables;

createRoot(document.getElementById('root')).render(
  <GraphiQL
    fetcher={createFetcher(config)}
    plugins={[HISTORY_PLUGIN, explorerPlugin({ showAttribution: false })]}
    defaultTabs={EXAMPLES.map((example) => ({ ...example, headers: prefilled }))}
    initialVariables={firstVariables}
    initialHeaders={prefilled}
    defaultHeaders={prefilled}
    defaultEditorToolsVisibility="variables"
    storage={storageWithoutKeys}
    shouldPersistHeaders={false}
    isHeadersEditorEnabled
    inputValueDeprecation
    schemaDescription
  />,
);
