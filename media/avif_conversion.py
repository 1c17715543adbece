"""Image variants that are made on first request and kept as long as the image."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from weakref import WeakValueDictionary

from sqlalchemy import Connection

from database.transaction import Database, Transaction
from kit.clock import Clock
from kit.errors import NotFound, ServiceUnavailable
from media import repository
from media.file_references import finish_deleting, retain, unpin
from media.formats import AVIF
from media.probe import Prober
from media.probe_result import ProbeRefused
from media.repository import KEPT
from media.store import MediaStore, parts_of

SUFFIX = f".{AVIF.extension}"
MAX_WAITING = 16  # images in progress or waiting
NEVER = datetime(9999, 1, 1, tzinfo=UTC)  # a variant is deleted with its image


def avif_url_key(key: str) -> str:
    """Return the name of the AVIF variant in a URL before it exists."""
    return key + SUFFIX


@dataclass(frozen=True, slots=True)
class AvifConverter:
    """Creates AVIF variants of images on first request, and finds out which stored file a media URL stands for."""

    store: MediaStore
    prober: Prober
    database: Database
    clock: Clock
    workspace: Path
    _locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    async def key_to_serve(self, key: str) -> str:
        """Return the key of the stored file that a media URL with `key` stands for: `key` itself, or an AVIF variant.

        Raises `NotFound` where the file is not in use or has no such variant, and `ServiceUnavailable` when too many
        requests wait.
        """
        if not key.endswith(SUFFIX) or key.count(".") == 1:
            await self.database.read(lambda connection: _require_in_use(connection, key))
            return key
        source = key.removesuffix(SUFFIX)
        parts_of(source)
        made = await self._find(source)
        if made is not None:
            return made
        if source not in self._locks and len(self._locks) >= MAX_WAITING:
            raise ServiceUnavailable(f"{MAX_WAITING} images are being converted to AVIF. Try again in a few seconds.")
        async with self._locks.setdefault(source, asyncio.Lock()):
            return await self._find(source) or await self._make(source)

    async def _find(self, source: str) -> str | None:
        def find(connection: Connection) -> str | None:
            _require_in_use(connection, source)
            return repository.find_variant(connection, source, AVIF.extension)

        return await self.database.read(find)

    async def _make(self, source: str) -> str:
        with TemporaryDirectory(prefix="avif-", dir=self.workspace) as name:
            directory = Path(name)
            original = await self.store.copy_to(source, directory)
            try:
                made = (await self.prober.avif(original, directory)).optimized
            except ProbeRefused as refusal:
                raise NotFound("There is no such file.") from refusal
            if made is None:
                raise NotFound("There is no such file.")
            stored = await self.store.put(made, AVIF.media_type)
        return await self._record(source, stored.key)

    async def _record(self, source: str, made: str) -> str:
        now = self.clock.now()

        def record(transaction: Transaction) -> Sequence[str] | None:
            rows = repository.lock_files(transaction.connection, [source])
            if not any(row["state"] == KEPT for row in rows):
                return unpin(transaction, made, at=now)
            retain(transaction, [made], holder=source, expires_at=NEVER, at=now)
            repository.add_variant(transaction.connection, source, AVIF.extension, key=made)
            return None

        left_over = await self.database.transact(record)
        if left_over is None:
            return made
        await finish_deleting(self.database, self.clock, self.store, left_over)
        raise NotFound("There is no such file.")


def _require_in_use(connection: Connection, key: str) -> None:
    if not repository.is_used(connection, key):
        raise NotFound("There is no such file.")
