"""Who needs which file until when: a file goes with the last who needs it, and never while somebody stores it."""

import asyncio
import itertools
from datetime import timedelta
from pathlib import Path

import pytest

from database.transaction import Database
from kit.errors import NotFound
from media.pinned_store import PinnedStore
from media.retention import (
    GRACE,
    MAX_DELETION_TIME,
    PIN_LIFETIME,
    STORE_TIMEOUT,
    FileGone,
    delete_stuck,
    finish_deleting,
    release,
    retain,
    sweep,
)
from media.store import MediaStore, Stored, StoreUnavailable
from tests.support.manual_clock import ManualClock
from tests.support.slow_store import SlowStore

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)
PATIENCE = 10  # seconds


class Keeper:
    """A store with the rows of who needs what."""

    def __init__(self, database: Database, store: MediaStore, clock: ManualClock, folder: Path) -> None:
        self.database, self.bare, self.clock, self.folder = database, store, clock, folder
        self.numbers = itertools.count()
        self.store = PinnedStore(store, database, clock)

    async def put(self, content: bytes = b"abc") -> Stored:
        path = self.folder / f"source-{next(self.numbers)}"
        path.write_bytes(content)
        return await self.store.put(path, "image/png")

    async def keep(self, key: str, holder: str, *, days: int = 15) -> None:
        at = self.clock.now()
        await self.database.transact(lambda t: retain(t, [key], holder=holder, expires_at=at + days * DAY, at=at))

    async def put_and_keep(self, holder: str, *, days: int = 15) -> str:
        key = (await self.put()).key
        await self.keep(key, holder, days=days)
        return key

    async def let_go(self, holder: str) -> int:
        keys = await self.database.transact(lambda transaction: release(transaction, holder, at=self.clock.now()))
        return await finish_deleting(self.database, self.clock, self.store, keys)

    async def delete_stuck(self) -> int:
        return await delete_stuck(self.database, self.clock, self.store)

    async def sweep(self) -> int:
        return await sweep(self.database, self.clock, self.store)

    async def has(self, key: str) -> bool:
        try:
            await self.bare.stat(key)
        except NotFound:
            return False
        return True

    def pass_days(self, days: float) -> None:
        self.clock.move(days * DAY.total_seconds() + GRACE.total_seconds() + 1)


@pytest.fixture
async def keeper(database: Database, tmp_path: Path) -> Keeper:
    return Keeper(database, SlowStore(tmp_path / "store"), ManualClock(), tmp_path)


@pytest.fixture
def slow(keeper: Keeper) -> SlowStore:
    assert isinstance(keeper.bare, SlowStore)
    return keeper.bare


@pytest.fixture(autouse=True)
def deletions_pass(slow: SlowStore) -> None:
    slow.may_end.set()


async def test_a_file_is_deleted_once_its_time_has_come(keeper: Keeper) -> None:
    key = await keeper.put_and_keep("gen_a", days=15)

    keeper.pass_days(14)
    assert await keeper.sweep() == 0
    assert await keeper.has(key)
    keeper.pass_days(1)
    assert await keeper.sweep() == 1
    assert not await keeper.has(key)


async def test_the_same_bytes_stay_as_long_as_anybody_needs_them(keeper: Keeper) -> None:
    key = await keeper.put_and_keep("gen_a", days=1)
    assert await keeper.put_and_keep("gen_b", days=2) == key

    keeper.pass_days(1)
    assert await keeper.sweep() == 0
    assert await keeper.has(key)
    keeper.pass_days(1)
    assert await keeper.sweep() == 1
    assert not await keeper.has(key)


async def test_a_file_let_go_is_deleted_at_once_unless_another_needs_it(keeper: Keeper) -> None:
    key = await keeper.put_and_keep("gen_a")
    await keeper.put_and_keep("upl_b")

    assert await keeper.let_go("gen_a") == 0
    assert await keeper.has(key)
    assert await keeper.let_go("upl_b") == 1
    assert not await keeper.has(key)


async def test_a_file_that_is_being_stored_is_not_swept(keeper: Keeper) -> None:
    old = await keeper.put_and_keep("gen_a", days=0)
    keeper.clock.move(GRACE.total_seconds() + 1)

    key = (await keeper.put()).key
    assert await keeper.sweep() == 0
    await keeper.keep(key, "gen_b")

    assert key == old
    assert await keeper.has(key)


