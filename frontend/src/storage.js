// GraphiQL's history keeps the headers of every request, whatever `shouldPersistHeaders` says: a key must not stay here.
const HISTORY = new Set(['graphiql:queries', 'graphiql:favorites']);

function withoutHeaders(history) {
  return JSON.stringify(JSON.parse(history, (name, held) => (name === 'headers' ? null : held)));
}

export const keylessStorage = {
  get length() {
    return localStorage.length;
  },
  getItem: (name) => localStorage.getItem(name),
  setItem: (name, value) => localStorage.setItem(name, HISTORY.has(name) ? withoutHeaders(value) : value),
  removeItem: (name) => localStorage.removeItem(name),
  clear: () => localStorage.clear(),
};
