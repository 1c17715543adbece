"""Waiting for the end within one request."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from generations.requests.wait import check_wait, wait_for_end
from kit.errors import InvalidInput
from kit.shutdown import ShutdownTimeouts
from tests.support.use_case_harness import UseCaseHarness

pytestmark = pytest.mark.anyio


NGINX_READ_TIMEOUT = 60  # seconds, its default


class ElapsedTimeouts(ShutdownTimeouts):
    """Timeouts that are over at once; `seconds` are those that were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    @asynccontextmanager
    async def timeout(self, seconds: float) -> AsyncIterator[None]:
        self.seconds.append(seconds)
        async with super().timeout(0):
            yield


@pytest.mark.parametrize(("given", "waited"), [(5, 5), (50, 50), (60, 50), (3600, 50)])
async def test_the_wait_ends_before_a_proxy_gives_up(use_cases: UseCaseHarness, given: int, waited: int) -> None:
    owner = await use_cases.create_account()
    accepted = await use_cases.accept(owner)
    timeouts = ElapsedTimeouts()
    services = replace(use_cases.services, shutdown_timeouts=timeouts)

    state = await wait_for_end(services, owner, accepted, seconds=given)

    assert (timeouts.seconds, state.is_over) == ([waited], False)
    assert waited <= NGINX_READ_TIMEOUT - 10


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
