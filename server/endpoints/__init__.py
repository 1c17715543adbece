"""HTTP endpoints beside GraphQL, one module each."""
