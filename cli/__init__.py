"""The `doitong` command: `client` speaks the API, `admin` runs a server and opens its database."""
