"""Upstream callbacks: signed, forged, repeated, late, early and malformed, on both databases."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace

import pytest

from accounts.principal import Principal
from credits.ledger import Balance
from generations import repository
from generations.execution.backend_job import CALLBACKS
from generations.execution.callbacks import CallbackAddress, check_address, receive_callback
from generations.execution.wake_throttle import INTERVAL, WakeThrottle
from generations.generation import Generation, Stage, Status
from generations.requests.cancel import cancel
from kit.errors import ContentViolation, ErrorCode, NotFound, ProviderUnavailable
from providers.backend import BackendState, Job, Snapshot
from providers.registry import Backends
from tests.support.callback_upstream import CLAIMED_SUCCESS, CallbackUpstream
from tests.support.round_trip import round_trip
from tests.support.signed_callbacks import SignedCallback
from tests.support.use_case_harness import PICTURE_COST, TIMEOUT, UseCaseHarness

pytestmark = pytest.mark.anyio

RUNNING = Snapshot(BackendState.RUNNING, progress=50)
FAILED = Snapshot(BackendState.FAILED, error=ContentViolation("no"))
PUBLIC_URL = "https://doitong.example"
SPENT, RELEASED = (80, 0, 20), (100, 0, 0)


@dataclass
class CallbackHarness:
    """The use cases with an upstream that sends callbacks."""

    use_cases: UseCaseHarness
    upstream: CallbackUpstream
    owner: Principal
    wake_throttle: WakeThrottle

    async def submit(self) -> Generation:
        """Submit a generation; its next poll is an hour away."""
        accepted = await self.use_cases.accept(self.owner)
        await self.wait_until_idle()
        return accepted

    def callback_address(self, generation_id: str) -> CallbackAddress:
        url = self.upstream.jobs[generation_id].callback_url
        assert url is not None
        return CallbackAddress(*url.removeprefix(f"{PUBLIC_URL}{CALLBACKS}/").split("/"))

    async def receive(self, generation_id: str, *callbacks: SignedCallback) -> None:
        """Receive the callbacks in order at the generation's callback URL."""
        callback_address = self.callback_address(generation_id)
        check_address(self.use_cases.services, callback_address)
        for headers, body in callbacks:
            await receive_callback(
                self.use_cases.services, self.wake_throttle, callback_address, headers=headers, body=body
            )

    async def wait_until_idle(self) -> None:
        """Wait until every job waits for its timer."""
        async with asyncio.timeout(TIMEOUT):
            idle_checks = 0
            while idle_checks < 4:
                await round_trip(self.use_cases.database)
                idle_checks = idle_checks + 1 if not self.use_cases.queue.running_steps else 0

    async def row(self, generation_id: str) -> Generation:
        await self.wait_until_idle()
        row = await self.use_cases.database.read(lambda connection: repository.load(connection, generation_id))
        assert row is not None
        return row

    async def balances(self) -> tuple[int, int, int]:
        balance: Balance = await self.use_cases.balance(self.owner)
        return balance.available, balance.held, balance.spent

    def start(self) -> None:
        self.wake_throttle = WakeThrottle(
            lambda generation_id: self.use_cases.queue.wake(generation_id), self.use_cases.clock
        )


@pytest.fixture
async def harness(use_cases: UseCaseHarness) -> CallbackHarness:
    upstream, other = CallbackUpstream("fal"), CallbackUpstream("replicate")
    await use_cases.kill()
    use_cases.upstream, use_cases.other = upstream, other
    backends = Backends(live={"fal": upstream, "replicate": other}, test=upstream)
    use_cases.services = replace(use_cases.services, backends=backends, public_url=PUBLIC_URL)
    use_cases.start()
    harness = CallbackHarness(
        use_cases, upstream, await use_cases.create_account(credits=100), WakeThrottle(lambda _: None, use_cases.clock)
    )
    harness.start()
    return harness


async def test_a_signed_success_completes_the_generation_without_a_poll(harness: CallbackHarness) -> None:
    accepted = await harness.submit()
    polls_before = harness.upstream.polled[accepted.id]

    await harness.receive(accepted.id, harness.upstream.call(accepted.id))

    row = await harness.row(accepted.id)
    assert (row.status, len(row.outputs), row.pending_snapshot) == (Status.COMPLETED, 1, None)
    assert await harness.balances() == SPENT
    assert harness.upstream.polled[accepted.id] == polls_before
    assert (harness.upstream.forgotten[accepted.id], harness.upstream.cancelled[accepted.id]) == (1, 0)


