"""Forms of a picture that are made when they are first asked for, and kept as long as the picture is."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from weakref import WeakValueDictionary

from database.transaction import Database, Transaction
from kit.clock import Clock
from kit.errors import NotFound, ProviderUnavailable
from media import repository
from media.formats import AVIF
from media.probe import Prober
from media.probed import ProbeRefused
from media.repository import KEPT
from media.retention import keep
from media.store import MediaStore, parts_of

SUFFIX = f".{AVIF.extension}"
MOST_WAITING = 16  # pictures that are being made or wait for it
ALWAYS = datetime(9999, 1, 1, tzinfo=UTC)  # a variant goes when the picture does


def avif_address(key: str) -> str:
    """What the AVIF form of a stored picture is called in an address before there is one."""
    return key + SUFFIX


@dataclass(frozen=True, slots=True)
class VariantMaker:
    """Finds or makes the file of an address."""

    store: MediaStore
    prober: Prober
    database: Database
    clock: Clock
    workspace: Path
    _locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    async def file_of(self, key: str) -> str:
        """The key of the file: of the AVIF where `key` is an AVIF address, else `key`.

        Raises `NotFound` where the picture is gone or has no such form, `ProviderUnavailable` when too many wait.
        """
        if not key.endswith(SUFFIX) or key.count(".") == 1:
            return key
        source = key.removesuffix(SUFFIX)
        parts_of(source)
        made = await self._find(source)
        if made is not None:
            return made
        if source not in self._locks and len(self._locks) >= MOST_WAITING:
            raise ProviderUnavailable(f"{MOST_WAITING} pictures are being made into AVIF. Try again in a few seconds.")
        async with self._locks.setdefault(source, asyncio.Lock()):
            return await self._find(source) or await self._make(source)

    async def _find(self, source: str) -> str | None:
        return await self.database.read(lambda connection: repository.find_variant(connection, source, AVIF.extension))

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
        now = self.clock.now()

        def record(transaction: Transaction) -> None:
            rows = repository.lock_files(transaction.connection, [source])
            if not any(row["state"] == KEPT for row in rows):
                raise NotFound("There is no such file.")
            keep(transaction, [stored.key], holder=source, expires_at=ALWAYS, at=now)
            repository.add_variant(transaction.connection, source, AVIF.extension, key=stored.key)

        await self.database.transact(record)
        return stored.key