async def test_a_file_stored_by_one_who_died_is_swept_in_the_end(keeper: Keeper) -> None:
    key = (await keeper.put()).key

    keeper.clock.move(PIN_LIFETIME.total_seconds() - 1)
    assert await keeper.sweep() == 0
    keeper.pass_days(0)
    assert await keeper.sweep() == 1
    assert not await keeper.has(key)


async def test_storing_waits_for_a_deletion_of_the_same_bytes(keeper: Keeper, slow: SlowStore) -> None:
    key = await keeper.put_and_keep("gen_a", days=0)
    keeper.pass_days(0)
    slow.may_end.clear()
    sweeping = asyncio.create_task(keeper.sweep())
    await slow.begun.wait()

    storing = asyncio.create_task(keeper.put())
    keeper.clock.timer_was_set.clear()
    async with asyncio.timeout(PATIENCE):
        await keeper.clock.timer_was_set.wait()
    slow.may_end.set()
    assert await sweeping == 1
    assert not await keeper.has(key)
    keeper.clock.move(1)
    assert (await storing).key == key
    await keeper.keep(key, "gen_b")

    assert await keeper.has(key)


async def test_a_file_that_was_deleted_meanwhile_is_not_taken_for_stored(keeper: Keeper) -> None:
    key = (await keeper.put()).key
    keeper.clock.move(PIN_LIFETIME.total_seconds())
    keeper.pass_days(0)
    assert await keeper.sweep() == 1

    with pytest.raises(FileGone):
        await keeper.keep(key, "gen_late")
    await keeper.put_and_keep("gen_late")

    assert await keeper.has(key)


async def test_a_deletion_that_broke_off_is_finished_later(keeper: Keeper, slow: SlowStore) -> None:
    key = await keeper.put_and_keep("gen_a", days=0)
    keeper.pass_days(0)
    slow.breaks = True
    with pytest.raises(StoreUnavailable):
        await keeper.sweep()
    slow.breaks = False

    assert await keeper.sweep() == 0
    keeper.clock.move(MAX_DELETION_TIME.total_seconds())
    assert await keeper.sweep() == 1
    assert not await keeper.has(key)


async def test_files_let_go_while_the_store_is_down_are_deleted_within_a_minute(
    keeper: Keeper, slow: SlowStore
) -> None:
    keys = [(await keeper.put(content)).key for content in (b"abc", b"def")]
    for key in keys:
        await keeper.keep(key, "gen_a")
    slow.breaks = True

    assert await keeper.let_go("gen_a") == 0
    assert await keeper.delete_stuck() == 0
    keeper.clock.move(40)
    with pytest.raises(StoreUnavailable):
        await keeper.delete_stuck()
    slow.breaks = False
    keeper.clock.move(40)

    assert await keeper.delete_stuck() == 2
    assert [await keeper.has(key) for key in keys] == [False, False]
    assert await keeper.delete_stuck() == 0


async def test_storing_does_not_wait_for_ever_for_a_deletion_of_the_same_bytes(keeper: Keeper, slow: SlowStore) -> None:
    await keeper.put_and_keep("gen_a")
    slow.breaks = True
    await keeper.let_go("gen_a")

    storing = asyncio.create_task(keeper.put())
    keeper.clock.timer_was_set.clear()
    async with asyncio.timeout(PATIENCE):
        await keeper.clock.timer_was_set.wait()
    keeper.clock.move(STORE_TIMEOUT.total_seconds())
    with pytest.raises(StoreUnavailable):
        await storing


async def test_many_sweeps_and_stores_at_once_lose_nothing_that_is_kept(keeper: Keeper) -> None:
    async def store_and_let_go(number: int) -> None:
        for turn in range(5):
            holder = f"gen_{number}_{turn}"
            key = await keeper.put_and_keep(holder)
            assert await keeper.has(key)
            await keeper.sweep()
            assert await keeper.has(key)
            await keeper.let_go(holder)

    async def ticking() -> None:
        while True:
            await keeper.clock.timer_was_set.wait()
            keeper.clock.timer_was_set.clear()
            keeper.clock.move(0.3)

    ticker = asyncio.create_task(ticking())
    await asyncio.gather(*(store_and_let_go(number) for number in range(6)))
    ticker.cancel()

    assert list(keeper.folder.rglob("*.png")) == []