async def test_a_signed_failure_releases_the_hold(harness: CallbackHarness) -> None:
    accepted = await harness.submit()

    await harness.receive(accepted.id, harness.upstream.call(accepted.id, FAILED))

    row = await harness.row(accepted.id)
    assert row.error is not None
    assert (row.status, row.error.code, row.error.message) == (Status.FAILED, ErrorCode.CONTENT_VIOLATION, "no")
    assert await harness.balances() == RELEASED


async def test_a_forged_success_only_causes_a_poll(harness: CallbackHarness) -> None:
    accepted = await harness.submit()
    polls_before = harness.upstream.polled[accepted.id]

    await harness.receive(accepted.id, harness.upstream.call(accepted.id, secret=b"a guess"))

    row = await harness.row(accepted.id)
    assert (row.status, row.pending_snapshot) == (Status.PROCESSING, None)
    assert harness.upstream.polled[accepted.id] == polls_before + 1
    assert (await harness.balances())[1] == PICTURE_COST


async def test_an_unsigned_callback_causes_an_immediate_poll(harness: CallbackHarness) -> None:
    accepted = await harness.submit()
    harness.upstream.finish(accepted.id)
    assert (await harness.row(accepted.id)).status is Status.PROCESSING, "the next poll is an hour away"

    await harness.receive(accepted.id, harness.upstream.call(accepted.id, RUNNING, secret=b"unsigned"))

    assert (await harness.row(accepted.id)).status is Status.COMPLETED


async def test_a_repeated_success_is_captured_once(harness: CallbackHarness) -> None:
    accepted = await harness.submit()
    callback = harness.upstream.call(accepted.id)

    await asyncio.gather(*(harness.receive(accepted.id, callback) for _ in range(10)))

    assert (await harness.row(accepted.id)).status is Status.COMPLETED
    assert await harness.balances() == SPENT


@pytest.mark.parametrize(
    "callbacks", [(CLAIMED_SUCCESS, RUNNING, FAILED), (RUNNING, CLAIMED_SUCCESS, FAILED, CLAIMED_SUCCESS)]
)
async def test_the_first_final_state_counts(callbacks: Iterable[Snapshot], harness: CallbackHarness) -> None:
    accepted = await harness.submit()

    await harness.receive(accepted.id, *(harness.upstream.call(accepted.id, snapshot) for snapshot in callbacks))
    ended = await harness.row(accepted.id)
    await harness.receive(accepted.id, *(harness.upstream.call(accepted.id, snapshot) for snapshot in callbacks))

    assert ended.status is Status.COMPLETED
    assert await harness.row(accepted.id) == ended
    assert await harness.balances() == SPENT


async def test_a_callback_after_cancellation_has_no_effect(harness: CallbackHarness) -> None:
    accepted = await harness.submit()
    assert (await cancel(harness.use_cases.services, harness.owner, accepted.id)).status is Status.CANCELLED

    await harness.receive(accepted.id, harness.upstream.call(accepted.id))

    row = await harness.row(accepted.id)
    assert (row.status, row.outputs, row.pending_snapshot) == (Status.CANCELLED, (), None)
    assert await harness.balances() == RELEASED


async def test_a_cancellation_between_callback_and_storing_takes_precedence(harness: CallbackHarness) -> None:
    accepted = await harness.submit()
    await harness.use_cases.kill()
    await harness.receive(accepted.id, harness.upstream.call(accepted.id))

    assert (await cancel(harness.use_cases.services, harness.owner, accepted.id)).status is Status.CANCELLED
    await harness.use_cases.restart()

    row = await harness.row(accepted.id)
    assert (row.status, row.pending_snapshot) == (Status.CANCELLED, None)
    assert await harness.balances() == RELEASED


async def test_a_callback_received_before_a_crash_is_applied_after_the_restart(harness: CallbackHarness) -> None:
    accepted = await harness.submit()
    await harness.use_cases.kill()
    polls_before = harness.upstream.polled[accepted.id]
    await harness.receive(accepted.id, harness.upstream.call(accepted.id))

    await harness.use_cases.restart()

    assert (await harness.row(accepted.id)).status is Status.COMPLETED
    assert harness.upstream.polled[accepted.id] == polls_before, "the callback is stored in the row"
    assert await harness.balances() == SPENT


