"""The API of Kubeez: MCP at `/mcp`, and REST at `/v1/models`, `/v1/balance` and `/v1/generate/…`."""
