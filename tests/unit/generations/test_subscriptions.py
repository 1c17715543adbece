"""Subscriptions at their source: opened before, during and after."""

import asyncio
import tracemalloc
from contextlib import aclosing

import pytest

from generations.generation import Generation, Stage
from generations.queries import follow, follow_all
from kit.errors import NotFound
from tests.fixtures.heart import PATIENCE, UseCaseHarness

pytestmark = pytest.mark.anyio


async def all_of(
    heart: UseCaseHarness, owner: object, generation_id: str, after: int | None = None
) -> list[Generation]:
    async with asyncio.timeout(PATIENCE):
        return [state async for state in follow(heart.services, owner, generation_id, after=after)]  # type: ignore[arg-type]


async def test_opened_before_it_sees_every_stage_and_then_the_end(heart: UseCaseHarness) -> None:
    owner = await heart.an_account()
    await heart.kill()
    accepted = await heart.accept(owner)
    watching = asyncio.create_task(all_of(heart, owner, accepted.id))
    heart.upstream.finish(accepted.id)
    hub = heart.services.hub
    await asyncio.sleep(0)
    while not hub.follows(accepted.id):
        await asyncio.sleep(0)

    await heart.resume()
    states = await watching

    assert [state.stage for state in states] == list(Stage)
    assert [state.version for state in states] == sorted({state.version for state in states})


async def test_opened_during_it_begins_with_the_present_state(heart: UseCaseHarness) -> None:
    owner = await heart.an_account()
    accepted = await heart.accept(owner)
    heart.upstream.run(accepted.id, progress=40)
    running = await heart.until(owner, accepted.id, lambda state: state.progress == 40)

    async with asyncio.timeout(PATIENCE), aclosing(follow(heart.services, owner, accepted.id, after=None)) as following:
        states = [await anext(following)]
        heart.upstream.finish(accepted.id)
        states += [state async for state in following]

    assert states[0].version == running.version
    assert [state.stage for state in states] == [Stage.RUNNING, Stage.STORING, Stage.DONE]


async def test_opened_after_the_end_it_gets_the_end_and_completes(heart: UseCaseHarness) -> None:
    owner = await heart.an_account()
    accepted = await heart.accept(owner)
    heart.upstream.finish(accepted.id)
    ended = await heart.until(owner, accepted.id, lambda state: state.is_over)

    assert [state.version for state in await all_of(heart, owner, accepted.id)] == [ended.version]
    assert await all_of(heart, owner, accepted.id, after=ended.version) == []


async def test_a_strangers_generation_cannot_be_followed(heart: UseCaseHarness) -> None:
    owner, stranger = await heart.an_account(), await heart.an_account()
    accepted = await heart.accept(owner)

    with pytest.raises(NotFound):
        await all_of(heart, stranger, accepted.id)


async def test_all_of_an_account_begins_with_what_runs_and_never_repeats_a_version(heart: UseCaseHarness) -> None:
    owner, stranger = await heart.an_account(), await heart.an_account()
    first = await heart.accept(owner)
    heart.upstream.run(first.id)
    await heart.until(owner, first.id, lambda state: state.stage is Stage.RUNNING)

    seen: list[tuple[str, int]] = []
    async with asyncio.timeout(PATIENCE):
        stream = follow_all(heart.services, owner)
        opening = await anext(stream)
        second = await heart.accept(owner)
        await heart.accept(stranger)
        heart.upstream.finish(first.id)
        heart.upstream.finish(second.id)
        ended = 0
        while ended < 2:
            state = await anext(stream)
            seen.append((state.id, state.version))
            ended += state.is_over
        await stream.aclose()

    assert (opening.id, opening.stage) == (first.id, Stage.RUNNING)
    assert {identifier for identifier, _ in seen} == {first.id, second.id}
    assert len(seen) == len(set(seen))


async def test_a_thousand_waiting_generations_are_small_and_have_no_thread_each(heart: UseCaseHarness) -> None:
    import threading

    owner = await heart.an_account(credits=1_000_000)
    await heart.accept(owner)
    threads = threading.active_count()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(10):
        await asyncio.gather(*(heart.accept(owner) for _ in range(100)))
    async with asyncio.timeout(PATIENCE):
        while sum(heart.upstream.bought.values()) < 1001:
            await asyncio.sleep(0)
    used = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()

    assert used < 100_000_000
    assert threading.active_count() <= threads + 1


async def test_who_follows_all_is_told_at_first_of_all_that_run(heart: UseCaseHarness) -> None:
    owner = await heart.an_account(credits=10_000)
    running = [(await heart.accept(owner)).id for _ in range(150)]

    async with asyncio.timeout(PATIENCE), aclosing(follow_all(heart.services, owner)) as following:
        told = [(await anext(following)).id for _ in running]

    assert sorted(told) == sorted(running)
