"""Deadlines of generations."""

import pytest

from generations.generation import Generation, Stage
from kit.errors import ErrorCode
from tests.support.controllable_upstream import hang
from tests.support.use_case_harness import UseCaseHarness

pytestmark = pytest.mark.anyio


def is_over(state: Generation) -> bool:
    return state.is_over


async def test_a_submission_without_response_ends_at_the_deadline(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=100)
    use_cases.upstream.submitting = hang
    accepted = await use_cases.accept(owner)
    await use_cases.until(owner, accepted.id, lambda state: state.stage is Stage.SUBMITTED)

    use_cases.clock.move((accepted.deadline_at - use_cases.clock.now()).total_seconds())
    ended = await use_cases.until(owner, accepted.id, is_over)

    assert ended.error is not None
    assert ended.error.code is ErrorCode.DEADLINE_EXCEEDED
    assert (await use_cases.balance(owner)).available == 100
    await use_cases.wait_until_inactive(accepted.id)
    assert use_cases.upstream.cancelled[accepted.id] == 1
