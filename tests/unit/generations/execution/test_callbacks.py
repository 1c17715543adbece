"""Calls of upstreams: true, forged, repeated, late, early and lost, on both databases."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace

import pytest

from accounts.keys import Principal
from credits.ledger import Balance
from generations import repository
from generations.execution.backend_job import CALLBACKS
from generations.execution.callback import CallbackAddress, check_address, receive_callback
from generations.execution.wake_throttle import INTERVAL, WakeThrottle
from generations.generation import Generation, Stage, Status
from generations.requests.cancel import cancel
from kit.errors import ContentViolation, ErrorCode, NotFound, ProviderUnavailable
from providers.backend import BackendState, Job, Snapshot
from providers.registry import Backends
from tests.support.callback_upstream import CLAIMED_SUCCESS, CallbackUpstream
from tests.support.signed_callbacks import SignedCallback
from tests.support.use_case_harness import PICTURE_COST, TIMEOUT, UseCaseHarness

pytestmark = pytest.mark.anyio

RUNNING = Snapshot(BackendState.RUNNING, progress=50)
REFUSED = Snapshot(BackendState.FAILED, error=ContentViolation("no"))
PUBLIC = "https://doitong.example"
SPENT, RELEASED = (80, 0, 20), (100, 0, 0)


@dataclass
class Callee:
    """A heart whose upstream calls back."""

    use_cases: UseCaseHarness
    upstream: CallbackUpstream
    owner: Principal
    wake_throttle: WakeThrottle

    async def submitted(self) -> Generation:
        """A generation whose job waits for the next poll, an hour away."""
        accepted = await self.use_cases.accept(self.owner)
        await self.rest()
        return accepted

    def address(self, generation_id: str) -> CallbackAddress:
        url = self.upstream.jobs[generation_id].callback_url
        assert url is not None
        return CallbackAddress(*url.removeprefix(f"{PUBLIC}{CALLBACKS}/").split("/"))

    async def hear(self, generation_id: str, *calls: SignedCallback) -> None:
        """Have the calls come in one after the other at the generation's address."""
        address = self.address(generation_id)
        check_address(self.use_cases.services, address)
        for headers, body in calls:
            await receive_callback(self.use_cases.services, self.wake_throttle, address, headers=headers, body=body)

    async def rest(self) -> None:
        """Wait until every job waits for its timer."""
        async with asyncio.timeout(TIMEOUT):
            calm = 0
            while calm < 4:
                await self.use_cases.database.read(lambda _: None)
                calm = calm + 1 if not self.use_cases.queue.at_work else 0

    async def row(self, generation_id: str) -> Generation:
        await self.rest()
        row = await self.use_cases.database.read(lambda connection: repository.load(connection, generation_id))
        assert row is not None
        return row

    async def money(self) -> tuple[int, int, int]:
        balance: Balance = await self.use_cases.balance(self.owner)
        return balance.available, balance.held, balance.spent

    def start(self) -> None:
        self.wake_throttle = WakeThrottle(
            lambda generation_id: self.use_cases.queue.wake(generation_id), self.use_cases.clock
        )


@pytest.fixture
async def callee(use_cases: UseCaseHarness) -> Callee:
    upstream, other = CallbackUpstream("fal"), CallbackUpstream("replicate")
    await use_cases.kill()
    use_cases.upstream, use_cases.other = upstream, other
    backends = Backends(live={"fal": upstream, "replicate": other}, test=upstream)
    use_cases.services = replace(use_cases.services, backends=backends, public_url=PUBLIC)
    use_cases.start()
    built = Callee(
        use_cases, upstream, await use_cases.create_account(credits=100), WakeThrottle(lambda _: None, use_cases.clock)
    )
    built.start()
    return built


async def test_an_end_that_the_upstream_signed_ends_the_generation_without_a_poll(callee: Callee) -> None:
    accepted = await callee.submitted()
    polled = callee.upstream.polled[accepted.id]

    await callee.hear(accepted.id, callee.upstream.call(accepted.id))

    row = await callee.row(accepted.id)
    assert (row.status, len(row.outputs), row.callback) == (Status.COMPLETED, 1, None)
    assert await callee.money() == SPENT
    assert callee.upstream.polled[accepted.id] == polled
    assert (callee.upstream.forgotten[accepted.id], callee.upstream.cancelled[accepted.id]) == (1, 0)


