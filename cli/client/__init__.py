"""Commands that talk to a server over HTTP and WebSocket. They import nothing of this project but `kit`."""
