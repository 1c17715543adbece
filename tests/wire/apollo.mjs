// Apollo Client 4: queries, mutations, persisted queries, errors by status, and subscriptions over both links.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { collect, headers, isProgress, key, socketUrl, statesQuery, url, variables } from './target.mjs';

const clientOver = (link) => new ApolloClient({ link, cache: new InMemoryCache() });
const http = () => new HttpLink({ uri: url, headers });
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

const generate = gql`
  mutation Generate($prompt: String!) {
    generate(prompt: $prompt) {
      id
      status
      error
      metadata
    }
  }
`;

test('a query with the __typename that Apollo adds', async () => {
  const query = gql`
    query Get {
      generation(id: "gen_1") {
        id
        metadata {
          width
        }
      }
    }
  `;
  const { data } = await clientOver(http()).query({ query });
  assert.deepEqual(data.generation, {
    __typename: 'Generation',
    id: 'gen_1',
    metadata: { __typename: 'Metadata', width: 1024 },
  });
});

test('a published mutation with fields as leaves', async () => {
  const { data } = await clientOver(http()).mutate({ mutation: generate, variables: { prompt: 'a lake' } });
  assert.equal(data.generate.status, 'processing');
  assert.deepEqual(data.generate.metadata, { width: 1024, seed: 42 });
});

test('a response with an error status is a GraphQL error', async () => {
  await assert.rejects(
    clientOver(http()).mutate({ mutation: generate, variables: { prompt: 'poor' } }),
    (error) => CombinedGraphQLErrors.is(error) && error.errors[0].extensions.creditsRequired === 20,
  );
});

test('a wrong key is a GraphQL error', async () => {
  const link = new HttpLink({ uri: url, headers: { 'x-api-key': 'wrong' } });
  await assert.rejects(
    clientOver(link).query({ query: gql`{ number }` }),
    (error) => CombinedGraphQLErrors.is(error) && error.errors[0].extensions.code === 'UNAUTHENTICATED',
  );
});

for (const useGETForHashedQueries of [false, true]) {
  test(`persisted queries by ${useGETForHashedQueries ? 'GET' : 'POST'}`, async () => {
    const sent = [];
    const watched = new HttpLink({
      uri: url,
      headers,
      fetch: (address, init) => {
        sent.push(init.method);
        return fetch(address, init);
      },
    });
    const link = ApolloLink.from([new PersistedQueryLink({ sha256, useGETForHashedQueries }), watched]);
    const client = clientOver(link);
    const query = gql`query Persisted($v: Int) { number(value: $v) }`;
    const ask = (v) => client.query({ query, variables: { v: v + (useGETForHashedQueries ? 10 : 0) } });
    await ask(1);
    const before = sent.length;
    const { data } = await ask(2);
    assert.equal(data.number, useGETForHashedQueries ? 12 : 2);
    assert.equal(sent.length, before + 1, 'the second time the hash is enough');
    assert.equal(sent.at(-1), useGETForHashedQueries ? 'GET' : 'POST');
  });
}

const states = async (client) => {
  const results = await collect((sink) => client.subscribe({ query: gql(statesQuery), variables }).subscribe(sink));
  return results.map((result) => result.data.generationUpdated.progress);
};

test('a subscription over multipart', async () => {
  assert.deepEqual(await states(clientOver(http())), isProgress);
});

test('a subscription over the socket', async () => {
  const socket = createClient({
    url: socketUrl,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${key}` },
  });
  assert.deepEqual(await states(clientOver(new GraphQLWsLink(socket))), isProgress);
  await socket.dispose();
});

test('a subscription that fails ends with an error', async () => {
  const results = [];
  const outcome = await new Promise((resolve) => {
    clientOver(http())
      .subscribe({ query: gql`subscription { breaks }` })
      .subscribe({ next: (value) => results.push(value), error: resolve, complete: () => resolve('complete') });
  });
  assert.deepEqual(results[0].data, { breaks: 1 });
  assert.ok(results.some((result) => result.error) || outcome !== 'complete');
});

test('a forbidden subscription ends with FORBIDDEN', async () => {
  const result = await new Promise((resolve) => {
    clientOver(http())
      .subscribe({ query: gql`subscription { forbidden }` })
      .subscribe({ next: (value) => resolve(value.error), error: resolve });
  });
  assert.equal(result.errors[0].extensions.code, 'FORBIDDEN');
});
