"""Measures what the design sets targets for, and prints each figure beside its target."""
