"""A media store in a directory."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO

from kit.disk_space import converting_out_of_space
from kit.errors import NotFound
from media.store import Stored, parts_of, storage_key
from media.temporary_files import copy_file, remove_older

PIECE = 256 << 10  # bytes
INCOMING = "incoming"


class DiskStore:
    """Stores files at `<directory>/ab/<sha256>.<extension>`; processes may share the directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def put(self, path: Path, media_type: str) -> Stored:
        with converting_out_of_space():
            return await asyncio.to_thread(self._put, path, media_type)

    async def stat(self, key: str) -> Stored:
        return await asyncio.to_thread(self._stat, key)

    async def open(self, key: str, *, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        left = length if length is not None else (await self.stat(key)).size - start
        with await asyncio.to_thread(self._opened, key, start) as file:
            while left > 0 and (piece := await asyncio.to_thread(file.read, min(PIECE, left))):
                left -= len(piece)
                yield piece

    async def delete(self, key: str) -> None:
        await asyncio.to_thread(self.path_of(key).unlink, missing_ok=True)

    async def copy_to(self, key: str, directory: Path) -> Path:
        with converting_out_of_space():
            return await asyncio.to_thread(self._copy_to, key, directory)

    async def sweep(self, *, before: datetime) -> int:
        return await asyncio.to_thread(remove_older, self._directory / INCOMING, before=before)

    def path_of(self, key: str) -> Path:
        """Return the path of a key. Raises `NotFound` for anything else, so no path leaves the directory."""
        sha256, _ = parts_of(key)
        return self._directory / sha256[:2] / key

    def _put(self, source: Path, media_type: str) -> Stored:
        incoming = self._directory / INCOMING
        incoming.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=incoming, delete=False) as copy:
            temporary = Path(copy.name)
            try:
                digest, size = hashlib.sha256(), 0
                with source.open("rb") as original:
                    while piece := original.read(PIECE):
                        digest.update(piece)
                        size += copy.write(piece)
                copy.flush()
                os.fsync(copy.fileno())
                key = storage_key(digest.hexdigest(), media_type)
                self._move_in(temporary, self.path_of(key))
            finally:
                temporary.unlink(missing_ok=True)
        return Stored(key=key, sha256=digest.hexdigest(), media_type=media_type, size=size)

    def _move_in(self, temporary: Path, target: Path) -> None:
        target.parent.mkdir(exist_ok=True)
        temporary.chmod(0o644)
        temporary.replace(target)
        _sync_directory(target.parent)
        _sync_directory(self._directory)

    def _stat(self, key: str) -> Stored:
        sha256, media_type = parts_of(key)
        try:
            size = self.path_of(key).stat().st_size
        except FileNotFoundError as error:
            raise NotFound("There is no such file.") from error
        return Stored(key=key, sha256=sha256, media_type=media_type, size=size)

    def _copy_to(self, key: str, directory: Path) -> Path:
        kept, target = self.path_of(key), directory / key
        try:
            # A hard link costs no space, and keeps the bytes when the store deletes its own name.
            target.hardlink_to(kept)
        except FileExistsError:
            pass
        except FileNotFoundError as error:
            raise NotFound("There is no such file.") from error
        except OSError:
            copy_file(kept, target)
        return target

    def _opened(self, key: str, start: int) -> BinaryIO:
        try:
            file = self.path_of(key).open("rb")
        except FileNotFoundError as error:
            raise NotFound("There is no such file.") from error
        file.seek(start)
        return file


def _sync_directory(directory: Path) -> None:
    """Sync the directory: a rename survives a crash only then."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
