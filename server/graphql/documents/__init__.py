"""From the text of a document to a validated operation: limits, rewriting and the cache."""
