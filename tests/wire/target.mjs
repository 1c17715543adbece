// Where the server under test is, and how to sign in.
export const key = process.env.API_KEY;
export const url = `http://${process.env.ADDRESS}/graphql`;
export const socketUrl = `ws://${process.env.ADDRESS}/graphql`;
export const headers = { 'x-api-key': key };

export const statesQuery = /* GraphQL */ `
  subscription States($id: ID!) {
    generationUpdated(id: $id) {
      id
      status
      progress
    }
  }
`;
export const endlessQuery = 'subscription Endless { endless }';
export const variables = { id: 'gen_9' };
export const isProgress = [0, 50, 100];

/** Collect what an observable or sink-style subscription yields, until it completes. */
export function collect(start) {
  return new Promise((resolve, reject) => {
    const values = [];
    start({ next: (value) => values.push(value), error: reject, complete: () => resolve(values) });
  });
}
