// The graphql-ws client over the ws package.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { collect, endlessQuery, headers, isProgress, key, socketUrl, statesQuery, variables } from './target.mjs';

const open = (options = {}) =>
  createClient({
    url: socketUrl,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${key}` },
    retryAttempts: 0,
    ...options,
  });

test('a subscription yields every state and completes', async () => {
  const client = open();
  const results = await collect((sink) => client.subscribe({ query: statesQuery, variables }, sink));
  assert.deepEqual(results.map((result) => result.data.generationUpdated.progress), isProgress);
  await client.dispose();
});

test('queries and mutations run over the socket', async () => {
  const client = open();
  const [query] = await collect((sink) => client.subscribe({ query: '{ number }' }, sink));
  const [mutation] = await collect((sink) =>
    client.subscribe({ query: 'mutation { generate(prompt: "poor") { id } }' }, sink),
  );
  assert.deepEqual(query, { data: { number: 1 } });
  assert.equal(mutation.errors[0].extensions.code, 'INSUFFICIENT_CREDITS');
  await client.dispose();
});

test('twenty subscriptions share one socket with an invalid one', async () => {
  const client = open();
  const wrong = collect((sink) => client.subscribe({ query: '{' }, sink));
  const right = Array.from({ length: 20 }, () =>
    collect((sink) => client.subscribe({ query: statesQuery, variables }, sink)),
  );
  await assert.rejects(wrong, (errors) => errors[0].extensions.code === 'GRAPHQL_PARSE_FAILED');
  for (const results of await Promise.all(right)) assert.equal(results.length, 3);
  await client.dispose();
});

test('an iterator can be cancelled', async () => {
  const client = open();
  for await (const result of client.iterate({ query: endlessQuery })) {
    assert.deepEqual(result, { data: { endless: 1 } });
    break;
  }
  await client.dispose();
});

test('the key can be in the headers of the upgrade', async () => {
  class SignedIn extends WebSocket {
    constructor(address, protocols) {
      super(address, protocols, { headers });
    }
  }
  const client = open({ webSocketImpl: SignedIn, connectionParams: undefined });
  const [result] = await collect((sink) => client.subscribe({ query: '{ caller }' }, sink));
  assert.deepEqual(result, { data: { caller: 'somebody' } });
  await client.dispose();
});

test('a wrong key closes the socket with 4403', async () => {
  const client = open({ connectionParams: { Authorization: 'Bearer wrong' } });
  await assert.rejects(
    collect((sink) => client.subscribe({ query: '{ number }' }, sink)),
    (event) => event.code === 4403 && event.reason === 'Forbidden',
  );
});

test('keep-alive pings of the client are answered', async () => {
  const pong = deferred();
  const client = open({ keepAlive: 10, lazy: false, on: { pong: (received) => received && pong.resolve() } });
  await pong.promise;
  await client.dispose();
});

test('another protocol is refused with 4406', async () => {
  const socket = new WebSocket(socketUrl, 'graphql-ws', { headers });
  const code = await new Promise((resolve) => socket.on('close', resolve));
  assert.equal(code, 4406);
});

test('another origin is refused with 403', async () => {
  const socket = new WebSocket(socketUrl, 'graphql-transport-ws', { headers, origin: 'https://evil.example' });
  const error = await new Promise((resolve) => socket.on('error', resolve));
  assert.match(error.message, /403/);
});

function deferred() {
  let resolve;
  const promise = new Promise((settle) => (resolve = settle));
  return { promise, resolve };
}
