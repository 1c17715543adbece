"""The ASGI application, its endpoints, GraphQL transports and settings. Wires the packages together."""
