// GraphQL servers on Node with a part of our schema and fixed data: node server.mjs mercurius|apollo ANSWERS
// ANSWERS is a file with the answers of our server to the queries of the benchmark, by the name of the root field.
import { readFileSync } from 'node:fs';

const [mode, file] = process.argv.slice(2);
const { generation, providers } = JSON.parse(readFileSync(file, 'utf8'));
const typeDefs = /* GraphQL */ `
  scalar JSON
  type Generation {
    id: ID! type: String! status: String! stage: String! progress: Int! provider: String! url: String creditCost: Int!
    errorMessage: String createdAt: String! completedAt: String version: Int!
  }
  type Option { name: String! type: String! description: String! required: Boolean! allowedValues: [JSON!] }
  type Provider { id: ID! name: String! type: String! options: [Option!]! }
  type Query { generation(id: ID!): Generation providers: [Provider!]! }
`;
const generations = new Map([[generation.id, generation]]);
const resolvers = { Query: { generation: async (_, { id }) => generations.get(id), providers: async () => providers } };

async function startMercurius() {
  const { default: Fastify } = await import('fastify');
  const { default: mercurius } = await import('mercurius');
  const app = Fastify();
  app.register(mercurius, { schema: typeDefs, resolvers, jit: 1 });
  return app.listen({ port: 0, host: '127.0.0.1' });
}

async function startApollo() {
  const { ApolloServer } = await import('@apollo/server');
  const { startStandaloneServer } = await import('@apollo/server/standalone');
  const { url } = await startStandaloneServer(new ApolloServer({ typeDefs, resolvers }), {
    listen: { port: 0, host: '127.0.0.1' },
  });
  return url.replace(/\/$/, '');
}

console.log(await (mode === 'mercurius' ? startMercurius() : startApollo()));
