"""Submissions: busy upstreams, lost responses, other providers, cancelled calls, and superseded steps."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from generations import repository
from generations.execution.submission import LOOKUP_DELAY
from generations.generation import DEADLINES, Generation, Priority, Stage, Status
from generations.requests.cancel import cancel
from generations.requests.delete import delete
from generations.requests.generation_request import GenerationRequest
from generations.requests.plan import plan_generation
from kit.errors import DoitongError, ErrorCode, ProviderUnavailable
from media.ingest import IngestedFile
from media.library import OutputUnreachable
from providers.backend import AcceptedJob, BackendState, GenerationType, Job, JSONObject, Snapshot, UpstreamBusy
from providers.registry import Backends
from tests.support.controllable_upstream import IMAGE_OUTPUT, ControllableUpstream
from tests.support.faulty_upstream import FaultMode, FaultyUpstream
from tests.support.round_trip import round_trip
from tests.support.services import FakeLibrary
from tests.support.use_case_harness import PICTURE, PICTURE_COST, UseCaseHarness

pytestmark = pytest.mark.anyio

BUSY = UpstreamBusy("fal is busy.", retry_after=timedelta(seconds=5))


def is_over(state: Generation) -> bool:
    return state.is_over


def is_submitted(state: Generation) -> bool:
    return state.stage is Stage.SUBMITTED


def with_only(use_cases: UseCaseHarness, upstream: ControllableUpstream) -> None:
    """Make `upstream` the only backend."""
    backends = Backends(live={upstream.name: upstream}, test=upstream)
    use_cases.services = replace(use_cases.services, backends=backends)
    use_cases.upstream = upstream
    use_cases.start()


async def wait_until_idle(use_cases: UseCaseHarness) -> None:
    while use_cases.queue.running_steps:
        await round_trip(use_cases.database)


async def test_a_busy_upstream_is_not_a_refusal_and_another_route_is_tried_at_once(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    use_cases.upstream.busy = [BUSY]
    accepted = await use_cases.accept(owner)
    use_cases.other.finish(accepted.id)

    ended = await use_cases.until(owner, accepted.id, is_over)

    assert ended.status is Status.COMPLETED
    assert [attempt["outcome"] for attempt in ended.attempts] == ["busy", "accepted"]


async def test_the_only_route_is_tried_again_when_the_upstream_says_so(use_cases: UseCaseHarness) -> None:
    with_only(use_cases, use_cases.upstream)
    owner = await use_cases.create_account()
    use_cases.upstream.busy = [BUSY, BUSY]
    accepted = await use_cases.accept(owner)
    await wait_until_idle(use_cases)
    use_cases.clock.move(4)
    await wait_until_idle(use_cases)
    assert len(use_cases.upstream.busy) == 1

    for _ in range(2):
        use_cases.clock.move(5)
        await wait_until_idle(use_cases)
    use_cases.upstream.finish(accepted.id)
    ended = await use_cases.until(owner, accepted.id, is_over)

    assert ended.status is Status.COMPLETED
    assert [(attempt["outcome"], attempt["tries"]) for attempt in ended.attempts] == [("accepted", 2)]
    assert use_cases.upstream.submissions[accepted.id] == 1


async def test_an_upstream_that_is_busy_until_the_deadline_is_unavailable(use_cases: UseCaseHarness) -> None:
    with_only(use_cases, use_cases.upstream)
    owner = await use_cases.create_account(credits=100)
    use_cases.upstream.busy = [UpstreamBusy("fal is busy.", retry_after=DEADLINES[GenerationType.IMAGE])]
    accepted = await use_cases.accept(owner)

    ended = await use_cases.until(owner, accepted.id, is_over)

    assert ended.error is not None
    assert (ended.error.code, ended.error.retryable) == (ErrorCode.PROVIDER_UNAVAILABLE, True)
    assert (await use_cases.balance(owner)).available == 100


async def test_a_job_whose_response_was_lost_is_found_by_its_client_id(use_cases: UseCaseHarness) -> None:
    upstream = FaultyUpstream("fal")
    with_only(use_cases, upstream)
    owner = await use_cases.create_account()
    upstream.fault_mode, upstream.finds_jobs = FaultMode.LOSES_RESPONSES, True
    accepted = await use_cases.accept(owner)
    upstream.finish(accepted.id)

    ended = await use_cases.until(owner, accepted.id, is_over)

    assert ended.status is Status.COMPLETED
    assert list(upstream.jobs_taken) == [f"{accepted.id}-1"]
    assert (ended.attempts[-1]["outcome"], ended.attempts[-1]["error"]) == ("accepted", None)
    assert upstream.submissions[accepted.id] == 1


async def test_a_job_that_is_not_found_is_submitted_again_a_while_after_the_lost_response(
    use_cases: UseCaseHarness,
) -> None:
    upstream = FaultyUpstream("fal", resubmits_safely=True)
    with_only(use_cases, upstream)
    owner = await use_cases.create_account()
    upstream.fault_mode = FaultMode.LOSES_RESPONSES
    accepted = await use_cases.accept(owner)
    await upstream.wait_for_submissions(1)
    await wait_until_idle(use_cases)
    assert upstream.submissions[accepted.id] == 1

    upstream.fault_mode = FaultMode.NORMAL
    use_cases.clock.move(LOOKUP_DELAY.total_seconds())
    await wait_until_idle(use_cases)
    upstream.finish(accepted.id)

    assert (await use_cases.until(owner, accepted.id, is_over)).status is Status.COMPLETED
    assert upstream.submissions[accepted.id] == 2


async def test_a_lost_response_without_a_way_to_look_ends_the_generation(use_cases: UseCaseHarness) -> None:
    upstream = FaultyUpstream("fal")
    with_only(use_cases, upstream)
    owner = await use_cases.create_account(credits=100)
    upstream.fault_mode = FaultMode.LOSES_RESPONSES
    accepted = await use_cases.accept(owner)

    ended = await use_cases.until(owner, accepted.id, is_over)

    assert ended.error is not None
    assert ended.error.code is ErrorCode.GENERATION_FAILED
    assert ended.attempts[-1]["outcome"] == "lost"
    assert (
        ended.attempts[-1]["error"] == "The response to the submission was lost: the upstream may have taken the job."
    )
    assert (await use_cases.balance(owner)).available == 100
    assert upstream.submissions[accepted.id] == 1


async def test_another_provider_takes_over_if_none_was_requested(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    request = GenerationRequest(type=GenerationType.IMAGE, input={"text": "a fox"})
    first = (await use_cases.accept(owner, request)).provider

    def refuse_first(job: Job) -> DoitongError | None:
        return ProviderUnavailable("down") if job.provider == first else None

    use_cases.upstream.refuses = use_cases.other.refuses = refuse_first
    accepted = await use_cases.accept(owner, request)
    assert accepted.provider == first
    moved = await use_cases.until(owner, accepted.id, lambda state: is_submitted(state) and state.provider != first)
    for upstream in (use_cases.upstream, use_cases.other):
        upstream.finish(accepted.id)
    ended = await use_cases.until(owner, accepted.id, is_over)

    assert ended.status is Status.COMPLETED
    assert ended.provider == moved.provider
    assert ended.credits_charged == ended.alternative_price
    assert (ended.credits_charged or 0) <= ended.credit_cost
    assert {attempt["outcome"] for attempt in ended.attempts if attempt["provider"] == first} == {"refused"}
    replaced = next(adjustment for adjustment in ended.adjustments if adjustment["field"] == "provider")
    assert (replaced["used"], first in str(replaced["reason"])) == (ended.provider, True)


async def test_one_of_the_alternatives_is_on_another_upstream(use_cases: UseCaseHarness) -> None:
    fal, openai = ControllableUpstream("fal"), ControllableUpstream("openai")
    services = replace(use_cases.services, backends=Backends(live={"fal": fal, "openai": openai}, test=fal))
    request = GenerationRequest(type=GenerationType.IMAGE, input={"text": "a fox"}, priority=Priority.SPEED)

    plan = plan_generation(services, request, test_mode=False, default_seed=1, at=use_cases.clock.now())

    names = [plan.provider.id, *(str(one["provider"]) for one in plan.alternatives)]
    upstreams = [{route.backend for route in services.catalogue.get(name).routes} & {"fal", "openai"} for name in names]
    assert upstreams[:2] == [{"fal"}, {"fal"}]
    assert "openai" in upstreams[2]


async def test_if_every_route_refuses_the_error_has_the_reason_of_each(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    use_cases.upstream.refusal = ProviderUnavailable("fal responded 500.")
    use_cases.other.refusal = ProviderUnavailable("Replicate responded 503.")
    accepted = await use_cases.accept(owner)

    ended = await use_cases.until(owner, accepted.id, is_over)

    assert ended.error is not None
    assert (ended.error.code, ended.error.retryable) == (ErrorCode.PROVIDER_UNAVAILABLE, True)
    assert ended.error.message == "fal responded 500. Replicate responded 503."


async def test_a_job_that_was_never_taken_is_not_cancelled_upstream(use_cases: UseCaseHarness) -> None:
    with_only(use_cases, use_cases.upstream)
    owner = await use_cases.create_account()
    use_cases.upstream.busy = [BUSY]
    accepted = await use_cases.accept(owner)
    await wait_until_idle(use_cases)

    await cancel(use_cases.services, owner, accepted.id)
    await wait_until_idle(use_cases)

    assert not use_cases.upstream.cancelled


async def test_a_requested_provider_is_never_replaced(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=100)
    use_cases.upstream.refusal = use_cases.other.refusal = ProviderUnavailable("down")
    accepted = await use_cases.accept(owner)

    ended = await use_cases.until(owner, accepted.id, is_over)

    assert (ended.provider, ended.status) == ("flux-pro", Status.FAILED)
    assert (await use_cases.balance(owner)).available == 100


async def test_a_superseded_step_writes_nothing(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    may_respond = asyncio.Event()

    async def respond_late(_: Job) -> None:
        await may_respond.wait()

    use_cases.upstream.submitting = respond_late
    accepted = await use_cases.accept(owner)
    await use_cases.upstream.wait_for_submissions(1)
    row = await use_cases.database.read(lambda c: repository.load(c, accepted.id))
    assert row is not None
    newer = {"fencing_token": row.fencing_token + 1}
    await use_cases.database.transact(lambda t: repository.save(t.connection, row.id, newer))
    may_respond.set()
    await wait_until_idle(use_cases)

    after = await use_cases.database.read(lambda c: repository.load(c, accepted.id))
    assert after is not None
    # The next step finds the intent without a job reference, and nothing that proves the submission.
    assert (after.job_reference, after.attempts[-1]["outcome"]) == (None, "lost")


class SynchronousUpstream(ControllableUpstream):
    """An upstream whose response is the result; it counts calls whose connection was closed."""

    def __init__(self) -> None:
        super().__init__("fal")
        self.closed_calls = 0
        self.may_respond = asyncio.Event()

    def submits_synchronously(self, job: Job) -> bool:
        return True

    async def submit(self, job: Job) -> AcceptedJob:
        await super().submit(job)
        try:
            await self.may_respond.wait()
        except asyncio.CancelledError:
            self.closed_calls += 1
            raise
        return AcceptedJob({}, Snapshot(BackendState.SUCCEEDED, 100, (IMAGE_OUTPUT,)))

    async def poll(self, job: Job, reference: JSONObject) -> Snapshot:
        raise AssertionError("the result was in the response")


async def test_the_response_of_a_synchronous_upstream_is_the_result(use_cases: UseCaseHarness) -> None:
    upstream = SynchronousUpstream()
    with_only(use_cases, upstream)
    owner = await use_cases.create_account(credits=100)
    accepted = await use_cases.accept(owner)
    await use_cases.until(owner, accepted.id, is_submitted)
    upstream.may_respond.set()

    assert (await use_cases.until(owner, accepted.id, is_over)).status is Status.COMPLETED
    assert (await use_cases.balance(owner)).spent == PICTURE_COST


async def test_a_cancellation_closes_the_connection_of_a_synchronous_call(use_cases: UseCaseHarness) -> None:
    upstream = SynchronousUpstream()
    with_only(use_cases, upstream)
    owner = await use_cases.create_account(credits=100)
    accepted = await use_cases.accept(owner)
    await upstream.wait_for_submissions(1)

    await cancel(use_cases.services, owner, accepted.id)
    await use_cases.wait_until_inactive(accepted.id)

    assert upstream.closed_calls == 1
    assert (await use_cases.balance(owner)).available == 100


class UnreachableOutputs(FakeLibrary):
    """A library for which the first `failures` downloads fail."""

    def __init__(self, failures: int) -> None:
        self.failures = failures

    async def store_url(self, url: str, *, media_type: str) -> IngestedFile:
        if self.failures:
            self.failures -= 1
            raise OutputUnreachable("The provider's file could not be fetched.")
        return await super().store_url(url, media_type=media_type)


@pytest.mark.parametrize(("failures", "status"), [(4, Status.COMPLETED), (5, Status.FAILED)])
async def test_outputs_that_cannot_be_fetched_are_requested_again(
    use_cases: UseCaseHarness, failures: int, status: Status
) -> None:
    use_cases.services = replace(use_cases.services, library=UnreachableOutputs(failures))
    use_cases.start()
    owner = await use_cases.create_account(credits=100)
    accepted = await use_cases.accept(owner)
    use_cases.upstream.finish(accepted.id)
    for _ in range(5):
        await wait_until_idle(use_cases)
        use_cases.clock.move(16)

    ended = await use_cases.until(owner, accepted.id, is_over)

    assert ended.status is status
    assert use_cases.upstream.submissions[accepted.id] == 1


async def test_a_generation_of_a_backend_that_is_gone_fails(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account(credits=100)
    accepted = await use_cases.accept(owner)
    await use_cases.upstream.wait_for_submissions(1)
    await wait_until_idle(use_cases)

    await use_cases.kill()
    with_only(use_cases, use_cases.other)
    await use_cases.start_worker()
    ended = await use_cases.until(owner, accepted.id, is_over)

    assert ended.error is not None
    assert ended.error.code is ErrorCode.PROVIDER_UNAVAILABLE
    assert (await use_cases.wait_until_inactive(accepted.id)).status is Status.FAILED
    assert (await use_cases.balance(owner)).available == 100


class CrowdedUpstream(ControllableUpstream):
    """An upstream that takes five jobs at a time."""

    def __init__(self) -> None:
        super().__init__("fal")
        self.running: set[str] = set()
        self.rejected = 0

    async def submit(self, job: Job) -> AcceptedJob:
        if len(self.running) >= 5:
            self.rejected += 1
            raise UpstreamBusy("fal is busy.")
        self.running.add(job.id)
        return await super().submit(job)

    def finish_all(self) -> None:
        for generation_id in list(self.running):
            self.running.discard(generation_id)
            self.finish(generation_id)


async def test_100_jobs_at_an_upstream_that_takes_five_all_end_without_a_storm(use_cases: UseCaseHarness) -> None:
    upstream = CrowdedUpstream()
    with_only(use_cases, upstream)
    owner = await use_cases.create_account(credits=100 * PICTURE_COST)
    accepted = [await use_cases.accept(owner, PICTURE) for _ in range(100)]

    for _ in range(150):
        await wait_until_idle(use_cases)
        if not await use_cases.database.read(repository.unfinished_ids):
            break
        upstream.finish_all()
        await wait_until_idle(use_cases)
        use_cases.clock.move(2)

    ended = [await use_cases.database.read(lambda c, one=one: repository.load(c, one.id)) for one in accepted]  # type: ignore[misc]
    assert {row.status for row in ended if row is not None} == {Status.COMPLETED}
    assert upstream.submissions.total() == 100
    assert upstream.rejected < 30


async def test_a_deleted_generation_keeps_no_content_in_its_alternatives(use_cases: UseCaseHarness) -> None:
    owner = await use_cases.create_account()
    request = GenerationRequest(type=GenerationType.IMAGE, input={"text": "a secret fox"})
    accepted = await use_cases.accept(owner, request)
    assert accepted.alternatives
    use_cases.upstream.finish(accepted.id)
    await use_cases.wait_until_inactive(accepted.id)

    await delete(use_cases.services, owner, accepted.id)

    row = await use_cases.database.read(lambda c: repository.load(c, accepted.id))
    assert "a secret fox" not in repr(row)
