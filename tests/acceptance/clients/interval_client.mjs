// A client as published for Doitong: it polls at an interval and reads only the body and one header.
// Usage: node interval_client.mjs MILLISECONDS TEXT
import { randomUUID } from 'node:crypto';

const GENERATE = `mutation Generate($input: GenerateInput!) {
  generate(input: $input) { id status url metadata error { code message } }
}`;
const GET_GENERATION = `query GetGeneration($id: ID!) {
  generation(id: $id) { id status progress url metadata error { code message } }
}`;

class IntervalClient {
  constructor(address, key) {
    this.address = address;
    this.key = key;
  }

  async generate(input) {
    const { generate } = await this.send(GENERATE, { input }, { 'Idempotency-Key': randomUUID() });
    return generate;
  }

  async waitForCompletion(id, interval) {
    for (;;) {
      const { generation } = await this.send(GET_GENERATION, { id });
      if (generation.status === 'COMPLETED') return generation;
      if (generation.status === 'FAILED') throw new Error(generation.error?.message || 'The generation failed.');
      await new Promise((resolve) => setTimeout(resolve, interval));
    }
  }

  async send(query, variables, headers = {}) {
    const response = await fetch(this.address, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${this.key}`, ...headers },
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
  const done = await client.waitForCompletion(accepted.id, Number(interval));
  console.log(done.status, typeof done.metadata.duration, (await fetch(done.url)).headers.get('content-type'));
} catch (error) {
  console.log(`rejected: ${error.message}`);
  process.exitCode = 1;
}
