"""Composes instrumental music from a prompt: a style, a structure, a title and lyrics as text. Nobody sings."""

from studio.music.compose import Song, bed, compose, knows_style

__all__ = ["Song", "bed", "compose", "knows_style"]
