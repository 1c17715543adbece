"""Stored outputs and fetched inputs: stores, probing, variants, signed URLs, retention."""
