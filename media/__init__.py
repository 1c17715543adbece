"""Stored outputs and fetched inputs: probing, variants, signed addresses."""
