"""Accepting and ending many generations of one account at once."""

import asyncio

import pytest

from generations.requests.cancel import cancel
from tests.fixtures.heart import PICTURE_COST, UseCaseHarness

pytestmark = pytest.mark.anyio

COUNT = 40


async def test_generations_that_end_while_others_are_accepted_do_not_deadlock(heart: UseCaseHarness) -> None:
    owner = await heart.an_account(credits=2 * COUNT * PICTURE_COST)
    await heart.kill()
    first = await asyncio.gather(*(heart.accept(owner) for _ in range(COUNT)))

    work = [cancel(heart.services, owner, generation.id) for generation in first]
    outcomes = await asyncio.gather(*work, *(heart.accept(owner) for _ in range(COUNT)), return_exceptions=True)

    assert [outcome for outcome in outcomes if isinstance(outcome, BaseException)] == []
    assert (await heart.balance(owner)).held == COUNT * PICTURE_COST
