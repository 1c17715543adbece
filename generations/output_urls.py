"""The signed URLs of the output files of a generation."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from generations.generation import Generation, StoredOutput
from media.avif_conversion import avif_key

SignedUrl = Callable[[str, str, datetime], str | None]
"""Return the signed URL of a stored file for its key, download name and expiry time; None once it has expired."""


@dataclass(frozen=True, slots=True)
class OutputUrls:
    """The URLs of one output; None for what it does not have, and after `expires_at`."""

    output: StoredOutput
    url: str | None
    thumbnail_url: str | None
    optimized_url: str | None
    avif_url: str | None
    expires_at: datetime


def output_urls(generation: Generation, signed_url: SignedUrl) -> list[OutputUrls]:
    """Return the URLs of each output, in order; nothing until the generation is completed."""
    expires_at = generation.expires_at
    if expires_at is None:
        return []

    def sign(key: str | None, filename: str) -> str | None:
        return None if key is None else signed_url(key, filename, expires_at)

    outputs = []
    for index, output in enumerate(generation.outputs):
        name = generation.id if index == 0 else f"{generation.id}-{index + 1}"
        outputs.append(
            OutputUrls(
                output,
                url=sign(output.key, f"{name}.{output.format}"),
                thumbnail_url=sign(output.thumbnail_key, f"{name}-thumbnail.webp"),
                optimized_url=sign(output.optimized_key, f"{name}-optimized.webp"),
                avif_url=sign(avif_key(output.key) if output.optimized_key else None, f"{name}-optimized.avif"),
                expires_at=expires_at,
            )
        )
    return outputs
