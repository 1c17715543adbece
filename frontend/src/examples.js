// Imported with `?raw` from separate files, which the tests validate against schema.graphql.
import account from './examples/account.graphql?raw';
import follow from './examples/follow.graphql?raw';
import followAll from './examples/followAll.graphql?raw';
import followVariables from './examples/follow.json?raw';
import generate from './examples/generate.graphql?raw';
import generateVariables from './examples/generate.json?raw';
import providers from './examples/providers.graphql?raw';
import providersVariables from './examples/providers.json?raw';

export const EXAMPLES = [
  { query: generate, variables: generateVariables },
  { query: followAll },
  { query: follow, variables: followVariables },
  { query: providers, variables: providersVariables },
  { query: account },
];
