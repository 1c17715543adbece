"""What probing a file tells, as both sides of the probing process see it."""

from dataclasses import dataclass
from pathlib import Path

from kit.errors import GenerationFailed
from media.formats import Format, sniff


@dataclass(frozen=True, slots=True)
class Probed:
    """What a file really is. `duration` is in seconds."""

    media_type: str
    format: str
    codec: str
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    has_audio: bool = False


@dataclass(frozen=True, slots=True)
class Variants:
    """Smaller forms of a file: `thumbnail` of a picture or a video, `optimized` of a picture; WebP both."""

    thumbnail: Path | None = None
    optimized: Path | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of the probing process: exactly one of the three is set."""

    probed: Probed | None = None
    variants: Variants | None = None
    refused: str | None = None


class ProbeRefused(GenerationFailed):
    """A file that is not the whole, harmless media file it should be; `reason` completes the words "The file"."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The file {reason}.")
        self.reason = reason


def known_format(head: bytes) -> Format:
    """What a file that begins with `head` is. Raises `ProbeRefused` for what is empty or nothing we keep."""
    if not head:
        raise ProbeRefused("is empty")
    known = sniff(head)
    if known is None:
        raise ProbeRefused("is in no format that we know: PNG, JPEG, WebP, GIF, AVIF, MP4, MOV, WebM, WAV, MP3 and kin")
    return known
