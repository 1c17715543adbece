"""Instrumental music composed from a prompt, with a title and lyrics as text; there are no vocals."""

from studio.music.composition import Song, compose, is_known_style, music_bed

__all__ = ["Song", "compose", "is_known_style", "music_bed"]
