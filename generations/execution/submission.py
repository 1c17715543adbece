"""Submitting a generation to a backend: at most once, unless the upstream certainly did not take it."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from database.transaction import DatabaseUnavailable, Transaction
from generations import transitions
from generations.execution.attempts import fields_of_attempt
from generations.execution.backend_job import input_links, job_of
from generations.execution.local_start import start_local_job
from generations.execution.shared_slots import WAIT_FOR_SLOT, shared_limit, take_slot, wake_waiting
from generations.execution.steps import Step
from generations.execution.submission_outcome import (
    after_refusal,
    save_outcome,
    take_alternative,
    take_alternative_or_fail,
)
from generations.generation import (
    QUEUED,
    SUBMITTED,
    Generation,
    Stage,
    SubmissionOutcome,
)
from generations.generation_metrics import counting_request
from generations.routing.route_selection import may_fall_back, next_route, untried_routes
from kit.clock import WakeableTimer
from kit.errors import GenerationFailed, ProviderUnavailable
from kit.logs import get_logger
from kit.timestamps import format_timestamp
from providers.backend import (
    AcceptedJob,
    Backend,
    Job,
    SubmissionLost,
    SubmissionRefused,
    UpstreamBusy,
)
from providers.catalogue import Route

LOOKUP_DELAY = timedelta(seconds=5)
"""How long after a lost response the upstream may still be creating the job, so that a lookup may not find it."""
RECORD_INTERVAL = timedelta(milliseconds=500)
"""How often to try to record a job while the database is away."""
MAX_RESUBMISSIONS = 3
NO_RESPONSE = "The response to the submission was lost: the upstream may have taken the job."
MIN_CALLBACK_WAIT = timedelta(minutes=2)
"""How long to wait for a callback after a lost response: at least this, or twice the typical duration."""

logger = get_logger(__name__)


async def start_attempt(step: Step, files: Mapping[str, Path]) -> datetime | None:
    """Choose a route, record the intent to submit, then submit. Return when to try again, or None to go on."""
    services, current, now = step.services, step.current, step.now
    route, retry_at = next_route(services, current, now=now)
    if route is None:
        await step.update(lambda t, locked: take_alternative_or_fail(t, step, locked))
        return None
    if retry_at > now:
        return retry_at
    backend = services.backends.get(route.backend, test_mode=current.test_mode)
    if backend is None:
        raise LookupError(f"there is no backend {route.backend}")
    slot_at = _slot_time(step, backend)
    if slot_at is not None:
        return min(slot_at, current.deadline_at)
    limit = shared_limit(services, backend)
    if limit is None:
        services.health.record_submission(route.backend, route.model, now=now)
    if backend.is_local:
        return await _start_local_job(step, files, backend, route)
    await step.update(lambda t, locked: _save_attempt(t, step, locked, route, limit))
    if step.current.stage is Stage.QUEUED:
        return min(now + WAIT_FOR_SLOT, current.deadline_at)
    if limit is not None:  # not before, since a trial of the upstream must not wait for a slot
        services.health.record_submission(route.backend, route.model, now=now)
    return None if step.current.is_over else await submit(step, files, backend)


async def _start_local_job(step: Step, files: Mapping[str, Path], backend: Backend, route: Route) -> datetime | None:
    try:
        return await start_local_job(step, files, backend, route)
    except SubmissionRefused as refusal:
        await step.update(lambda t, locked: _save_attempt(t, step, locked, route, None))
        return None if step.current.is_over else await _handle_refusal(step, refusal, backend)


def _slot_time(step: Step, backend: Backend) -> datetime | None:
    """Return when to ask again for a slot of the backend, or None if this process has one or keeps no count of them."""
    concurrency, now = step.services.concurrency, step.now
    if backend.is_local:
        return None
    if shared_limit(step.services, backend) is not None:
        return concurrency.paused_until(backend.name, now=now)
    slot_at = concurrency.acquire(backend.name, step.current.id, max_jobs=backend.max_concurrent_jobs, now=now)
    step.context.waits_for_local_slot = slot_at is not None
    return slot_at


async def submit(step: Step, files: Mapping[str, Path], backend: Backend) -> datetime | None:
    """Submit the job. Return when to continue if the upstream is busy, or None to continue immediately."""
    services, current = step.services, step.current
    links = {} if backend.is_local else await input_links(services, current)
    job = job_of(services, current, files, links=links)
    try:
        submission = counting_request(backend.name, "submit", backend.submit(job))
        accepted = await (_unless_ended(step, submission) if backend.submits_synchronously(job) else submission)
    except SubmissionRefused as refusal:
        return await _handle_refusal(step, refusal, backend)
    except UpstreamBusy as busy:
        return await _handle_busy(step, busy, backend)
    except SubmissionLost as lost:
        logger.warning("submission_unanswered", **dispatch_fields(current), reason=str(lost))
        await step.update(_mark_lost)
        return None
    return None if accepted is None else await _record_accepted(step, accepted, backend)


async def recover_submission(step: Step, job: Job, backend: Backend, files: Mapping[str, Path]) -> datetime | None:
    """Look up a job whose submission has no recorded response; submit it if `find_job` says that this is safe."""
    attempt = step.current.attempts[-1]
    try:
        found = await counting_request(backend.name, "find", backend.find_job(job))
    except SubmissionLost:
        return await _wait_for_callback(step, job)
    except UpstreamBusy as busy:
        return step.now + (busy.retry_after or LOOKUP_DELAY)
    if found is not None:
        return await _record_accepted(step, found, backend)
    submitted_at = datetime.fromisoformat(str(attempt["at"]))
    if attempt["outcome"] == SubmissionOutcome.LOST and step.now < submitted_at + LOOKUP_DELAY:
        return submitted_at + LOOKUP_DELAY
    resubmissions = int(str(attempt.get("resubmissions", 0)))
    if not backend.is_local and resubmissions >= MAX_RESUBMISSIONS:
        return await _fail_lost(step)
    await step.update(
        lambda t, locked: save_outcome(t, locked, SubmissionOutcome.PENDING, resubmissions=resubmissions + 1)
    )
    return None if step.current.is_over else await submit(step, files, backend)


def dispatch_fields(current: Generation) -> dict[str, str | None]:
    """Return backend and model for a log line."""
    return {} if current.dispatch is None else {"backend": current.dispatch.backend, "model": current.dispatch.model}


def wake_all(step: Step, generation_ids: Sequence[str]) -> None:
    """Wake generations that wait for a slot."""
    for generation_id in generation_ids:
        step.services.queue.wake(generation_id)


def _save_attempt(
    transaction: Transaction, step: Step, locked: Generation, route: Route, limit: int | None
) -> Generation:
    """Record the intent to submit, unless the jobs of all processes have reached the limit of the backend."""
    if limit is not None and not take_slot(transaction, locked.id, route.backend, limit=limit):
        return locked
    return transitions.transition(
        transaction, step.services, locked, SUBMITTED, **fields_of_attempt(locked, route, at=step.now)
    )


async def _unless_ended(step: Step, submission: Awaitable[AcceptedJob]) -> AcceptedJob | None:
    """Wait for a response that is the result; close the connection if the generation ends first, as by a cancel."""
    work = asyncio.ensure_future(submission)
    try:
        while not work.done():
            woken = asyncio.ensure_future(step.context.wait())
            await asyncio.wait({work, woken}, return_when=asyncio.FIRST_COMPLETED)
            woken.cancel()
            if work.done():
                break
            step.context.clear()
            if (await step.reload()).is_over:
                return None
        return work.result()
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def _record_accepted(step: Step, accepted: AcceptedJob, backend: Backend) -> datetime | None:
    """Record the job reference, even if the generation was cancelled meanwhile: it is needed to cancel it upstream."""
    services, route = step.services, step.current.dispatch
    await _record_when_available(step, accepted)
    if route is not None and not backend.is_local:
        services.health.record_success(route.backend, route.model)
        wake_all(step, services.concurrency.record_accepted(route.backend))
    if accepted.result is not None or step.current.is_over or backend.poll_schedule.first == timedelta():
        return None
    return step.now + backend.poll_schedule.delay(step.current.id, age=timedelta())


async def _record_when_available(step: Step, accepted: AcceptedJob) -> None:
    """Record the job, after the database is back if it is away: the reference is only here. Raises `Superseded`."""
    timer = WakeableTimer(step.services.clock)
    while True:
        try:
            await step.update_even_if_over(partial(_save_accepted, accepted))
        except DatabaseUnavailable:
            await timer.wait_until(step.now + RECORD_INTERVAL)
        else:
            return


def _save_accepted(accepted: AcceptedJob, transaction: Transaction, locked: Generation) -> Generation:
    fields = {"job_reference": accepted.reference, "pending_snapshot": accepted.result}
    return save_outcome(transaction, locked, SubmissionOutcome.ACCEPTED, fields=fields)


async def _handle_refusal(step: Step, refusal: SubmissionRefused, backend: Backend) -> datetime | None:
    """Try the next route, then another provider if the request names none, or fail. Nothing is billed for the job."""
    services, error = step.services, refusal.error
    logger.warning("submission_refused", **dispatch_fields(step.current), code=error.code.value, reason=error.message)
    route = step.current.dispatch
    if route is not None and may_fall_back(error):
        services.health.record_failure(route.backend, route.model, now=step.now)
    wake_all(step, services.concurrency.release(step.current.id))

    def record(transaction: Transaction, locked: Generation) -> Generation:
        changed = after_refusal(transaction, step, locked, refusal)
        wake_waiting(transaction, services, backend)
        return changed

    await step.update(record)
    return None


async def _handle_busy(step: Step, busy: UpstreamBusy, backend: Backend) -> datetime | None:
    """Try another route at once, or this one later. The upstream did not take the job."""
    services, current = step.services, step.current
    now = step.now
    until = services.concurrency.record_busy(backend.name, current.id, retry_after=busy.retry_after, now=now)
    busy_count = int(str(current.attempts[-1].get("tries", 0))) + 1
    logger.info("upstream_busy", **dispatch_fields(current), tries=busy_count)

    def record(transaction: Transaction, locked: Generation) -> Generation:
        locked = save_outcome(
            transaction,
            locked,
            SubmissionOutcome.BUSY,
            retryAt=format_timestamp(until),
            tries=busy_count,
            error=busy.message,
        )
        if until >= locked.deadline_at:
            error = ProviderUnavailable(f"{busy.message} It did not take the job before the deadline.")
            return transitions.fail(transaction, services, locked, error=error, at=now)
        if locked.alternatives and not untried_routes(services, locked, now=now):
            changed = take_alternative(transaction, step, locked)
        else:
            changed = transitions.transition(transaction, services, locked, QUEUED)
        wake_waiting(transaction, services, backend, at_most=1)
        return changed

    await step.update(record)
    return None


async def _wait_for_callback(step: Step, job: Job) -> datetime | None:
    """Wait for a callback that brings the job reference, where the upstream has a callback URL; otherwise fail."""
    current = step.current
    submitted_at = datetime.fromisoformat(str(current.attempts[-1]["at"]))
    until = submitted_at + max(MIN_CALLBACK_WAIT, 2 * timedelta(seconds=current.estimated_time))
    if job.callback_url is None or step.now >= until:
        return await _fail_lost(step)
    return min(until, current.deadline_at)


async def _fail_lost(step: Step) -> datetime | None:
    """Fail: the job may be billable and cannot be looked up, so it is never submitted again."""
    logger.error("submission_lost", **dispatch_fields(step.current))
    route = step.current.dispatch
    if route is not None:
        step.services.health.record_failure(route.backend, route.model, now=step.now)
    error = GenerationFailed("The provider's response to the submission was lost; it was not submitted a second time.")

    def record(transaction: Transaction, locked: Generation) -> Generation:
        locked = _mark_lost(transaction, locked)
        if locked.job_reference is not None:
            return locked
        return transitions.fail(transaction, step.services, locked, error=error, at=step.now)

    await step.update(record)
    return None


def _mark_lost(transaction: Transaction, locked: Generation) -> Generation:
    """Save that the submission got no response, unless a callback has brought the reference."""
    if locked.job_reference is not None:
        return locked
    return save_outcome(transaction, locked, SubmissionOutcome.LOST, error=NO_RESPONSE)
