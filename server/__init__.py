"""The ASGI application, its endpoints, GraphQL transports and settings. Wires everything, decides nothing."""
