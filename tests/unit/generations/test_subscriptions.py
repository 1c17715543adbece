"""Subscriptions at their source: opened before, during and after."""

import asyncio
import tracemalloc
from contextlib import aclosing

import pytest

from generations.generation import Generation, Stage
from generations.queries import follow, follow_all
from kit.errors import NotFound
from tests.support.use_case_harness import TIMEOUT, UseCaseHarness

pytestmark = pytest.mark.anyio


async def all_of(
    use_cases: UseCaseHarness, owner: object, generation_id: str, after: int | None = None
) -> list[Generation]:
    async with asyncio.timeout(TIMEOUT):
        return [state async for state in follow(use_cases.services, owner, generation_id, after=after)]  # type: ignore[arg-type]


async def test_opened_before_it_sees_every_stage_and_then_the_end(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    await use_cases.kill()
    accepted = await use_cases.accept(owner)
    watching = asyncio.create_task(all_of(use_cases, owner, accepted.id))
    use_cases.upstream.finish(accepted.id)
    hub = use_cases.services.hub
    await asyncio.sleep(0)
    while not hub.follows(accepted.id):
        await asyncio.sleep(0)

    await use_cases.resume()
    states = await watching

    assert [state.stage for state in states] == list(Stage)
    assert [state.version for state in states] == sorted({state.version for state in states})


async def test_opened_during_it_begins_with_the_present_state(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    accepted = await use_cases.accept(owner)
    use_cases.upstream.run(accepted.id, progress=40)
    running = await use_cases.until(owner, accepted.id, lambda state: state.progress == 40)

    async with (
        asyncio.timeout(TIMEOUT),
        aclosing(follow(use_cases.services, owner, accepted.id, after=None)) as following,
    ):
        states = [await anext(following)]
        use_cases.upstream.finish(accepted.id)
        states += [state async for state in following]

    assert states[0].version == running.version
    assert [state.stage for state in states] == [Stage.RUNNING, Stage.STORING, Stage.DONE]


async def test_opened_after_the_end_it_gets_the_end_and_completes(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    accepted = await use_cases.accept(owner)
    use_cases.upstream.finish(accepted.id)
    ended = await use_cases.until(owner, accepted.id, lambda state: state.is_over)

    assert [state.version for state in await all_of(use_cases, owner, accepted.id)] == [ended.version]
    assert await all_of(use_cases, owner, accepted.id, after=ended.version) == []


async def test_a_strangers_generation_cannot_be_followed(use_cases: UseCaseHarness) -> None:
    owner, stranger = await use_cases.create_account(), await use_cases.create_account()
    accepted = await use_cases.accept(owner)

    with pytest.raises(NotFound):
        await all_of(use_cases, stranger, accepted.id)


async def test_all_of_an_account_begins_with_what_runs_and_never_repeats_a_version(use_cases: UseCaseHarness) -> None:
    owner, stranger = await use_cases.create_account(), await use_cases.create_account()
    first = await use_cases.accept(owner)
    use_cases.upstream.run(first.id)
    await use_cases.until(owner, first.id, lambda state: state.stage is Stage.RUNNING)

    seen: list[tuple[str, int]] = []
    async with asyncio.timeout(TIMEOUT):
        stream = follow_all(use_cases.services, owner)
        opening = await anext(stream)
        second = await use_cases.accept(owner)
        await use_cases.accept(stranger)
        use_cases.upstream.finish(first.id)
        use_cases.upstream.finish(second.id)
        ended = 0
        while ended < 2:
            state = await anext(stream)
            seen.append((state.id, state.version))
            ended += state.is_over
        await stream.aclose()

    assert (opening.id, opening.stage) == (first.id, Stage.RUNNING)
    assert {identifier for identifier, _ in seen} == {first.id, second.id}
    assert len(seen) == len(set(seen))


@pytest.mark.serial
async def test_a_thousand_waiting_generations_are_small_and_have_no_thread_each(use_cases: UseCaseHarness) -> None:
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


async def test_who_follows_all_is_told_at_first_of_all_that_run(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=10_000)
    running = [(await use_cases.accept(owner)).id for _ in range(150)]

    async with asyncio.timeout(TIMEOUT), aclosing(follow_all(use_cases.services, owner)) as following:
        told = [(await anext(following)).id for _ in running]

    assert sorted(told) == sorted(running)
