// GraphiQL's history stores the headers of every request, even if `shouldPersistHeaders` is false. They are removed so
// that no key is stored in the browser.
const HISTORY_ITEMS = new Set(['graphiql:queries', 'graphiql:favorites']);

function withoutHeaders(history) {
  return JSON.stringify(JSON.parse(history, (name, value) => (name === 'headers' ? null : value)));
}

export const storageWithoutKeys = {
  get length() {
    return localStorage.length;
  },
  getItem: (name) => localStorage.getItem(name),
  setItem: (name, value) => localStorage.setItem(name, HISTORY_ITEMS.has(name) ? withoutHeaders(value) : value),
  removeItem: (name) => localStorage.removeItem(name),
  clear: () => localStorage.clear(),
};
