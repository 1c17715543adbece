// urql 6: its Accept header lists all media types, including streams.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, fetchExchange, gql, subscriptionExchange } from '@urql/core';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { headers, isProgress, key, socketUrl, statesQuery, url, variables } from './target.mjs';

const over = (...exchanges) =>
  new Client({ url, fetchOptions: { headers }, preferGetMethod: false, exchanges });

const states = (client) =>
  new Promise((resolve, reject) => {
    const seen = [];
    client.subscription(gql(statesQuery), variables).subscribe((result) => {
      if (result.error) reject(result.error);
      if (result.data) seen.push(result.data.generationUpdated.progress);
      if (seen.length === 3) resolve(seen);
    });
  });

test('a query', async () => {
  const result = await over(fetchExchange).query(gql`{ number caller }`, {}).toPromise();
  assert.equal(result.error, undefined);
  assert.deepEqual(result.data, { number: 1, caller: 'somebody' });
});

test('a query by GET', async () => {
  const client = new Client({ url, fetchOptions: { headers }, preferGetMethod: 'force', exchanges: [fetchExchange] });
  const result = await client.query(gql`query ($v: Int) { number(value: $v) }`, { v: 5 }).toPromise();
  assert.deepEqual(result.data, { number: 5 });
});

test('a mutation with an error of status 402', async () => {
  const document = gql`mutation ($prompt: String!) { generate(prompt: $prompt) { id } }`;
  const result = await over(fetchExchange).mutation(document, { prompt: 'poor' }).toPromise();
  assert.equal(result.error.graphQLErrors[0].extensions.code, 'INSUFFICIENT_CREDITS');
});

test('a subscription over fetch', async () => {
  const client = new Client({
    url,
    fetchOptions: { headers },
    preferGetMethod: false,
    fetchSubscriptions: true,
    exchanges: [fetchExchange],
  });
  assert.deepEqual(await states(client), isProgress);
});

test('a subscription over the socket', async () => {
  const socket = createClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams: { 'X-API-Key': key } });
  const forwardSubscription = ({ query, variables: given }) => ({
    subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables: given }, sink) }),
  });
  assert.deepEqual(await states(over(subscriptionExchange({ forwardSubscription }), fetchExchange)), isProgress);
  await socket.dispose();
});
