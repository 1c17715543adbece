"""Query, Mutation and Subscription: read the context, call a use case, wrap what comes back."""
