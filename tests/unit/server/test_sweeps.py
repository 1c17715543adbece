"""Sweeps that meet: whoever swept finds everything gone."""

import asyncio
from pathlib import Path

import pytest

from database.transaction import Database
from kit.outbound import SafeHttpClient
from media.library import MediaLibrary
from media.retention import GRACE, retain
from tests.fixtures.clock import ManualClock
from tests.unit.media import sample_files
from tests.unit.media.test_retention import SlowStore

pytestmark = pytest.mark.anyio

WHILE = 0.2  # seconds that a deletion takes


async def test_a_sweep_that_meets_another_ends_when_all_is_gone(database: Database, tmp_path: Path) -> None:
    clock, store = ManualClock(), SlowStore(tmp_path / "store")
    opened = MediaLibrary.open(
        store=store, guard=SafeHttpClient(), incoming=tmp_path / "incoming", database=database, clock=clock
    )
    async with opened as library:
        source = sample_files.picture(tmp_path / "a.png")
        key, at = (await library.kept.put(source, "image/png")).key, clock.now()
        await database.transact(lambda t: retain(t, [key], holder="gen_a", expires_at=at, at=at))
        clock.move(GRACE.total_seconds())

        first = asyncio.create_task(library.sweep())
        await store.begun.wait()
        second = asyncio.create_task(library.sweep())
        asyncio.get_running_loop().call_later(WHILE, store.may_end.set)

        assert await second == 0
        assert not store.path_of(key).exists()
        assert await first == 1
