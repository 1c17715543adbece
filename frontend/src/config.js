const SESSION_ENTRY = 'doitong:fragment';

// config.json, served next to the page, has { endpoint, authHeader, authScheme, transport: "ws" | "sse" }.
async function fetchConfig() {
  try {
    const response = await fetch('config.json' + location.search);
    return response.ok ? await response.json() : {};
  } catch {
    return {};
  }
}

// The key is passed as #key=…&transport=sse: a fragment is not sent to the server or written to its logs.
// It is removed from the address bar immediately and kept in the session storage, which a reload does not clear and
// which ends with the browser tab.
function readFragment() {
  const fragment = location.hash.slice(1);
  if (new URLSearchParams(fragment).has('key')) {
    sessionStorage.setItem(SESSION_ENTRY, fragment);
    history.replaceState(null, '', location.pathname + location.search);
  }
  const kept = sessionStorage.getItem(SESSION_ENTRY) ?? '';
  return Object.fromEntries([...new URLSearchParams(kept), ...new URLSearchParams(fragment)]);
}

// A link that is pasted into the address bar of the open page changes only the fragment.
export function reloadOnNewKey() {
  addEventListener('hashchange', () => {
    if (new URLSearchParams(location.hash.slice(1)).has('key')) location.reload();
  });
}

export async function readConfig() {
  const config = await fetchConfig();
  const { endpoint = '/graphql', authHeader = 'Authorization', authScheme = 'Bearer ' } = config;
  const { key, transport = config.transport ?? 'ws' } = readFragment();
  return {
    url: new URL(endpoint, location.href),
    transport,
    prefilled: { [authHeader]: `${authScheme}${key ?? 'YOUR_API_KEY'}` },
    keyHeaders: key ? { [authHeader]: `${authScheme}${key}` } : {},
  };
}
