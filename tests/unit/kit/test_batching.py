"""Requests that are run together."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from kit.batching import Batcher

pytestmark = pytest.mark.anyio


class Doubling:
    """A call that doubles numbers, each time after `release`."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.release = asyncio.Semaphore(0)

    async def __call__(self, numbers: Sequence[int]) -> Mapping[int, int]:
        self.calls.append(list(numbers))
        await self.release.acquire()
        if 0 in numbers:
            raise LookupError("nothing to double")
        return {number: 2 * number for number in numbers}


async def started(double: Batcher[int, int], *numbers: int) -> "list[asyncio.Task[int]]":
    """Begin to request numbers, and wait until their call has begun, or waits for the one before."""
    tasks = [asyncio.create_task(_get(double, number)) for number in numbers]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


async def _get(double: Batcher[int, int], number: int) -> int:
    return await double(number)


async def test_what_is_requested_in_one_turn_is_one_call() -> None:
    run = Doubling()
    run.release.release()

    tasks = await started(Batcher(run), 1, 2, 1)

    assert await asyncio.gather(*tasks) == [2, 4, 2]
    assert run.calls == [[1, 2, 1]]


async def test_what_is_requested_during_a_call_is_the_next_one() -> None:
    run = Doubling()
    double = Batcher[int, int](run)
    first = await started(double, 1)
    later = [*await started(double, 2), *await started(double, 3)]
    calls_before = [*run.calls]

    for _ in range(2):
        run.release.release()

    assert await asyncio.gather(*first, *later) == [2, 4, 6]
    assert calls_before == [[1]]
    assert run.calls == [[1], [2, 3]]


async def test_a_failed_call_fails_its_own_requests() -> None:
    run = Doubling()
    double = Batcher[int, int](run)
    failing = await started(double, 0, 1)
    later = await started(double, 2)
    for _ in range(2):
        run.release.release()

    results = await asyncio.gather(*failing, return_exceptions=True)

    assert [type(result) for result in results] == [LookupError, LookupError]
    assert await asyncio.gather(*later) == [4]


async def test_a_cancelled_request_leaves_the_others_their_result() -> None:
    run = Doubling()
    cancelled, other = await started(Batcher(run), 1, 2)
    cancelled.cancel()
    run.release.release()

    assert await other == 4
    assert cancelled.cancelled()


async def test_closing_waits_for_a_call_without_callers() -> None:
    run = Doubling()
    double = Batcher[int, int](run)
    [cancelled] = await started(double, 1)
    cancelled.cancel()
    closing = asyncio.create_task(double.close())
    await asyncio.sleep(0)
    was_waiting = not closing.done()

    run.release.release()
    await closing

    assert was_waiting
    assert cancelled.cancelled()
