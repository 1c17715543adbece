"""Use cases a client calls: submit, estimate, cancel, retry, delete and wait for a generation."""
