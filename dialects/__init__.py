"""Other public APIs over the same generations: each parses its requests and presents its responses."""
