"""The heart: a generation from acceptance to its end, and the use cases around it."""
