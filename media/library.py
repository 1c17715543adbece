"""The media library: stores outputs, fetches inputs and deletes what is no longer needed."""

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
from kit.clock import Clock
from kit.errors import GenerationFailed, InvalidInput
from kit.outbound import OutboundRequestFailed, SafeHttpClient
from media.data_url import is_data_url
from media.file_references import delete_expired_files, delete_stuck, finish_deleting
from media.formats import is_media
from media.ingest import IngestedFile, ingest
from media.inputs import ACCEPTED_FORMS, check_data, fetch_input, invalid_media_url
from media.pinned_store import PinnedStore
from media.probe import Prober
from media.store import MediaStore
from media.temporary_files import remove_older

MAX_OUTPUT_BYTES = 2_000_000_000
OUTPUT_TIMEOUT = timedelta(minutes=10)
TRANSIENT_REASONS = frozenset({"status", "timeout", "unreachable"})  # another request may succeed
TEMPORARY_FILE_AGE = timedelta(hours=1)  # longer than any file takes to arrive


class OutputUnreachable(GenerationFailed):
    """An output of an upstream cannot be downloaded at the moment; it may be later, or from another URL."""


@dataclass(eq=False)
class MediaLibrary:
    """Stores outputs and fetches inputs. `store` pins the files in use."""

    store: MediaStore
    http_client: SafeHttpClient
    prober: Prober
    incoming: Path
    database: Database
    clock: Clock
    _deleting: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    @asynccontextmanager
    async def open(
        cls, *, store: MediaStore, http_client: SafeHttpClient, incoming: Path, database: Database, clock: Clock
    ) -> AsyncIterator[Self]:
        await asyncio.to_thread(incoming.mkdir, parents=True, exist_ok=True)
        async with Prober() as prober:
            prober.start_warming()
            yield cls(PinnedStore(store, database, clock), http_client, prober, incoming, database, clock)

    async def store_file(self, path: Path, *, media_type: str) -> IngestedFile:
        """Check a file that a backend made and store it; the source is not deleted. Safe to repeat.

        Raises `GenerationFailed` for a file that is damaged or not of the kind of `media_type`.
        """
        expected = (f"{_kind(media_type)}/",)
        return await ingest(path, store=self.store, prober=self.prober, expected=expected, workspace=self.incoming)

    async def store_url(self, url: str, *, media_type: str) -> IngestedFile:
        """Download a file that an upstream made, check it and store it. Safe to repeat.

        Raises `OutputUnreachable` if it may be available later, otherwise `GenerationFailed`.
        """
        target = self.incoming / f"output-{secrets.token_hex(8)}"
        try:
            await self.http_client.fetch(
                url,
                max_bytes=MAX_OUTPUT_BYTES,
                timeout=OUTPUT_TIMEOUT,
                accept=(f"{_kind(media_type)}/",),
                destination=target,
                recognizes=is_media,
                field="output",
            )
            return await self.store_file(target, media_type=media_type)
        except OutboundRequestFailed as error:
            is_transient = error.details["reason"] in TRANSIENT_REASONS
            kind = OutputUnreachable if is_transient else GenerationFailed
            raise kind(f"The provider's file could not be fetched: {error.message}") from error
        finally:
            target.unlink(missing_ok=True)

    def check(self, address: str, *, field: str, kind: str) -> None:
        """Validate an input address without fetching it. Raises `InvalidMediaUrl` or `InvalidInput`."""
        if is_data_url(address):
            check_data(address, field=field, kind=kind)
        elif "://" in address:
            try:
                self.http_client.validate_url(address, field=field)
            except OutboundRequestFailed as failure:
                raise invalid_media_url(failure) from failure
        else:
            raise InvalidInput(f"`{field}` must be {ACCEPTED_FORMS}.", field=field)

    async def fetch(self, address: str, *, field: str, kind: str, directory: Path) -> Path:
        """Download an input into `directory` and return its path; a repeated call returns the same file.

        Raises `InvalidMediaUrl`.
        """
        place = directory / hashlib.sha256(address.encode()).hexdigest()[:32]
        place.mkdir(parents=True, exist_ok=True)
        whole = next((path for path in place.iterdir() if path.suffix), None)
        if whole is not None:
            return whole
        return await fetch_input(
            address, field=field, kinds=(kind,), directory=place, http_client=self.http_client, prober=self.prober
        )

    async def copy(self, key: str, directory: Path) -> Path:
        """Copy a stored file into `directory`. Raises `NotFound` when it was deleted."""
        return await self.store.copy_to(key, directory)

    async def delete_unused(self) -> int:
        """Delete unreferenced files and the temporary files of a crash; return how many. Safe to repeat.

        Raises `ServiceUnavailable` when the store did not delete all of them.
        """
        before = self.clock.now() - TEMPORARY_FILE_AGE
        removed = await asyncio.to_thread(remove_older, self.incoming, before=before)
        removed += await self.store.delete_incomplete(before=before)
        async with self._deleting:
            return removed + await delete_expired_files(self.database, self.clock, self.store)

    async def finish_deleting(self, keys: Collection[str]) -> int:
        """Delete files that are marked for deletion, as far as the store manages within seconds; return how many."""
        return await finish_deleting(self.database, self.clock, self.store, keys)

    async def delete_stuck(self) -> int:
        """Finish deletions that were marked a while ago and not completed; return how many. Safe to repeat."""
        async with self._deleting:
            return await delete_stuck(self.database, self.clock, self.store)


def _kind(media_type: str) -> str:
    return media_type.partition("/")[0]
