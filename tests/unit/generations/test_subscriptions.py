"""`follow` and `follow_all`: the current state first, then every version until the end."""

import asyncio
import tracemalloc
from contextlib import aclosing

import pytest

from generations.generation import Generation, Stage
from generations.queries import follow, follow_all
from kit.errors import NotFound
from tests.support.use_case_harness import TIMEOUT, UseCaseHarness

pytestmark = pytest.mark.anyio


async def collect_states(
    use_cases: UseCaseHarness, owner: object, generation_id: str, after: int | None = None
) -> list[Generation]:
    async with asyncio.timeout(TIMEOUT):
        return [state async for state in follow(use_cases.services, owner, generation_id, after=after)]  # type: ignore[arg-type]


async def test_following_from_acceptance_yields_every_stage(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    await use_cases.kill()
    accepted = await use_cases.accept(owner)
    subscription = asyncio.create_task(collect_states(use_cases, owner, accepted.id))
    use_cases.upstream.finish(accepted.id)
    hub = use_cases.services.hub
    await asyncio.sleep(0)
    while not hub.follows(accepted.id):
        await asyncio.sleep(0)

    await use_cases.start_worker()
    states = await subscription

    assert [state.stage for state in states] == list(Stage)
    assert [state.version for state in states] == sorted({state.version for state in states})


async def test_following_a_running_generation_starts_with_its_current_state(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    accepted = await use_cases.accept(owner)
    use_cases.upstream.run(accepted.id, progress=40)
    running = await use_cases.until(owner, accepted.id, lambda state: state.progress == 40)

    async with (
        asyncio.timeout(TIMEOUT),
        aclosing(follow(use_cases.services, owner, accepted.id, after=None)) as states_,
    ):
        states = [await anext(states_)]
        use_cases.upstream.finish(accepted.id)
        states += [state async for state in states_]

    assert states[0].version == running.version
    assert [state.stage for state in states] == [Stage.RUNNING, Stage.STORING, Stage.DONE]


async def test_following_an_ended_generation_yields_its_last_state(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    accepted = await use_cases.accept(owner)
    use_cases.upstream.finish(accepted.id)
    ended = await use_cases.until(owner, accepted.id, lambda state: state.is_over)

    assert [state.version for state in await collect_states(use_cases, owner, accepted.id)] == [ended.version]
    assert await collect_states(use_cases, owner, accepted.id, after=ended.version) == []


async def test_a_generation_of_another_account_cannot_be_followed(use_cases: UseCaseHarness) -> None:
    owner, stranger = await use_cases.create_account(), await use_cases.create_account()
    accepted = await use_cases.accept(owner)

    with pytest.raises(NotFound):
        await collect_states(use_cases, stranger, accepted.id)


async def test_follow_all_starts_with_running_generations_and_repeats_no_version(use_cases: UseCaseHarness) -> None:
    owner, stranger = await use_cases.create_account(), await use_cases.create_account()
    first = await use_cases.accept(owner)
    use_cases.upstream.run(first.id)
    await use_cases.until(owner, first.id, lambda state: state.stage is Stage.RUNNING)

    received: list[tuple[str, int]] = []
    async with asyncio.timeout(TIMEOUT):
        stream = follow_all(use_cases.services, owner)
        first_state = await anext(stream)
        second = await use_cases.accept(owner)
        await use_cases.accept(stranger)
        use_cases.upstream.finish(first.id)
        use_cases.upstream.finish(second.id)
        ended = 0
        while ended < 2:
            state = await anext(stream)
            received.append((state.id, state.version))
            ended += state.is_over
        await stream.aclose()

    assert (first_state.id, first_state.stage) == (first.id, Stage.RUNNING)
    assert {identifier for identifier, _ in received} == {first.id, second.id}
    assert len(received) == len(set(received))


@pytest.mark.serial
async def test_a_thousand_waiting_generations_take_little_memory_and_no_threads(use_cases: UseCaseHarness) -> None:
    import threading

    owner = await use_cases.create_account(credits=1_000_000)
    await use_cases.accept(owner)
    threads = threading.active_count()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(10):
        await asyncio.gather(*(use_cases.accept(owner) for _ in range(100)))
    async with asyncio.timeout(10 * TIMEOUT):
        await use_cases.upstream.wait_for_submissions(1001)
    used = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()

    assert used < 100_000_000
    assert threading.active_count() <= threads + 1


async def test_follow_all_starts_with_every_running_generation(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=10_000)
    running = [(await use_cases.accept(owner)).id for _ in range(150)]

    async with asyncio.timeout(TIMEOUT), aclosing(follow_all(use_cases.services, owner)) as states_:
        reported = [(await anext(states_)).id for _ in running]

    assert sorted(reported) == sorted(running)
