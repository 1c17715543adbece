"""GraphQL types, inputs, enums and scalars, with a description on every element."""
