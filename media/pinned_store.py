"""A store that pins files before writing them, so that the deletion of unused files leaves them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

from database.transaction import Database
from kit.clock import Clock
from media.file_references import pin
from media.store import MediaStore, StoredFile, storage_key
from media.temporary_files import digest_of


class PinnedStore:
    """Wraps a store and pins every file that is put."""

    def __init__(self, store: MediaStore, database: Database, clock: Clock) -> None:
        self._store, self._database, self._clock = store, database, clock

    async def put(self, path: Path, media_type: str) -> StoredFile:
        key = storage_key(await asyncio.to_thread(digest_of, path), media_type)
        await pin(self._database, self._clock, key)
        stored = await self._store.put(path, media_type)
        if stored.key != key:
            raise RuntimeError(f"{path} was written to while it was stored")
        return stored

    async def stat(self, key: str) -> StoredFile:
        return await self._store.stat(key)

    def open(self, key: str, *, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        return self._store.open(key, start=start, length=length)

    async def copy_to(self, key: str, directory: Path) -> Path:
        return await self._store.copy_to(key, directory)

    async def delete(self, key: str) -> None:
        await self._store.delete(key)

    async def delete_incomplete(self, *, before: datetime) -> int:
        return await self._store.delete_incomplete(before=before)
