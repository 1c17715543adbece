"""The signed URLs of the output files of a generation."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from generations.generation import Generation, StoredOutput
from media.avif_conversion import avif_url_key

SignUrl = Callable[[str, str, datetime], str | None]
"""Signs the URL of a stored file, given its key, download name and expiry time; returns None once it has expired."""


@dataclass(frozen=True)
class OutputUrls:
    """The URLs of one output; None for what it does not have, and after `expires_at`. Each is signed at first use."""

    output: StoredOutput
    name: str
    """The download name without its extension."""
    expires_at: datetime
    sign_url: SignUrl

    @cached_property
    def url(self) -> str | None:
        return self._sign(self.output.key, f"{self.name}.{self.output.format}")

    @cached_property
    def thumbnail_url(self) -> str | None:
        return self._sign(self.output.thumbnail_key, f"{self.name}-thumbnail.webp")

    @cached_property
    def optimized_url(self) -> str | None:
        return self._sign(self.output.optimized_key, f"{self.name}-optimized.webp")

    @cached_property
    def avif_url(self) -> str | None:
        key = avif_url_key(self.output.key) if self.output.optimized_key else None
        return self._sign(key, f"{self.name}-optimized.avif")

    def _sign(self, key: str | None, filename: str) -> str | None:
        return None if key is None else self.sign_url(key, filename, self.expires_at)


def output_urls(generation: Generation, sign_url: SignUrl) -> list[OutputUrls]:
    """Return the URLs of each output, in order; nothing until the generation is completed."""
    expires_at = generation.expires_at
    if expires_at is None:
        return []
    return [
        OutputUrls(output, generation.id if index == 0 else f"{generation.id}-{index + 1}", expires_at, sign_url)
        for index, output in enumerate(generation.outputs)
    ]
