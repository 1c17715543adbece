"""Query, Mutation and Subscription: read the context, call a use case, convert the result."""
