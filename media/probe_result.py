"""Probe results, exchanged with the probe process."""

from dataclasses import dataclass
from pathlib import Path

from kit.errors import GenerationFailed
from media.formats import Format, sniff


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The properties of a file. `duration` is in seconds."""

    media_type: str
    format: str
    codec: str
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    has_audio: bool = False


@dataclass(frozen=True, slots=True)
class Variants:
    """Files derived from a media file: a WebP `thumbnail`, and an image `optimized` as WebP or AVIF."""

    thumbnail: Path | None = None
    optimized: Path | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply of the probe process. Exactly one field is set."""

    probed: ProbeResult | None = None
    variants: Variants | None = None
    refused: str | None = None


class ProbeRefused(GenerationFailed):
    """The file is not a complete media file of a supported format. `reason` completes "The file"."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The file {reason}.")
        self.reason = reason


def known_format(head: bytes) -> Format:
    """Return the format of a file that starts with `head`. Raises `ProbeRefused`."""
    if not head:
        raise ProbeRefused("is empty")
    known = sniff(head)
    if known is None:
        raise ProbeRefused("is in no supported format, such as PNG, JPEG, WebP, GIF, AVIF, MP4, MOV, WebM, WAV or MP3")
    return known
