"""Concurrent sweeps of the media library."""

import asyncio
from pathlib import Path

import pytest

from database.transaction import Database
from kit.outbound import SafeHttpClient
from media.file_references import GRACE, retain
from media.library import MediaLibrary
from tests.support import sample_files
from tests.support.manual_clock import ManualClock
from tests.support.slow_store import SlowStore

pytestmark = pytest.mark.anyio

DELETION_SECONDS = 0.2


async def test_a_concurrent_sweep_waits_for_the_deletions(database: Database, tmp_path: Path) -> None:
    clock, store = ManualClock(), SlowStore(tmp_path / "store")
    opened = MediaLibrary.open(
        store=store, http_client=SafeHttpClient(), incoming=tmp_path / "incoming", database=database, clock=clock
    )
    async with opened as library:
        source = sample_files.picture(tmp_path / "a.png")
        key, at = (await library.store.put(source, "image/png")).key, clock.now()
        await database.transact(lambda t: retain(t, [key], holder="gen_a", expires_at=at, at=at))
        clock.move(GRACE.total_seconds())

        first = asyncio.create_task(library.delete_unused())
        await store.started.wait()
        second = asyncio.create_task(library.delete_unused())
        asyncio.get_running_loop().call_later(DELETION_SECONDS, store.may_end.set)

        assert await second == 0
        assert not store.path_of(key).exists()
        assert await first == 1
