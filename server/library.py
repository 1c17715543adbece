"""The media store and the guard, as the generations see them."""

from dataclasses import dataclass
from pathlib import Path

from generations.generation import StoredOutput
from kit.errors import GenerationFailed
from kit.outbound import Guard
from media.disk import DiskStore
from media.ingest import Ingest
from media.inputs import fetch_input
from providers.backend import Output


@dataclass(frozen=True, slots=True)
class MediaLibrary:
    """Keeps outputs in the store and brings inputs in through the guard."""
