// The graphql-sse client, and both stream formats with plain fetch.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from 'graphql-sse';
import { collect, endlessQuery, headers, isProgress, statesQuery, url, variables } from './target.mjs';

const open = (options = {}) => createClient({ url, headers, retryAttempts: 0, ...options });
const ask = (accept, query, more = {}) =>
  fetch(url, {
    method: 'POST',
    headers: { ...headers, accept, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables: more.variables }),
    signal: more.signal,
  });

test('a subscription yields every state and completes', async () => {
  const client = open();
  const results = await collect((sink) => client.subscribe({ query: statesQuery, variables }, sink));
  assert.deepEqual(results.map((result) => result.data.generationUpdated.progress), isProgress);
  client.dispose();
});

test('a query can be sent as a stream', async () => {
  const client = open();
  const results = await collect((sink) => client.subscribe({ query: '{ number }' }, sink));
  assert.deepEqual(results, [{ data: { number: 1 } }]);
  client.dispose();
});

test('a validation error is an event of the stream', async () => {
  const client = open();
  const [result] = await collect((sink) => client.subscribe({ query: 'subscription { nothing }' }, sink));
  assert.equal(result.errors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
  client.dispose();
});

test('a forbidden subscription is an event of the stream', async () => {
  const client = open();
  const [result] = await collect((sink) => client.subscribe({ query: 'subscription { forbidden }' }, sink));
  assert.equal(result.errors[0].extensions.code, 'FORBIDDEN');
  client.dispose();
});

test('a wrong key is HTTP 401', async () => {
  const client = open({ headers: { 'x-api-key': 'wrong' } });
  await assert.rejects(
    collect((sink) => client.subscribe({ query: statesQuery, variables }, sink)),
    (error) => error.response.status === 401,
  );
});

test('an iterator can be cancelled', async () => {
  const client = open();
  for await (const result of client.iterate({ query: endlessQuery })) {
    assert.deepEqual(result, { data: { endless: 1 } });
    break;
  }
  client.dispose();
});

test('the server responds after fifty aborted streams', async () => {
  const controllers = Array.from({ length: 50 }, () => new AbortController());
  await Promise.all(
    controllers.map(async (controller) => {
      const response = await ask('text/event-stream', endlessQuery, { signal: controller.signal });
      assert.equal(response.status, 200);
      controller.abort();
    }),
  );
  assert.deepEqual(await (await ask('application/json', '{ number }')).json(), { data: { number: 1 } });
});

test('a multipart subscription has the format of Apollo', async () => {
  const response = await ask('multipart/mixed;subscriptionSpec=1.0, application/json', statesQuery, { variables });
  const text = await response.text();
  assert.match(response.headers.get('content-type'), /^multipart\/mixed; boundary="graphql"; subscriptionSpec=1.0$/);
  assert.equal(text.split('--graphql').length, 5);
  assert.ok(text.endsWith('--graphql--\r\n'));
});

test('a query is JSON even when multipart is accepted first', async () => {
  const response = await ask('multipart/mixed;subscriptionSpec=1.0, application/json;q=0.9', '{ number }');
  assert.deepEqual(await response.json(), { data: { number: 1 } });
});
