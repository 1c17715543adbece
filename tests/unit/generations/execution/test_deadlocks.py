"""Concurrent acceptance and cancellation of generations of one account."""

import asyncio

import pytest

from generations.requests.cancel import cancel
from tests.support.use_case_harness import PICTURE_COST, UseCaseHarness

pytestmark = pytest.mark.anyio

COUNT = 40


async def test_concurrent_cancellation_and_acceptance_do_not_deadlock(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=2 * COUNT * PICTURE_COST)
    await use_cases.kill()
    first = await asyncio.gather(*(use_cases.accept(owner) for _ in range(COUNT)))

    cancellations = [cancel(use_cases.services, owner, generation.id) for generation in first]
    outcomes = await asyncio.gather(
        *cancellations, *(use_cases.accept(owner) for _ in range(COUNT)), return_exceptions=True
    )

    assert [outcome for outcome in outcomes if isinstance(outcome, BaseException)] == []
    assert (await use_cases.balance(owner)).held == COUNT * PICTURE_COST
