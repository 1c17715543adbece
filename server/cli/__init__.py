"""The command line: the server, its keys, and a client of its own."""
