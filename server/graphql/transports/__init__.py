"""HTTP, server-sent events, multipart and WebSocket."""
