// URL and credentials of the server under test.
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

/** Collects the values of an observable or a sink-style subscription until it completes. */
export function collect(start) {
  return new Promise((resolve, reject) => {
    const values = [];
    start({ next: (value) => values.push(value), error: reject, complete: () => resolve(values) });
  });
}