async def test_a_failure_that_the_upstream_signed_releases_the_hold(callee: Callee) -> None:
    accepted = await callee.submitted()

    await callee.hear(accepted.id, callee.upstream.call(accepted.id, REFUSED))

    row = await callee.row(accepted.id)
    assert row.error is not None
    assert (row.status, row.error.code, row.error.message) == (Status.FAILED, ErrorCode.CONTENT_VIOLATION, "no")
    assert await callee.money() == RELEASED


async def test_a_forged_end_only_has_the_upstream_asked(callee: Callee) -> None:
    accepted = await callee.submitted()
    polled = callee.upstream.polled[accepted.id]

    await callee.hear(accepted.id, callee.upstream.call(accepted.id, secret=b"a guess"))

    row = await callee.row(accepted.id)
    assert (row.status, row.callback) == (Status.PROCESSING, None)
    assert callee.upstream.polled[accepted.id] == polled + 1
    assert (await callee.money())[1] == PICTURE_COST


async def test_a_hint_finds_what_the_upstream_has_made_at_once(callee: Callee) -> None:
    accepted = await callee.submitted()
    callee.upstream.finish(accepted.id)
    assert (await callee.row(accepted.id)).status is Status.PROCESSING, "the next poll is an hour away"

    await callee.hear(accepted.id, callee.upstream.call(accepted.id, RUNNING, secret=b"unsigned"))

    assert (await callee.row(accepted.id)).status is Status.COMPLETED


async def test_the_same_end_ten_times_over_is_spent_once(callee: Callee) -> None:
    accepted = await callee.submitted()
    call = callee.upstream.call(accepted.id)

    await asyncio.gather(*(callee.hear(accepted.id, call) for _ in range(10)))

    assert (await callee.row(accepted.id)).status is Status.COMPLETED
    assert await callee.money() == SPENT


@pytest.mark.parametrize(
    "calls", [(CLAIMED_SUCCESS, RUNNING, REFUSED), (RUNNING, CLAIMED_SUCCESS, REFUSED, CLAIMED_SUCCESS)]
)
async def test_of_two_ends_the_first_counts_and_what_comes_after_it_does_nothing(
    calls: Iterable[Snapshot], callee: Callee
) -> None:
    accepted = await callee.submitted()

    await callee.hear(accepted.id, *(callee.upstream.call(accepted.id, snapshot) for snapshot in calls))
    ended = await callee.row(accepted.id)
    await callee.hear(accepted.id, *(callee.upstream.call(accepted.id, snapshot) for snapshot in calls))

    assert ended.status is Status.COMPLETED
    assert await callee.row(accepted.id) == ended
    assert await callee.money() == SPENT


async def test_an_end_that_comes_after_the_cancelling_changes_nothing(callee: Callee) -> None:
    accepted = await callee.submitted()
    assert await cancel(callee.use_cases.services, callee.owner, accepted.id)

    await callee.hear(accepted.id, callee.upstream.call(accepted.id))

    row = await callee.row(accepted.id)
    assert (row.status, row.outputs, row.callback) == (Status.CANCELLED, (), None)
    assert await callee.money() == RELEASED


async def test_a_cancelling_between_the_call_and_the_storing_wins(callee: Callee) -> None:
    accepted = await callee.submitted()
    await callee.use_cases.kill()
    await callee.hear(accepted.id, callee.upstream.call(accepted.id))

    assert await cancel(callee.use_cases.services, callee.owner, accepted.id)
    await callee.use_cases.restart()

    row = await callee.row(accepted.id)
    assert (row.status, row.callback) == (Status.CANCELLED, None)
    assert await callee.money() == RELEASED


async def test_killed_between_the_answer_and_the_storing_it_is_stored_after_the_start(callee: Callee) -> None:
    accepted = await callee.submitted()
    await callee.use_cases.kill()
    polled = callee.upstream.polled[accepted.id]
    await callee.hear(accepted.id, callee.upstream.call(accepted.id))

    await callee.use_cases.restart()

    assert (await callee.row(accepted.id)).status is Status.COMPLETED
    assert callee.upstream.polled[accepted.id] == polled, "the row says it"
    assert await callee.money() == SPENT


