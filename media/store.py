"""The media store protocol. Keys are content hashes, so equal files are stored once."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from kit.errors import NotFound, ServiceUnavailable
from kit.logs import get_logger
from media.formats import BY_EXTENSION, BY_MEDIA_TYPE

KEY = re.compile(r"([0-9a-f]{64})\.([a-z0-9]{2,5})", re.ASCII)

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A stored file. `size` is in bytes."""

    key: str
    sha256: str
    media_type: str
    size: int


class StoreUnavailable(ServiceUnavailable):
    """The store does not respond or fails. `reason` is for the operator alone."""

    def __init__(self, reason: str = "no answer") -> None:
        super().__init__("The media store does not answer. Try again in a few seconds.")
        self.reason = reason


def store_failure(reason: str) -> StoreUnavailable:
    """Log why the store fails, and return the error to raise."""
    logger.warning("media_store_failed", reason=reason)
    return StoreUnavailable(reason)


class MediaStore(Protocol):
    """Stores files under keys of the form `<sha256>.<extension>`.

    Every method may raise `StoreUnavailable`, within seconds, and that of a local store `OutOfSpace`.
    """

    async def put(self, path: Path, media_type: str) -> StoredFile:
        """Store a copy of the file, durably. Safe to repeat."""
        ...

    async def stat(self, key: str) -> StoredFile:
        """Return the stored file. Raises `NotFound`."""
        ...

    def open(self, key: str, *, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` on. Raises `NotFound`."""
        ...

    async def copy_to(self, key: str, directory: Path) -> Path:
        """Copy the file into a local directory. Raises `NotFound`."""
        ...

    async def delete(self, key: str) -> None:
        """Delete the file, if it exists."""
        ...

    async def delete_incomplete(self, *, before: datetime) -> int:
        """Delete incomplete files written before that time by a process that died; return how many."""
        ...


def storage_key(sha256: str, media_type: str) -> str:
    """Return the key of a file by its content and type."""
    return f"{sha256}.{BY_MEDIA_TYPE[media_type].extension}"


def parts_of(key: str) -> tuple[str, str]:
    """Return hash and media type of a key. Raises `NotFound` for anything else."""
    match = KEY.fullmatch(key)
    known = BY_EXTENSION.get(match[2]) if match else None
    if match is None or known is None:
        raise NotFound("There is no such file.")
    return match[1], known.media_type
