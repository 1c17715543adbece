// Apollo Client with `videoCreate`, as published for Doitong: Apollo adds __typename and sends the operation's name.
// Usage: node apollo_client.mjs MILLISECONDS TEXT
import { ApolloClient, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from '@apollo/client';

const CREATE = gql`
  mutation CreateVideo($input: VideoCreateInput!) {
    videoCreate(input: $input) {
      id
      status
      videoUrl
    }
  }
`;
const GET = gql`
  query GetGeneration($id: ID!) {
    generation(id: $id) {
      id
      status
      videoUrl
      metadata {
        duration
      }
    }
  }
`;

const [interval, prompt] = process.argv.slice(2);
const sent = [];
const client = new ApolloClient({
  cache: new InMemoryCache(),
  link: new HttpLink({
    uri: `${process.env.DOITONG_URL}/graphql`,
    headers: { Authorization: `Bearer ${process.env.DOITONG_API_KEY}` },
    fetch(address, init) {
      sent.push(JSON.parse(init.body));
      return fetch(address, init);
    },
  }),
});

try {
  const { data } = await client.mutate({
    mutation: CREATE,
    variables: { input: { prompt, model: 'luma', duration: 9 } },
  });
  console.log(data.videoCreate.__typename, data.videoCreate.status, data.videoCreate.videoUrl);
  console.log(sent[0].operationName, sent[0].query.includes('__typename'));
  let generation = data.videoCreate;
  while (generation.status === 'PROCESSING') {
    await new Promise((resolve) => setTimeout(resolve, Number(interval)));
    const response = await client.query({
      query: GET,
      variables: { id: generation.id },
      fetchPolicy: 'network-only',
    });
    generation = response.data.generation;
  }
  const type = generation.videoUrl && (await fetch(generation.videoUrl)).headers.get('content-type');
  console.log(generation.status, generation.metadata.duration, type);
  if (generation.status !== 'COMPLETED') process.exitCode = 1;
} catch (error) {
  if (!CombinedGraphQLErrors.is(error)) throw error;
  console.log(`rejected: ${error.errors[0].message}`);
  process.exitCode = 1;
}