async def test_a_callback_before_the_submit_response_is_left_to_the_poll(harness: CallbackHarness) -> None:
    seen: list[Generation] = []

    async def call_during_submit(job: Job) -> None:
        harness.upstream.finish(job.id)
        await harness.receive(job.id, harness.upstream.call(job.id))
        row = await harness.use_cases.database.read(lambda connection: repository.load(connection, job.id))
        assert row is not None
        seen.append(row)

    harness.upstream.submitting = call_during_submit
    accepted = await harness.submit()

    assert [(row.stage, row.pending_snapshot) for row in seen] == [(Stage.SUBMITTED, None)]
    assert (await harness.row(accepted.id)).status is Status.COMPLETED
    assert harness.upstream.polled[accepted.id] == 1


async def test_a_signed_callback_of_another_job_is_ignored(harness: CallbackHarness) -> None:
    accepted, other = await harness.submit(), await harness.submit()
    polls_before = harness.upstream.polled[accepted.id]

    await harness.receive(accepted.id, harness.upstream.call(other.id))

    assert (await harness.row(accepted.id)).status is Status.PROCESSING
    assert harness.upstream.polled[accepted.id] == polls_before


async def test_a_callback_of_an_upstream_that_rejected_the_job_is_ignored(harness: CallbackHarness) -> None:
    harness.upstream.refusal = ProviderUnavailable("down")
    accepted = await harness.submit()
    row = await harness.row(accepted.id)
    assert row.dispatch is not None
    assert (row.dispatch.backend, harness.callback_address(accepted.id).backend) == ("replicate", "fal")

    await harness.receive(accepted.id, harness.upstream.call(accepted.id))

    assert await harness.row(accepted.id) == row


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"task": {}, "state": 5}'])
async def test_a_malformed_body_is_ignored(body: bytes, harness: CallbackHarness) -> None:
    accepted = await harness.submit()
    polls_before = harness.upstream.polled[accepted.id]

    await harness.receive(accepted.id, ({}, body))

    assert (await harness.row(accepted.id)).status is Status.PROCESSING
    assert harness.upstream.polled[accepted.id] == polls_before


async def test_polls_caused_by_callbacks_are_throttled(harness: CallbackHarness) -> None:
    accepted = await harness.submit()
    polls_before = harness.upstream.polled[accepted.id]
    unsigned = harness.upstream.call(accepted.id, RUNNING, secret=b"unsigned")

    for _ in range(20):
        await harness.receive(accepted.id, *[unsigned] * 10)
        await harness.wait_until_idle()
    assert harness.upstream.polled[accepted.id] == polls_before + 1

    harness.use_cases.clock.move(INTERVAL.total_seconds())
    await harness.wait_until_idle()
    assert harness.upstream.polled[accepted.id] == polls_before + 2, "callbacks during the interval cause one more poll"
    harness.use_cases.clock.move(INTERVAL.total_seconds())
    await harness.wait_until_idle()
    assert harness.upstream.polled[accepted.id] == polls_before + 2


async def test_only_issued_callback_addresses_are_accepted(harness: CallbackHarness) -> None:
    accepted, other = await harness.submit(), await harness.submit()
    valid = harness.callback_address(accepted.id)
    check_address(harness.use_cases.services, valid)

    for invalid in (
        replace(valid, backend="replicate"),
        replace(valid, generation_id=other.id),
        replace(valid, token=harness.callback_address(other.id).token),
        replace(valid, token=valid.token[:-1]),
        replace(valid, token=""),
        replace(valid, token="é"),
    ):
        with pytest.raises(NotFound, match=r"^There is nothing here\.$"):
            check_address(harness.use_cases.services, invalid)


async def test_without_a_public_url_there_is_no_callback_url(harness: CallbackHarness) -> None:
    harness.use_cases.services = replace(harness.use_cases.services, public_url=None)
    await harness.use_cases.restart()

    accepted = await harness.submit()

    assert harness.upstream.jobs[accepted.id].callback_url is None


async def test_an_upstream_without_callbacks_gets_no_callback_url(harness: CallbackHarness) -> None:
    harness.upstream.takes_callbacks = False

    accepted = await harness.submit()

    assert harness.upstream.jobs[accepted.id].callback_url is None
