// GraphiQL restores its tabs from the local storage, but fills the editors from its initial values.
import { EXAMPLES } from './examples.js';

const STORED_TABS = 'graphiql:tabState';

// An example that was stored without its variables gets them back.
function withVariables(tab) {
  const example = EXAMPLES.find(({ query }) => query === tab.query);
  return tab.variables || !example?.variables ? tab : { ...tab, variables: example.variables };
}

// Returns { query, variables } of the active tab, which is the first example on the first visit.
export function restoreActiveTab() {
  try {
    const stored = JSON.parse(localStorage.getItem(STORED_TABS));
    const tabs = stored.tabs.map(withVariables);
    localStorage.setItem(STORED_TABS, JSON.stringify({ ...stored, tabs }));
    const { query, variables } = tabs[stored.activeTabIndex] ?? tabs[0];
    return { query: query ?? '', variables: variables ?? '' };
  } catch {
    return EXAMPLES[0]; // nothing is stored, or something that GraphiQL does not restore either
  }
}
