"""The queue of one process: a job that breaks is run again, one that is stopped is left where it is."""

import asyncio

import pytest

from generations.execution.queue import EmbeddedQueue
from kit.clock import WakeableTimer
from tests.support.manual_clock import ManualClock

pytestmark = pytest.mark.anyio


async def turns(count: int = 10) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.mark.parametrize("fault", [ConnectionError, asyncio.CancelledError])
async def test_a_job_whose_upstream_broke_or_was_cancelled_is_run_again(fault: type[BaseException]) -> None:
    clock, runs = ManualClock(), list[str]()

    async def breaks_once(generation_id: str, _: WakeableTimer) -> None:
        runs.append(generation_id)
        if len(runs) == 1:
            raise fault

    queue = EmbeddedQueue(clock)
    queue.resume(breaks_once, ["gen_1"])
    await turns()
    assert (runs, queue.at_work) == (["gen_1"], set())

    clock.move(1)
    await turns()
    assert runs == ["gen_1", "gen_1"]


async def test_a_job_that_is_stopped_is_not_run_again() -> None:
    clock, runs = ManualClock(), list[str]()

    async def waits(generation_id: str, timer: WakeableTimer) -> None:
        runs.append(generation_id)
        await asyncio.get_running_loop().create_future()

    queue = EmbeddedQueue(clock)
    queue.resume(waits, ["gen_1"])
    await turns()
    assert queue.at_work == {"gen_1"}

    await queue.close()
    clock.move(120)
    await turns()
    assert (runs, queue.at_work) == (["gen_1"], set())
