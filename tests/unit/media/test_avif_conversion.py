"""Variants of an image that are made on request, and deletion of the image meanwhile."""

import asyncio
from pathlib import Path

import pytest

from database.transaction import Database, Transaction
from kit.errors import NotFound
from media.avif_conversion import NEVER, AvifConverter, avif_url_key
from media.disk import DiskStore
from media.file_references import finish_deleting, release, retain
from media.formats import AVIF, PNG
from media.pinned_store import PinnedStore
from media.probe import Prober
from media.store import StoredFile
from tests.support import sample_files
from tests.support.manual_clock import ManualClock

pytestmark = pytest.mark.anyio


class GatedStore(DiskStore):
    """A store whose `put` of an AVIF waits for `may_end`."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.started, self.may_end = asyncio.Event(), asyncio.Event()

    async def put(self, path: Path, media_type: str) -> StoredFile:
        if media_type == AVIF.media_type:
            self.started.set()
            await self.may_end.wait()
        return await super().put(path, media_type)


async def test_a_variant_of_an_image_deleted_meanwhile_is_deleted(database: Database, tmp_path: Path) -> None:
    clock, gated_store = ManualClock(), GatedStore(tmp_path / "store")
    store = PinnedStore(gated_store, database, clock)
    source = (await store.put(sample_files.picture(tmp_path / "a.png"), PNG.media_type)).key
    at = clock.now()
    await database.transact(lambda t: retain(t, [source], holder="gen_a", expires_at=NEVER, at=at))

    def release_image(transaction: Transaction) -> list[str]:
        return list(release(transaction, "gen_a", at=at))

    async with Prober() as prober:
        maker = AvifConverter(store, prober, database, clock, tmp_path)
        variant = asyncio.create_task(maker.key_to_serve(avif_url_key(source)))
        await gated_store.started.wait()
        await finish_deleting(database, clock, store, await database.transact(release_image))
        gated_store.may_end.set()
        with pytest.raises(NotFound):
            await variant

    assert [path for path in (tmp_path / "store").rglob("*") if path.is_file()] == []
