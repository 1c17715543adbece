"""The time of the database rules: processes whose system clocks are wrong agree on it."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from accounts.creation import create_account
from accounts.plans import PLANS, PlanName
from accounts.rate_limits import MINUTE, count_generation, release_concurrency_slot
from database.open import open_database
from database.time_synchronization import INTERVAL, TimeSynchronization
from database.transaction import Database, Transaction
from kit.clock import AdjustedClock
from kit.errors import RateLimited
from tests.support.delegating_database import DelegatingDatabase
from tests.support.postgres_listening import TwoNodes
from tests.support.use_case_harness import TIMEOUT

pytestmark = pytest.mark.anyio
AHEAD = timedelta(minutes=10)
START = datetime(2026, 1, 1, tzinfo=UTC)


def wrong_clock() -> AdjustedClock:
    return AdjustedClock(system_time=lambda: datetime.now(UTC) + AHEAD)


async def time_of(database: Database) -> datetime:
    sample = await database.read_time(lambda: 0.0)
    assert sample is not None
    return sample[0]


async def test_a_process_with_a_wrong_clock_has_the_time_of_the_database(two_nodes: TwoNodes) -> None:
    clock = wrong_clock()
    assert clock.now() - await time_of(two_nodes.here) > AHEAD / 2

    await TimeSynchronization(two_nodes.here, clock).adjust()

    before = await time_of(two_nodes.here)
    now = clock.now()
    after = await time_of(two_nodes.here)
    error = timedelta(milliseconds=100)  # half of a round trip on a busy machine
    assert before - error <= now <= after + error


def test_between_adjustments_the_time_follows_the_monotonic_clock() -> None:
    monotonic, system = [100.0], [START]
    clock = AdjustedClock(system_time=lambda: system[0], monotonic=lambda: monotonic[0])
    assert clock.now() == START

    change = clock.adjust(START - AHEAD, at=98.0)
    assert change == timedelta(seconds=2) - AHEAD
    system[0] += timedelta(days=1)
    monotonic[0] += 5

    assert clock.now() == START - AHEAD + timedelta(seconds=7)


async def test_the_time_is_read_again_after_a_reconnect(two_nodes: TwoNodes) -> None:
    class CountedTimes(DelegatingDatabase):
        times = 0
        was_read = asyncio.Event()

        async def read_time(self, monotonic: Callable[[], float]) -> tuple[datetime, float] | None:
            self.times += 1
            self.was_read.set()
            return await super().read_time(monotonic)

    database = CountedTimes(two_nodes.there)
    running = asyncio.create_task(TimeSynchronization(database, AdjustedClock()).run())
    async with asyncio.timeout(TIMEOUT):
        for times in (1, 2):  # when listening begins, and after it was lost
            await database.was_read.wait()
            assert database.times == times
            database.was_read.clear()
            if times == 1:
                assert await two_nodes.cut_listening() == 1
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert timedelta(seconds=TIMEOUT) < INTERVAL


async def test_limits_are_exact_beside_a_process_with_a_wrong_clock(two_nodes: TwoNodes) -> None:
    nodes = ((two_nodes.here, AdjustedClock()), (two_nodes.there, wrong_clock()))
    for database, clock in nodes:
        await TimeSynchronization(database, clock).adjust()
    account_id = await two_nodes.here.transact(
        lambda transaction: create_account(transaction, name="a", plan=PlanName.FREE, at=datetime.now(UTC))
    )
    accepted: Counter[int] = Counter()

    for database, clock in 20 * nodes:
        now = clock.now()
        with suppress(RateLimited):
            await database.transact(partial(_count_and_end, account_id, now))
            accepted[int(now.timestamp()) // MINUTE] += 1

    per_minute = PLANS[PlanName.FREE].per_minute
    assert per_minute is not None
    assert max(accepted.values()) <= per_minute
    assert max(accepted) - min(accepted) <= 1


def _count_and_end(account_id: str, at: datetime, transaction: Transaction) -> None:
    count_generation(transaction, account_id, PlanName.FREE, at=at)
    release_concurrency_slot(transaction, account_id)


async def test_on_sqlite_the_time_is_that_of_the_machine(tmp_path: Path) -> None:
    database, clock = await open_database(f"sqlite:///{tmp_path / 'test.db'}"), wrong_clock()

    await TimeSynchronization(database, clock).adjust()
    await database.close()

    assert clock.now() - datetime.now(UTC) > AHEAD / 2
