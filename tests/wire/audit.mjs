// The 61 audits of graphql-http, one test each.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverAudits } from 'graphql-http';
import { headers, url } from './target.mjs';

const fetchFn = (address, init = {}) => fetch(address, { ...init, headers: { ...headers, ...init.headers } });
const audits = serverAudits({ url, fetchFn });

test('there are 61 audits', () => assert.equal(audits.length, 61));

for (const audit of audits) {
  test(`${audit.id} ${audit.name}`, async () => {
    const result = await audit.fn();
    assert.equal(result.status, 'ok', result.reason);
  });
}
