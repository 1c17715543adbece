"""The root types Query, Mutation and Subscription: thin resolvers that call a use case and convert its result."""
