// The server answers config.json beside the page: { endpoint, authHeader, authScheme, transport: "ws" | "sse" }.
async function fetchConfig() {
  try {
    const answer = await fetch('config.json' + location.search);
    return answer.ok ? await answer.json() : {};
  } catch {
    return {};
  }
}

// #key=…&transport=sse carries the key: a fragment never reaches the server or its logs. It leaves the address bar at once.
function takeFragment() {
  const { key, transport } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  if (key) history.replaceState(null, '', location.pathname + location.search);
  return { key, transport };
}

export async function readConfig() {
  const config = await fetchConfig();
  const { endpoint = '/graphql', authHeader = 'Authorization', authScheme = 'Bearer ' } = config;
  const { key, transport = config.transport ?? 'ws' } = takeFragment();
  return {
    url: new URL(endpoint, location.href),
    transport,
    prefilled: { [authHeader]: `${authScheme}${key ?? 'YOUR_API_KEY'}` },
    signedIn: key ? { [authHeader]: `${authScheme}${key}` } : {},
  };
}
