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
// It is removed from the address bar immediately.
function readFragment() {
  const { key, transport } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  if (key) history.replaceState(null, '', location.pathname + location.search);
  return { key, transport };
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
