"""GraphQL types, inputs, enums and scalars. Shapes only."""
