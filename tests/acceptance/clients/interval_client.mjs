// A class as front ends wrote it for Doitong: it asks at an interval, and reads nothing but the body and one header.
// Usage: node interval_client.mjs MILLISECONDS TEXT
import { randomUUID } from 'node:crypto';

const ACCEPT = `mutation Generate($input: GenerateInput!) {
  generate(input: $input) { id status url metadata error { code message } }
}`;
const LOOK = `query GetGeneration($id: ID!) {
  generation(id: $id) { id status progress url metadata error { code message } }
}`;

class IntervalClient {
  constructor(address, key) {
    this.address = address;
    this.key = key;
  }

  async generate(input) {
    const { generate } = await this.send(ACCEPT, { input }, { 'Idempotency-Key': randomUUID() });
    return generate;
  }

  async finished(id, interval) {
    for (;;) {
      const { generation } = await this.send(LOOK, { id });
      if (generation.status === 'COMPLETED') return generation;
      if (generation.status === 'FAILED') throw new Error(generation.error?.message || 'It failed.');
      await new Promise((resolve) => setTimeout(resolve, interval));
    }
  }

  async send(query, variables, more = {}) {
    const response = await fetch(this.address, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${this.key}`, ...more },
      body: JSON.stringify({ query, variables }),
    });
    const body = await response.json();
    const remaining = response.headers.get('X-RateLimit-Remaining');
    if (remaining !== null && Number.parseInt(remaining, 10) < 10) console.warn(`${remaining} requests are left`);
    if (body.errors) throw new Error(body.errors[0].message);
    return body.data;
  }
}

const [interval, text] = process.argv.slice(2);
const client = new IntervalClient(`${process.env.DOITONG_URL}/graphql`, process.env.DOITONG_API_KEY);
try {
  const accepted = await client.generate({
    type: 'AUDIO',
    provider: 'elevenlabs',
    input: { text },
    options: { voice: 'rachel', emotion: 'excited', speed: 1.0 },
  });
  console.log(accepted.status);
  const done = await client.finished(accepted.id, Number(interval));
  console.log(done.status, typeof done.metadata.duration, (await fetch(done.url)).headers.get('content-type'));
} catch (error) {
  console.log(`refused: ${error.message}`);
  process.exitCode = 1;
}
