"""The shape of the API: GraphQL types, inputs, enums and scalars, with a description on each."""
