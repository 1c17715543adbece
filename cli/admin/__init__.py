"""Commands that run a server, or open the database that its settings name."""
