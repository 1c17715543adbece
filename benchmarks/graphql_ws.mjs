// The reference: graphql-ws on ws with a subscription of the same fields, which publishes on commands from standard input.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const require = createRequire(`${process.cwd()}/`);
const { buildSchema } = require('graphql');
const { useServer } = require('graphql-ws/use/ws');
const { WebSocketServer } = require('ws');

const strings = ['id', 'type', 'status', 'stage', 'provider', 'model', 'url', 'imageUrl', 'videoUrl', 'audioUrl'];
const nullableStrings = ['thumbnailUrl', 'errorMessage', 'createdAt', 'completedAt'];
const schema = buildSchema(`
  type Generation {
    ${[...strings, ...nullableStrings].map((name) => `${name}: String`).join('\n')}
    progress: Int testMode: Boolean creditCost: Int estimatedTime: Int version: Int
  }
  type Query { none: Int }
  type Subscription { generationUpdated(id: ID!): Generation }
`);
const subscribers = new Map();
let version = 1;
const state = (id) => ({
  id, version, type: 'IMAGE', status: 'PROCESSING', stage: 'QUEUED', provider: 'flux-pro', model: 'flux-pro', progress: 0,
  testMode: true, creditCost: 20, estimatedTime: 5, createdAt: '2026-01-01T00:00:00.000Z',
});
async function* follow(id) {
  const values = [state(id)];
  let wake = () => {};
  const push = (value) => (values.push(value), wake());
  if (!subscribers.has(id)) subscribers.set(id, new Set());
  subscribers.get(id).add(push);
  while (true) {
    while (values.length) yield { generationUpdated: values.shift() };
    await new Promise((resolve) => (wake = resolve));
  }
}
schema.getSubscriptionType().getFields().generationUpdated.subscribe = (_, { id }) => follow(id);

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', path: '/graphql', perMessageDeflate: false });
useServer({ schema }, server);
server.on('listening', () => console.log(`doitong-server is ready at http://127.0.0.1:${server.address().port}`));
createInterface({ input: process.stdin })
  .on('line', (command) => {
    if (command === 'prepare') return;
    version += 1;
    for (const [id, pushes] of subscribers) for (const push of pushes) push(state(id));
  })
  .on('close', () => process.exit(0));
