"""Retention of files: a file is deleted after its last holder releases it, and never while it is being stored."""

import asyncio
import itertools
from datetime import timedelta
from pathlib import Path

import pytest

from database.transaction import Database
from kit.errors import NotFound
from media.file_references import (
    GRACE,
    MAX_DELETION_TIME,
    PIN_LIFETIME,
    STORE_TIMEOUT,
    FileGone,
    delete_expired_files,
    delete_stuck,
    files_in_use,
    finish_deleting,
    release,
    retain,
)
from media.pinned_store import PinnedStore
from media.store import MediaStore, StoredFile, StoreUnavailable
from tests.support.manual_clock import ManualClock
from tests.support.slow_store import SlowStore

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)
TIMEOUT = 10  # seconds


class RetentionHarness:
    """A store with retention, and the bare store below it."""

    def __init__(self, database: Database, store: MediaStore, clock: ManualClock, directory: Path) -> None:
        self.database, self.bare, self.clock, self.directory = database, store, clock, directory
        self.numbers = itertools.count()
        self.store = PinnedStore(store, database, clock)

    async def put(self, content: bytes = b"abc") -> StoredFile:
        path = self.directory / f"source-{next(self.numbers)}"
        path.write_bytes(content)
        return await self.store.put(path, "image/png")

    async def retain_key(self, key: str, holder: str, *, days: int = 15) -> None:
        at = self.clock.now()
        await self.database.transact(lambda t: retain(t, [key], holder=holder, expires_at=at + days * DAY, at=at))

    async def put_and_retain(self, holder: str, *, days: int = 15) -> str:
        key = (await self.put()).key
        await self.retain_key(key, holder, days=days)
        return key

    async def release(self, holder: str) -> int:
        keys = await self.database.transact(lambda transaction: release(transaction, holder, at=self.clock.now()))
        return await finish_deleting(self.database, self.clock, self.store, keys)

    async def delete_stuck(self) -> int:
        return await delete_stuck(self.database, self.clock, self.store)

    async def delete_expired_files(self) -> int:
        return await delete_expired_files(self.database, self.clock, self.store)

    async def exists(self, key: str) -> bool:
        try:
            await self.bare.stat(key)
        except NotFound:
            return False
        return True

    def advance_days(self, days: float) -> None:
        self.clock.move(days * DAY.total_seconds() + GRACE.total_seconds() + 1)


@pytest.fixture
async def harness(database: Database, tmp_path: Path) -> RetentionHarness:
    return RetentionHarness(database, SlowStore(tmp_path / "store"), ManualClock(), tmp_path)


@pytest.fixture
def slow(harness: RetentionHarness) -> SlowStore:
    assert isinstance(harness.bare, SlowStore)
    return harness.bare


@pytest.fixture(autouse=True)
def allow_deletions(slow: SlowStore) -> None:
    slow.may_end.set()


async def test_a_file_is_deleted_after_its_retention(harness: RetentionHarness) -> None:
    key = await harness.put_and_retain("gen_a", days=15)

    harness.advance_days(14)
    assert await harness.delete_expired_files() == 0
    assert await harness.exists(key)
    harness.advance_days(1)
    assert await harness.delete_expired_files() == 1
    assert not await harness.exists(key)


async def test_files_that_are_being_stored_or_have_expired_are_not_in_use(harness: RetentionHarness) -> None:
    await harness.put(b"being stored")
    expired, used = (await harness.put(b"expired")).key, (await harness.put(b"used")).key
    await harness.retain_key(expired, "gen_a", days=1)
    await harness.retain_key(used, "gen_b", days=9)
    await harness.retain_key(used, "gen_c", days=9)
    harness.advance_days(2)

    assert await harness.database.transact(lambda transaction: files_in_use(transaction, harness.clock.now())) == [used]


async def test_a_shared_file_is_kept_until_its_last_holder_expires(harness: RetentionHarness) -> None:
    key = await harness.put_and_retain("gen_a", days=1)
    assert await harness.put_and_retain("gen_b", days=2) == key

    harness.advance_days(1)
    assert await harness.delete_expired_files() == 0
    assert await harness.exists(key)
    harness.advance_days(1)
    assert await harness.delete_expired_files() == 1
    assert not await harness.exists(key)


async def test_a_released_file_is_deleted_unless_another_holder_remains(harness: RetentionHarness) -> None:
    key = await harness.put_and_retain("gen_a")
    await harness.put_and_retain("upl_b")

    assert await harness.release("gen_a") == 0
    assert await harness.exists(key)
    assert await harness.release("upl_b") == 1
    assert not await harness.exists(key)


