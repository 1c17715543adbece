"""Procedural scenes composed from prompt text: a place, its lighting and its subjects."""
