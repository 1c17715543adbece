"""The schedule of housekeeping: hourly, with retries while the media store is down."""

import asyncio
from dataclasses import replace

import pytest

from kit.errors import ProviderUnavailable
from server.roles.housekeeping import INTERVAL, RETRY, run_housekeeping
from tests.fixtures.heart import PATIENCE, FakeLibrary, UseCaseHarness

pytestmark = pytest.mark.anyio


class CountingLibrary(FakeLibrary):
    """Counts its calls; its store can be down."""

    def __init__(self) -> None:
        self.sweeps = self.retries = 0
        self.is_down = False

    async def sweep(self) -> int:
        self.sweeps += 1
        if self.is_down:
            raise ProviderUnavailable("The media store does not answer.")
        return 0

    async def delete_stuck(self) -> int:
        self.retries += 1
        return 0


async def test_files_are_swept_every_hour_and_retried_soon_while_the_store_is_down(heart: UseCaseHarness) -> None:
    library = CountingLibrary()
    housekeeping = asyncio.create_task(run_housekeeping(replace(heart.services, library=library)))

    async def counts(*, after: float) -> tuple[int, int]:
        heart.clock.timer_was_set.clear()
        heart.clock.move(after)
        async with asyncio.timeout(PATIENCE):
            await heart.clock.timer_was_set.wait()
        return library.sweeps, library.retries

    assert await counts(after=0) == (1, 0)
    assert await counts(after=RETRY.total_seconds()) == (1, 1)
    library.is_down = True
    assert await counts(after=INTERVAL.total_seconds()) == (2, 1)
    library.is_down = False
    assert await counts(after=RETRY.total_seconds()) == (3, 1)
    assert await counts(after=RETRY.total_seconds()) == (3, 2)
    housekeeping.cancel()
