// The server answers config.json beside the page: { endpoint, authHeader, authScheme, transport: "ws" | "sse" }.
async function fetchConfig() {
  try {
    const answer = await fetch('config.json' + location.search);
    return answer.ok ? await answer.json() : {};
  } catch {
    return {};
  }
}

// #key=… carries the key: a fragment never reaches the server or its logs. It leaves the address bar at once.
function takeKey() {
  const key = new URLSearchParams(location.hash.slice(1)).get('key');
  if (key) history.replaceState(null, '', location.pathname + location.search);
  return key;
}

export async function readConfig() {
  const { endpoint = '/graphql', authHeader = 'Authorization', authScheme = 'Bearer ', transport = 'ws' } =
    await fetchConfig();
  const key = takeKey();
  return {
    url: new URL(endpoint, location.href),
    transport,
    prefilled: { [authHeader]: `${authScheme}${key ?? 'YOUR_API_KEY'}` },
    signedIn: key ? { [authHeader]: `${authScheme}${key}` } : {},
  };
}
