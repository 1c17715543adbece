"""The schedule of housekeeping: hourly on one of the workers, and sooner after an outage of the store."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from kit.errors import ProviderUnavailable
from server.roles.housekeeping import INTERVAL, RETRY, run_housekeeping
from tests.support.services import FakeLibrary
from tests.support.use_case_harness import TIMEOUT, UseCaseHarness

pytestmark = pytest.mark.anyio


class CountingLibrary(FakeLibrary):
    """A library that counts calls, with a store that can be unavailable."""

    def __init__(self) -> None:
        self.deletions = self.retries = 0
        self.is_down = False

    async def delete_unused(self) -> int:
        self.deletions += 1
        if self.is_down:
            raise ProviderUnavailable("The media store does not answer.")
        return 0

    async def delete_stuck(self) -> int:
        self.retries += 1
        return 0


async def test_unused_files_are_deleted_hourly_and_sooner_after_an_outage(use_cases: UseCaseHarness) -> None:
    library = CountingLibrary()
    task = asyncio.create_task(run_housekeeping(replace(use_cases.services, library=library)))

    async def counts(*, after: float) -> tuple[int, int]:
        use_cases.clock.timer_was_set.clear()
        use_cases.clock.move(after)
        async with asyncio.timeout(TIMEOUT):
            await use_cases.clock.timer_was_set.wait()
        return library.deletions, library.retries

    assert await counts(after=0) == (1, 0)
    assert await counts(after=RETRY.total_seconds()) == (1, 1)
    library.is_down = True
    assert await counts(after=INTERVAL.total_seconds()) == (2, 1)
    library.is_down = False
    assert await counts(after=RETRY.total_seconds()) == (3, 1)
    assert await counts(after=RETRY.total_seconds()) == (3, 2)
    task.cancel()


async def test_one_of_several_workers_deletes_each_hour(use_cases: UseCaseHarness) -> None:
    libraries = [CountingLibrary(), CountingLibrary()]

    async def deletions(workers: Sequence[CountingLibrary], *, after: timedelta) -> int:
        """Start workers that long after the last ones, and return how often they deleted in their first minute."""
        use_cases.clock.move(after.total_seconds())
        before = sum(library.deletions for library in workers)
        running = [run_housekeeping(replace(use_cases.services, library=library)) for library in workers]
        tasks = [asyncio.create_task(one) for one in running]
        async with asyncio.timeout(TIMEOUT):
            while use_cases.clock.pending < len(workers):
                use_cases.clock.timer_was_set.clear()
                await use_cases.clock.timer_was_set.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return sum(library.deletions for library in workers) - before

    assert use_cases.clock.pending == 0
    assert await deletions(libraries, after=timedelta()) == 1
    assert await deletions(libraries, after=INTERVAL / 2) == 0
    assert await deletions(libraries, after=INTERVAL / 2) == 1
    assert await deletions(libraries[:1], after=INTERVAL) == 1
