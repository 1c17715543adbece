"""The media store and the guard, as the generations see them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MediaLibrary:
    """Keeps outputs in the store and brings inputs in through the guard."""
