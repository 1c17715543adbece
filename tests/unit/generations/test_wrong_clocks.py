"""A process whose system clock is wrong by ten minutes: deadlines, retries and expiries are exact."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from accounts.authentication import Authenticator
from accounts.creation import insert_key
from accounts.principal import Principal, Scope
from database.time_synchronization import TimeSynchronization
from generations.execution.advance import advance
from generations.execution.step_context import StepContext
from generations.generation import Generation, Status
from generations.repository import load, save
from generations.requests.accept import accept_generation
from generations.services import Services
from kit.clock import AdjustedClock
from kit.errors import ErrorCode, Unauthenticated
from providers.backend import UpstreamBusy
from tests.support.controllable_upstream import ControllableUpstream
from tests.support.manual_clock import ManualClock
from tests.support.postgres_listening import TwoNodes
from tests.support.services import SECRET, build_services
from tests.support.use_case_harness import PICTURE, UseCaseHarness

pytestmark = pytest.mark.anyio

WRONG = timedelta(minutes=10)
ERROR = timedelta(seconds=5)  # of a busy machine
SOON = timedelta(minutes=5)
"""Less than the error of the clock: a process that trusts it acts too early or too late."""


@pytest.fixture(params=[WRONG, -WRONG], ids=["ahead", "behind"])
async def wrong_clock(request: pytest.FixtureRequest, two_nodes: TwoNodes) -> AdjustedClock:
    clock = AdjustedClock(system_time=lambda: datetime.now(UTC) + request.param)
    await TimeSynchronization(two_nodes.there, clock).adjust()
    return clock


@pytest.fixture
async def services(two_nodes: TwoNodes, wrong_clock: AdjustedClock, tmp_path: Path) -> Services:
    """The process with the wrong clock; nothing is run by itself."""
    upstream = ControllableUpstream("fal")
    upstream.busy = [UpstreamBusy("busy", retry_after=SOON)]
    return build_services(two_nodes.there, wrong_clock, upstream, workspace=tmp_path / "inputs")


@pytest.fixture
async def owner(two_nodes: TwoNodes, tmp_path: Path) -> Principal:
    unused = ControllableUpstream()
    accounts = build_services(two_nodes.here, ManualClock(), unused, workspace=tmp_path / "unused")
    return await UseCaseHarness(two_nodes.here, accounts, ManualClock(), unused, unused).create_account()


async def accepted(services: Services, owner: Principal, *, deadline: timedelta) -> Generation:
    """Accept a generation whose deadline is so far from now in the time of the database."""
    current = (await accept_generation(services, owner, PICTURE)).generation
    deadline_at = await time_of(services) + deadline
    await services.database.transact(
        lambda transaction: save(transaction.connection, current.id, {"deadline_at": deadline_at})
    )
    return replace(current, deadline_at=deadline_at)


async def time_of(services: Services) -> datetime:
    sample = await services.database.read_time(lambda: 0.0)
    assert sample is not None
    return sample[0]


async def present(services: Services, generation_id: str) -> Generation:
    row = await services.database.read(lambda connection: load(connection, generation_id))
    assert row is not None
    return row


async def test_a_generation_within_its_deadline_goes_on_and_is_retried_in_time(
    services: Services, owner: Principal
) -> None:
    current = await accepted(services, owner, deadline=2 * SOON)

    due = await advance(services, current.id, StepContext())

    assert due is not None
    assert abs(due - await time_of(services) - SOON) < ERROR
    assert (await present(services, current.id)).status is Status.PROCESSING


async def test_a_generation_past_its_deadline_ends(services: Services, owner: Principal) -> None:
    current = await accepted(services, owner, deadline=-timedelta(seconds=1))

    assert await advance(services, current.id, StepContext()) is None

    ended = await present(services, current.id)
    assert ended.error is not None
    assert ended.error.code is ErrorCode.DEADLINE_EXCEEDED
    assert ended.completed_at is not None
    assert abs(ended.completed_at - await time_of(services)) < ERROR


@pytest.mark.parametrize(("remaining", "is_valid"), [(SOON, True), (-SOON, False)])
async def test_a_key_expires_at_the_time_of_the_database(
    services: Services, owner: Principal, *, remaining: timedelta, is_valid: bool
) -> None:
    now = await time_of(services)
    key = await services.database.transact(
        lambda transaction: insert_key(
            transaction,
            owner.account_id,
            name="a",
            test_mode=False,
            secret=SECRET,
            at=now - 2 * SOON,
            scopes=tuple(Scope),
            expires_at=now + remaining,
        )
    )
    authenticator = Authenticator(services.database, secret=SECRET, clock=services.clock)

    if is_valid:
        assert (await authenticator.authenticate(key)).account_id == owner.account_id
    else:
        with pytest.raises(Unauthenticated, match="expired"):
            await authenticator.authenticate(key)
