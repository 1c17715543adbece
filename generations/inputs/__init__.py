"""Media inputs of a request: which fields hold media, where they come from, and their local files."""
