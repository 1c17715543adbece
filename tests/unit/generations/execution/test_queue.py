"""The embedded queue: failed jobs are retried, stopped jobs are not."""

import asyncio

import pytest

from generations.execution.queue import EmbeddedQueue
from generations.execution.step_context import StepContext
from tests.support.manual_clock import ManualClock

pytestmark = pytest.mark.anyio


async def run_event_loop(count: int = 10) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.mark.parametrize("fault", [ConnectionError, asyncio.CancelledError])
async def test_a_failed_or_cancelled_job_is_retried(fault: type[BaseException]) -> None:
    clock, runs = ManualClock(), list[str]()

    async def fail_once(generation_id: str, _: StepContext) -> None:
        runs.append(generation_id)
        if len(runs) == 1:
            raise fault

    queue = EmbeddedQueue(clock)
    queue.start_consuming(fail_once, ["gen_1"])
    await run_event_loop()
    assert (runs, queue.running_steps) == (["gen_1"], set())

    clock.move(1)
    await run_event_loop()
    assert runs == ["gen_1", "gen_1"]


async def test_a_stopped_job_is_not_retried() -> None:
    clock, runs = ManualClock(), list[str]()

    async def wait_forever(generation_id: str, _: StepContext) -> None:
        runs.append(generation_id)
        await asyncio.get_running_loop().create_future()

    queue = EmbeddedQueue(clock)
    queue.start_consuming(wait_forever, ["gen_1"])
    await run_event_loop()
    assert queue.running_steps == {"gen_1"}

    await queue.close()
    clock.move(120)
    await run_event_loop()
    assert (runs, queue.running_steps) == (["gen_1"], set())
