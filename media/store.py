"""Where media files are kept: named by what is in them, so the same bytes are kept once."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from kit.errors import NotFound, ProviderUnavailable
from media.formats import BY_EXTENSION, BY_MEDIA_TYPE

KEY = re.compile(r"([0-9a-f]{64})\.([a-z0-9]{2,5})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in the store. `size` is in bytes."""

    key: str
    sha256: str
    media_type: str
    size: int


class StoreUnavailable(ProviderUnavailable):
    """The place where the files are does not answer, or not as it should; `reason` is for the operator alone."""

    def __init__(self, reason: str = "no answer") -> None:
        super().__init__("The media store does not answer. Try again in a few seconds.")
        self.reason = reason


class MediaStore(Protocol):
    """Keeps files under keys of the form `<sha256>.<extension>`.

    A store that is elsewhere may fail: any of these then raises `StoreUnavailable` within seconds.
    """

    async def put(self, path: Path, media_type: str) -> Stored:
        """Keep a copy of the file; once it returns, the copy outlives a crash. Safe to call again."""
        ...

    async def stat(self, key: str) -> Stored:
        """What is kept under `key`. Raises `NotFound`."""
        ...

    def open(self, key: str, *, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """The bytes under `key` in pieces, from `start` on. Raises `NotFound`."""
        ...

    async def copy_to(self, key: str, directory: Path) -> Path:
        """Put the file under `key` into a local directory, where nobody deletes it meanwhile. Raises `NotFound`."""
        ...

    async def delete(self, key: str) -> None:
        """Forget what is under `key`, if anything is."""
        ...

    async def sweep(self, *, before: datetime) -> int:
        """Remove what a process that died before that moment left half written; returns how much."""
        ...


def storage_key(sha256: str, media_type: str) -> str:
    """The key of a file by its content and type."""
    return f"{sha256}.{BY_MEDIA_TYPE[media_type].extension}"


def parts_of(key: str) -> tuple[str, str]:
    """The hash and the media type of a key. Raises `NotFound` for what is no key."""
    match = KEY.fullmatch(key)
    known = BY_EXTENSION.get(match[2]) if match else None
    if match is None or known is None:
        raise NotFound("There is no such file.")
    return match[1], known.media_type
