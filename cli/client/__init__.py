"""Commands that talk to a server over HTTP and WebSocket. Of this project, they import only `kit`."""
