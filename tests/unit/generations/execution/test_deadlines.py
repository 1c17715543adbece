"""The deadline ends a generation whatever its job is waiting for."""

import pytest

from generations.generation import Generation, Stage
from kit.errors import ErrorCode
from tests.fixtures.heart import UseCaseHarness
from tests.fixtures.upstream import never

pytestmark = pytest.mark.anyio


def is_over(state: Generation) -> bool:
    return state.is_over


async def test_a_submission_that_is_never_answered_ends_at_the_deadline(heart: UseCaseHarness) -> None:
    owner = await heart.an_account(credits=100)
    heart.upstream.submitting = never
    accepted = await heart.accept(owner)
    await heart.until(owner, accepted.id, lambda state: state.stage is Stage.SUBMITTED)

    heart.clock.move((accepted.deadline_at - heart.clock.now()).total_seconds())
    ended = await heart.until(owner, accepted.id, is_over)

    assert ended.error is not None
    assert ended.error.code is ErrorCode.DEADLINE_EXCEEDED
    assert (await heart.balance(owner)).available == 100
    await heart.tidied(accepted.id)
    assert heart.upstream.cancelled[accepted.id] == 1
