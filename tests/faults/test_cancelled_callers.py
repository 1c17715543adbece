"""A caller that goes away at any step of a use case: what it began is carried through whole, or was not begun."""

import asyncio
from collections.abc import Coroutine, Generator
from itertools import count
from types import coroutine
from typing import Any

import pytest
from sqlalchemy import Connection, select

from accounts.keys import Principal
from credits.ledger import Book, balance_of
from generations.execution.advance import advance
from generations.generation import Status
from generations.repository import generation
from generations.requests.cancel import cancel
from generations.requests.submit import submit
from kit.clock import WakeableTimer
from tests.fixtures.heart import PATIENCE, PICTURE, PICTURE_COST, UseCaseHarness
from tests.properties.books import check_books, check_nothing_runs

pytestmark = pytest.mark.anyio

MOST_STEPS_OF_A_CLIENT = 5  # a job waits more often than a client


@coroutine
def cut_off_at(step: int, work: Coroutine[Any, Any, object]) -> Generator[Any, Any, bool]:
    """Drive `work` as a task does, cancelling it at the await of that number; whether it ended before."""
    thrown: BaseException | None = None
    for number in count():
        try:
            awaited = work.send(None) if thrown is None else work.throw(thrown)
        except StopIteration:
            return number <= step
        except asyncio.CancelledError:
            return False
        if number == step:
            awaited.cancel()
        try:
            yield awaited
            thrown = None
        except BaseException as error:  # noqa: BLE001  it belongs to `work`
            thrown = error
    raise AssertionError("unreachable")


async def held_and_statuses(heart: UseCaseHarness, owner: Principal) -> tuple[int, list[str]]:
    """Both at one moment: what a caller left behind may still be on its way."""
    mine = select(generation.c.status).where(generation.c.account_id == owner.account_id)

    def read(connection: Connection) -> tuple[int, list[str]]:
        held = balance_of(connection, Book(owner.account_id, False)).held
        return held, list(connection.execute(mine).scalars().all())

    return await heart.database.read(read)


async def come_to_rest(heart: UseCaseHarness) -> None:
    """Carry through what was begun, start again, and let every job get as far as it can."""
    await heart.kill()
    await heart.database.transact(lambda _: None)
    heart.start()
    await heart.resume()
    async with asyncio.timeout(PATIENCE):
        while heart.queue.at_work:
            await heart.database.read(lambda _: None)


async def test_a_client_that_goes_away_at_any_step_leaves_a_whole_generation_or_none(heart: UseCaseHarness) -> None:
    for step in count():
        owner = await heart.an_account(credits=100)
        await heart.kill()

        ended = await cut_off_at(step, submit(heart.services, owner, PICTURE))
        await come_to_rest(heart)

        assert await held_and_statuses(heart, owner) in ((0, []), (PICTURE_COST, [Status.PROCESSING]))
        await heart.database.read(check_books)
        if ended:
            assert step > 0
            return


async def test_a_client_that_goes_away_while_it_cancels_leaves_it_cancelled_or_running(heart: UseCaseHarness) -> None:
    for step in count():
        owner = await heart.an_account(credits=100)
        accepted = await heart.accept(owner)

        ended = await cut_off_at(step, cancel(heart.services, owner, accepted.id))
        await come_to_rest(heart)

        assert await held_and_statuses(heart, owner) in (
            (0, [Status.CANCELLED]),
            (PICTURE_COST, [Status.PROCESSING]),
        )
        await heart.database.read(check_books)
        if ended:
            assert step > 0
            return


async def test_a_job_that_is_stopped_at_any_step_comes_to_its_end_after_the_next_start(heart: UseCaseHarness) -> None:
    for step in count():
        owner = await heart.an_account(credits=100)
        await heart.kill()
        accepted = await heart.accept(owner)
        heart.upstream.finish(accepted.id)

        ended = await cut_off_at(step, advance(heart.services, accepted.id, WakeableTimer(heart.clock)))
        await come_to_rest(heart)
        row = await heart.tidied(accepted.id)

        assert row.status is Status.COMPLETED or (row.status is Status.FAILED and row.attempts[-1]["outcome"] == "lost")
        assert heart.upstream.bought[accepted.id] <= 1
        await heart.database.read(check_books)
        await heart.database.read(check_nothing_runs)
        if ended:
            assert step > MOST_STEPS_OF_A_CLIENT
            assert row.status is Status.COMPLETED
            return
