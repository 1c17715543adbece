"""Generations: the row, its state machine, and the use cases around it."""
