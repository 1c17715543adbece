"""The media store and the guard, as the generations see them."""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Self

from database.transaction import Database
from generations.generation import StoredOutput
from kit.clock import Clock
from kit.errors import GenerationFailed, InvalidInput, InvalidMediaUrl
from kit.outbound import SafeHttpClient
from media.disk import DiskStore
from media.ingest import ingest
from media.inputs import FORMS, check_data, fetch_input, is_data
from media.pinned_store import PinnedStore
from media.probe import Prober
from media.retention import delete_stuck, finish_deleting, sweep
from media.s3 import S3Store
from media.store import MediaStore
from media.temporary_files import remove_older
from providers.backend import Output
from server.settings import Settings

LARGEST_OUTPUT = 2_000_000_000  # bytes
OUTPUT_TIMEOUT = timedelta(minutes=10)
LEFTOVERS = timedelta(hours=1)  # no file takes longer to arrive


def open_store(settings: Settings) -> MediaStore:
    """The store that the settings name: a bucket, or a folder of the data directory."""
    return S3Store(settings.bucket) if settings.bucket else DiskStore(settings.data_directory / "media")


@dataclass(frozen=True, slots=True)
class MediaLibrary:
    """Keeps outputs in the store and brings inputs in through the guard."""

    kept: MediaStore
    guard: SafeHttpClient
    prober: Prober
    incoming: Path
    database: Database
    clock: Clock
    _sweeping: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    @asynccontextmanager
    async def open(
        cls, *, store: MediaStore, guard: SafeHttpClient, incoming: Path, database: Database, clock: Clock
    ) -> AsyncIterator[Self]:
        await asyncio.to_thread(incoming.mkdir, parents=True, exist_ok=True)
        async with Prober() as prober:
            await prober.warm()
            yield cls(PinnedStore(store, database, clock), guard, prober, incoming, database, clock)

    async def store(self, output: Output) -> StoredOutput:
        """Check one file a backend made and keep it."""
        kind = output.media_type.partition("/")[0]
        if output.path is not None:
            return await self._keep(output.path, output, kind)
        target = self.incoming / f"output-{secrets.token_hex(8)}"
        try:
            await self.guard.fetch(
                output.url or "",
                max_bytes=LARGEST_OUTPUT,
                timeout=OUTPUT_TIMEOUT,
                accept=(f"{kind}/", "application/octet-stream"),
                destination=target,
                field="output",
            )
            return await self._keep(target, output, kind)
        except InvalidMediaUrl as error:
            raise GenerationFailed(f"The provider's file could not be fetched: {error.message}") from error
        finally:
            target.unlink(missing_ok=True)

    def check(self, address: str, *, field: str, kind: str) -> None:
        """Refuse an address that can be seen to be wrong."""
        if is_data(address):
            check_data(address, field=field, kind=kind)
        elif "://" in address:
            self.guard.validate_url(address, field=field)
        else:
            raise InvalidInput(f"`{field}` must be {FORMS}.", field=field)

    async def fetch(self, address: str, *, field: str, kind: str, directory: Path) -> Path:
        """Bring an input in, once: its place follows from its address."""
        place = directory / hashlib.sha256(address.encode()).hexdigest()[:32]
        place.mkdir(parents=True, exist_ok=True)
        whole = next((path for path in place.iterdir() if path.suffix), None)
        if whole is not None:
            return whole
        return await fetch_input(
            address, field=field, kinds=(kind,), directory=place, guard=self.guard, prober=self.prober
        )

    async def copy(self, key: str, directory: Path) -> Path:
        """Put something stored into `directory`."""
        return await self.kept.copy_to(key, directory)

    async def sweep(self) -> int:
        """Delete what nobody needs any more, and what a crash left behind."""
        before = self.clock.now() - LEFTOVERS
        removed = await asyncio.to_thread(remove_older, self.incoming, before=before)
        removed += await self.kept.sweep(before=before)
        async with self._sweeping:
            return removed + await sweep(self.database, self.clock, self.kept)

    async def finish_deleting(self, keys: Collection[str]) -> int:
        """Delete files whose deletion was begun, as far as the store does it within seconds."""
        return await finish_deleting(self.database, self.clock, self.kept, keys)

    async def delete_stuck(self) -> int:
        """Finish deletions that were begun a while ago."""
        async with self._sweeping:
            return await delete_stuck(self.database, self.clock, self.kept)

    async def _keep(self, path: Path, output: Output, kind: str) -> StoredOutput:
        kept = await ingest(path, store=self.kept, prober=self.prober, expected=(f"{kind}/",), workspace=self.incoming)
        return StoredOutput(
            key=kept.key,
            media_type=kept.media_type,
            bytes=kept.bytes,
            sha256=kept.sha256,
            format=kept.format,
            width=kept.width,
            height=kept.height,
            duration=kept.duration,
            thumbnail_key=kept.thumbnail_key,
            optimized_key=kept.optimized_key,
            role=output.role,
            title=output.title,
            lyrics=output.lyrics,
        )
