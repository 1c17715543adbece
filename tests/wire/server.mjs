// graphql-ws, graphql-sse and Apollo's multipart transport against the whole server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { collect, headers, key, socketUrl, url } from './target.mjs';

const STAGES = ['QUEUED', 'SUBMITTED', 'RUNNING', 'STORING', 'DONE'];
const follow = 'subscription Follow($id: ID!) { generationUpdated(id: $id) { id status stage progress version } }';
const followAll = 'subscription { generationsUpdated { id stage } }';
const speak = 'mutation Speak($input: TTSInput!) { generateSpeech(input: $input) { id status } }';
const words = (text) => ({ input: { service: 'elevenlabs', text } });

const overSocket = (options = {}) =>
  createClient({
    url: socketUrl,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${key}` },
    retryAttempts: 0,
    ...options,
  });
const overEvents = (options = {}) => createSseClient({ url, headers, retryAttempts: 0, ...options });
const clients = [
  ['graphql-ws', overSocket],
  ['graphql-sse', overEvents],
];
const ask = (client, query, variables) => collect((sink) => client.subscribe({ query, variables }, sink));

async function accept(client, text) {
  const [{ data, errors }] = await ask(client, speak, words(text));
  assert.equal(errors, undefined);
  return data.generateSpeech.id;
}

/** Asserts that the stages are in order without gaps, and that versions increase. */
function assertWhole(states) {
  const stages = [...new Set(states.map(({ stage }) => stage))];
  const versions = states.map(({ version }) => version);
  assert.deepEqual(stages, STAGES.slice(STAGES.indexOf(stages[0])));
  assert.deepEqual(versions, [...new Set(versions)].sort((a, b) => a - b));
}

for (const [name, open] of clients) {
  test(`${name}: a generation is followed to its end, and later subscriptions get the final state only`, async () => {
    const client = open();
    const id = await accept(client, 'One two three. test:delay=0.2');
    const states = (await ask(client, follow, { id })).map(({ data }) => data.generationUpdated);
    const after = (await ask(client, follow, { id })).map(({ data }) => data.generationUpdated);
    assertWhole(states);
    assert.equal(states.at(-1).status, 'COMPLETED');
    assert.deepEqual(after, [states.at(-1)]);
    await client.dispose();
  });

  test(`${name}: a cancelled generation ends its subscription`, async () => {
    const client = open();
    const id = await accept(client, 'test:hang');
    const statuses = [];
    for await (const { data } of client.iterate({ query: follow, variables: { id } })) {
      if (statuses.length === 0) await ask(client, 'mutation ($id: ID!) { cancelGeneration(id: $id) }', { id });
      statuses.push(data.generationUpdated.status);
    }
    assert.equal(statuses.at(-1), 'CANCELLED');
    await client.dispose();
  });

  test(`${name}: a query has one result`, async () => {
    const client = open();
    const results = await ask(client, '{ account { testMode } }');
    assert.deepEqual(results, [{ data: { account: { testMode: true } } }]);
    await client.dispose();
  });

  test(`${name}: an unknown generation is NOT_FOUND`, async () => {
    const client = open();
    const results = await ask(client, follow, { id: 'gen_unknown' }).catch((errors) => [{ errors }]);
    assert.equal(results[0].errors[0].extensions.code, 'NOT_FOUND');
    await client.dispose();
  });

  test(`${name}: the subscription to all generations can be cancelled`, async () => {
    const client = open();
    const id = await accept(client, 'test:hang');
    for await (const { data } of client.iterate({ query: followAll })) {
      if (data.generationsUpdated.id === id) break;
    }
    const [{ data }] = await ask(client, 'mutation ($id: ID!) { cancelGeneration(id: $id) }', { id });
    assert.equal(data.cancelGeneration, true);
    await client.dispose();
  });
}

test('Apollo over HTTP alone: a subscription is followed to its end', async () => {
  const client = new ApolloClient({ cache: new InMemoryCache(), link: new HttpLink({ uri: url, headers }) });
  const variables = words('One two three. test:delay=0.2');
  const { data } = await client.mutate({ mutation: gql(speak), variables });
  const { id } = data.generateSpeech;
  const results = await collect((sink) => client.subscribe({ query: gql(follow), variables: { id } }).subscribe(sink));
  assertWhole(results.map((result) => result.data.generationUpdated));
  assert.equal(results.at(-1).data.generationUpdated.status, 'COMPLETED');
});

test('twenty subscriptions share one socket with an invalid one', async () => {
  const client = overSocket();
  const id = await accept(client, 'One two three. test:delay=0.2');
  const wrong = ask(client, 'subscription { nothing }');
  const right = Array.from({ length: 20 }, () => ask(client, follow, { id }));
  await assert.rejects(wrong, (errors) => errors[0].extensions.code === 'GRAPHQL_VALIDATION_FAILED');
  for (const results of await Promise.all(right)) assertWhole(results.map(({ data }) => data.generationUpdated));
  await client.dispose();
});

test('a wrong key closes the socket with 4403, and is HTTP 401', async () => {
  const socket = overSocket({ connectionParams: { 'X-API-Key': 'wrong' } });
  const events = overEvents({ headers: { 'X-API-Key': 'wrong' } });
  await assert.rejects(ask(socket, '{ __typename }'), (event) => event.code === 4403);
  await assert.rejects(ask(events, followAll), (error) => error.response.status === 401);
  await Promise.all([socket.dispose(), events.dispose()]);
});
