"""Waiting for the end within one request."""

import pytest

from generations.requests.wait import check_wait, wait_for_end
from kit.errors import InvalidInput
from tests.support.use_case_harness import UseCaseHarness

pytestmark = pytest.mark.anyio


async def test_a_number_above_the_maximum_is_accepted(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    accepted = await use_cases.accept(owner)
    use_cases.upstream.finish(accepted.id)

    check_wait(3600)
    ended = await wait_for_end(use_cases.services, owner, accepted, seconds=3600)

    assert ended.is_over


def test_a_negative_number_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        check_wait(-1)

    assert refused.value.message == "`wait` is -1: give the seconds to wait, 0 to 50."
