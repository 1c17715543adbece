"""A media store in a directory."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO

from kit.disk_space import OutOfSpace, is_out_of_space
from kit.errors import NotFound
from media.store import StoredFile, StoreUnavailable, parts_of, storage_key, store_failure
from media.temporary_files import copy_file, remove_older

CHUNK_BYTES = 256 << 10  # bytes
INCOMING = "incoming"


class DiskStore:
    """Stores files at `<directory>/ab/<sha256>.<extension>`; processes may share the directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def put(self, path: Path, media_type: str) -> StoredFile:
        return await asyncio.to_thread(self._put_file, path, media_type)

    async def stat(self, key: str) -> StoredFile:
        with _translated():
            return await asyncio.to_thread(self._stat, key)

    async def open(self, key: str, *, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        left = length if length is not None else (await self.stat(key)).size - start
        with _translated():
            file = await asyncio.to_thread(self._opened, key, start)
        with file:
            while left > 0:
                with _translated():
                    piece = await asyncio.to_thread(file.read, min(CHUNK_BYTES, left))
                if not piece:
                    return
                left -= len(piece)
                yield piece

    async def delete(self, key: str) -> None:
        with _translated():
            await asyncio.to_thread(self._delete, key)

    async def copy_to(self, key: str, directory: Path) -> Path:
        with _translated():
            return await asyncio.to_thread(self._copy_to, key, directory)

    async def delete_incomplete(self, *, before: datetime) -> int:
        with _translated():
            return await asyncio.to_thread(remove_older, self._directory / INCOMING, before=before)

    def path_of(self, key: str) -> Path:
        """Return the path of a key. Raises `NotFound` for anything else, so no path leaves the directory."""
        sha256, _ = parts_of(key)
        return self._directory / sha256[:2] / key

    def _put_file(self, source: Path, media_type: str) -> StoredFile:
        with source.open("rb") as original, _translated():
            return self._put(original, media_type)

    def _put(self, original: BinaryIO, media_type: str) -> StoredFile:
        incoming = self._directory / INCOMING
        # Without parents: in place of a data directory that is gone, such as an unmounted one, no other is created.
        self._directory.mkdir(exist_ok=True)
        incoming.mkdir(exist_ok=True)
        with NamedTemporaryFile(dir=incoming, delete=False) as copy:
            temporary = Path(copy.name)
            try:
                digest, size = hashlib.sha256(), 0
                while piece := original.read(CHUNK_BYTES):
                    digest.update(piece)
                    size += copy.write(piece)
                copy.flush()
                os.fsync(copy.fileno())
                key = storage_key(digest.hexdigest(), media_type)
                self._move_in(temporary, self.path_of(key))
            finally:
                temporary.unlink(missing_ok=True)
        return StoredFile(key=key, sha256=digest.hexdigest(), media_type=media_type, size=size)

    def _move_in(self, temporary: Path, target: Path) -> None:
        target.parent.mkdir(exist_ok=True)
        temporary.chmod(0o644)
        temporary.replace(target)
        _sync_directory(target.parent)
        _sync_directory(self._directory)

    def _stat(self, key: str) -> StoredFile:
        sha256, media_type = parts_of(key)
        try:
            size = self.path_of(key).stat().st_size
        except FileNotFoundError as error:
            raise self._missing() from error
        return StoredFile(key=key, sha256=sha256, media_type=media_type, size=size)

    def _copy_to(self, key: str, directory: Path) -> Path:
        kept, target = self.path_of(key), directory / key
        try:
            # A hard link costs no space, and keeps the bytes when the store deletes its own name.
            target.hardlink_to(kept)
        except FileExistsError:
            pass
        except FileNotFoundError as error:
            raise self._missing() from error
        except OSError:
            copy_file(kept, target)
        return target

    def _opened(self, key: str, start: int) -> BinaryIO:
        try:
            file = self.path_of(key).open("rb")
        except FileNotFoundError as error:
            raise self._missing() from error
        file.seek(start)
        return file

    def _delete(self, key: str) -> None:
        try:
            self.path_of(key).unlink()
        except FileNotFoundError as error:
            missing = self._missing()
            if isinstance(missing, StoreUnavailable):
                raise missing from error

    def _missing(self) -> NotFound | StoreUnavailable:
        """Return the error for a missing file: `NotFound`, or `StoreUnavailable` if the whole directory is missing."""
        if self._directory.is_dir():
            return NotFound("There is no such file.")
        return store_failure(f"{self._directory} is not a directory")


@contextmanager
def _translated() -> Iterator[None]:
    """Convert errors of the operating system to `OutOfSpace` and `StoreUnavailable`."""
    try:
        yield
    except OSError as error:
        if is_out_of_space(error):
            raise OutOfSpace(str(error)) from error
        raise store_failure(str(error)) from error


def _sync_directory(directory: Path) -> None:
    """Sync the directory: a rename survives a crash only then."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
