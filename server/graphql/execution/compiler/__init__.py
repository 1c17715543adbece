"""Operations compiled to Python functions. graphql-core completes what the compiler does not know, and every error."""