async def test_an_end_that_comes_before_the_answer_to_the_submission_is_left_to_the_poll(callee: Callee) -> None:
    seen: list[Generation] = []

    async def call_meanwhile(job: Job) -> None:
        callee.upstream.finish(job.id)
        await callee.hear(job.id, callee.upstream.call(job.id))
        row = await callee.use_cases.database.read(lambda connection: repository.load(connection, job.id))
        assert row is not None
        seen.append(row)

    callee.upstream.submitting = call_meanwhile
    accepted = await callee.submitted()

    assert [(row.stage, row.callback) for row in seen] == [(Stage.SUBMITTED, None)]
    assert (await callee.row(accepted.id)).status is Status.COMPLETED
    assert callee.upstream.polled[accepted.id] == 1


async def test_a_signed_end_of_another_task_does_nothing(callee: Callee) -> None:
    accepted, other = await callee.submitted(), await callee.submitted()
    polled = callee.upstream.polled[accepted.id]

    await callee.hear(accepted.id, callee.upstream.call(other.id))

    assert (await callee.row(accepted.id)).status is Status.PROCESSING
    assert callee.upstream.polled[accepted.id] == polled


async def test_the_upstream_that_refused_the_work_has_nothing_to_say_of_it(callee: Callee) -> None:
    callee.upstream.refusal = ProviderUnavailable("down")
    accepted = await callee.submitted()
    row = await callee.row(accepted.id)
    assert row.route is not None
    assert (row.route.backend, callee.address(accepted.id).backend) == ("replicate", "fal")

    await callee.hear(accepted.id, callee.upstream.call(accepted.id))

    assert await callee.row(accepted.id) == row


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"task": {}, "state": 5}'])
async def test_what_cannot_be_read_does_nothing(body: bytes, callee: Callee) -> None:
    accepted = await callee.submitted()
    polled = callee.upstream.polled[accepted.id]

    await callee.hear(accepted.id, ({}, body))

    assert (await callee.row(accepted.id)).status is Status.PROCESSING
    assert callee.upstream.polled[accepted.id] == polled


async def test_a_flood_of_calls_is_a_few_polls(callee: Callee) -> None:
    accepted = await callee.submitted()
    polled = callee.upstream.polled[accepted.id]
    hint = callee.upstream.call(accepted.id, RUNNING, secret=b"unsigned")

    for _ in range(20):
        await callee.hear(accepted.id, *[hint] * 10)
        await callee.rest()
    assert callee.upstream.polled[accepted.id] == polled + 1

    callee.use_cases.clock.move(INTERVAL.total_seconds())
    await callee.rest()
    assert callee.upstream.polled[accepted.id] == polled + 2, "what came meanwhile is looked at too"
    callee.use_cases.clock.move(INTERVAL.total_seconds())
    await callee.rest()
    assert callee.upstream.polled[accepted.id] == polled + 2


async def test_only_an_address_that_was_given_out_is_one(callee: Callee) -> None:
    accepted, other = await callee.submitted(), await callee.submitted()
    good = callee.address(accepted.id)
    check_address(callee.use_cases.services, good)

    for bad in (
        replace(good, backend="replicate"),
        replace(good, generation_id=other.id),
        replace(good, token=callee.address(other.id).token),
        replace(good, token=good.token[:-1]),
        replace(good, token=""),
        replace(good, token="é"),
    ):
        with pytest.raises(NotFound, match=r"^There is nothing here\.$"):
            check_address(callee.use_cases.services, bad)


async def test_nobody_is_told_to_call_a_server_whose_address_is_not_known(callee: Callee) -> None:
    callee.use_cases.services = replace(callee.use_cases.services, public_url=None)
    await callee.use_cases.restart()

    accepted = await callee.submitted()

    assert callee.upstream.jobs[accepted.id].callback_url is None


async def test_an_upstream_that_takes_no_callbacks_is_given_no_address(callee: Callee) -> None:
    callee.upstream.takes_callbacks = False

    accepted = await callee.submitted()

    assert callee.upstream.jobs[accepted.id].callback_url is None
