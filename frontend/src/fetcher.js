import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { createClient as createSse } from 'graphql-sse';
import { createClient as createWs } from 'graphql-ws';

function isSubscription(params, options) {
  const operations = options?.documentAST?.definitions.filter((node) => node.kind === 'OperationDefinition') ?? [];
  const chosen = operations.find((node) => !params.operationName || node.name?.value === params.operationName);
  return (chosen ?? operations[0])?.operation === 'subscription';
}

// Headers entered in a tab take precedence. A tab restored after a reload has no headers: it uses the key of the link.
function withKey(keyHeaders, entered = {}) {
  const names = new Set(Object.keys(entered).map((name) => name.toLowerCase()));
  const missing = Object.entries(keyHeaders).filter(([name]) => !names.has(name.toLowerCase()));
  return { ...Object.fromEntries(missing), ...entered };
}

export function createFetcher({ url, transport, keyHeaders }) {
  const http = createGraphiQLFetcher({ url: url.href });
  const socketUrl = Object.assign(new URL(url), { protocol: url.protocol.replace('http', 'ws') }).href;

  return (params, options) => {
    const headers = withKey(keyHeaders, options?.headers);
    if (!isSubscription(params, options)) return http(params, { ...options, headers });
    if (transport === 'sse') return createSse({ url: url.href, headers, retryAttempts: 0 }).iterate(params);
    return createWs({ url: socketUrl, connectionParams: headers, retryAttempts: 0 }).iterate(params);
  };
}