async def test_a_file_that_is_being_stored_is_not_deleted(harness: RetentionHarness) -> None:
    old = await harness.put_and_retain("gen_a", days=0)
    harness.clock.move(GRACE.total_seconds() + 1)

    key = (await harness.put()).key
    assert await harness.delete_expired_files() == 0
    await harness.retain_key(key, "gen_b")

    assert key == old
    assert await harness.exists(key)


async def test_a_file_stored_by_a_crashed_server_is_deleted_later(harness: RetentionHarness) -> None:
    key = (await harness.put()).key

    harness.clock.move(PIN_LIFETIME.total_seconds() - 1)
    assert await harness.delete_expired_files() == 0
    harness.advance_days(0)
    assert await harness.delete_expired_files() == 1
    assert not await harness.exists(key)


async def test_storing_waits_for_the_deletion_of_the_same_content(harness: RetentionHarness, slow: SlowStore) -> None:
    key = await harness.put_and_retain("gen_a", days=0)
    harness.advance_days(0)
    slow.may_end.clear()
    deletion_task = asyncio.create_task(harness.delete_expired_files())
    await slow.started.wait()

    put = asyncio.create_task(harness.put())
    harness.clock.timer_was_set.clear()
    async with asyncio.timeout(TIMEOUT):
        await harness.clock.timer_was_set.wait()
    slow.may_end.set()
    assert await deletion_task == 1
    assert not await harness.exists(key)
    harness.clock.move(1)
    assert (await put).key == key
    await harness.retain_key(key, "gen_b")

    assert await harness.exists(key)


async def test_retaining_a_deleted_file_is_an_error(harness: RetentionHarness) -> None:
    key = (await harness.put()).key
    harness.clock.move(PIN_LIFETIME.total_seconds())
    harness.advance_days(0)
    assert await harness.delete_expired_files() == 1

    with pytest.raises(FileGone):
        await harness.retain_key(key, "gen_late")
    await harness.put_and_retain("gen_late")

    assert await harness.exists(key)


async def test_an_interrupted_deletion_is_finished_later(harness: RetentionHarness, slow: SlowStore) -> None:
    key = await harness.put_and_retain("gen_a", days=0)
    harness.advance_days(0)
    slow.fails = True
    with pytest.raises(StoreUnavailable):
        await harness.delete_expired_files()
    slow.fails = False

    assert await harness.delete_expired_files() == 0
    harness.clock.move(MAX_DELETION_TIME.total_seconds())
    assert await harness.delete_expired_files() == 1
    assert not await harness.exists(key)


async def test_files_released_during_an_outage_are_deleted_within_a_minute(
    harness: RetentionHarness, slow: SlowStore
) -> None:
    keys = [(await harness.put(content)).key for content in (b"abc", b"def")]
    for key in keys:
        await harness.retain_key(key, "gen_a")
    slow.fails = True

    assert await harness.release("gen_a") == 0
    assert await harness.delete_stuck() == 0
    harness.clock.move(40)
    with pytest.raises(StoreUnavailable):
        await harness.delete_stuck()
    slow.fails = False
    harness.clock.move(40)

    assert await harness.delete_stuck() == 2
    assert [await harness.exists(key) for key in keys] == [False, False]
    assert await harness.delete_stuck() == 0


async def test_storing_times_out_while_the_same_content_is_being_deleted(
    harness: RetentionHarness, slow: SlowStore
) -> None:
    await harness.put_and_retain("gen_a")
    slow.fails = True
    await harness.release("gen_a")

    put = asyncio.create_task(harness.put())
    harness.clock.timer_was_set.clear()
    async with asyncio.timeout(TIMEOUT):
        await harness.clock.timer_was_set.wait()
    harness.clock.move(STORE_TIMEOUT.total_seconds())
    with pytest.raises(StoreUnavailable):
        await put


async def test_concurrent_sweeps_delete_no_retained_file(harness: RetentionHarness) -> None:
    async def store_and_release(number: int) -> None:
        for round_ in range(5):
            holder = f"gen_{number}_{round_}"
            key = await harness.put_and_retain(holder)
            assert await harness.exists(key)
            await harness.delete_expired_files()
            assert await harness.exists(key)
            await harness.release(holder)

    async def advance_clock() -> None:
        while True:
            await harness.clock.timer_was_set.wait()
            harness.clock.timer_was_set.clear()
            harness.clock.move(0.3)

    clock_task = asyncio.create_task(advance_clock())
    await asyncio.gather(*(store_and_release(number) for number in range(6)))
    clock_task.cancel()

    assert list(harness.directory.rglob("*.png")) == []
