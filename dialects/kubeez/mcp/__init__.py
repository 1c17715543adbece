"""MCP over Streamable HTTP: tools to generate media, and guides as resources."""
