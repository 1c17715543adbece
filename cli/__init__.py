"""The `doitong` command: a client of the wire, and the administration of a server's own data."""
