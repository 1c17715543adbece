"""Polling a job, and storing its outputs."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from database.transaction import Transaction
from generations import transitions
from generations.execution.outputs import store_output
from generations.execution.steps import Step
from generations.generation import (
    RUNNING,
    STORING,
    Generation,
    Stage,
    Status,
    StoredOutput,
    storage_keys_of,
)
from generations.generation_metrics import counting_request
from kit.errors import ContentViolation, DoitongError, GenerationFailed, InvalidInput, InvalidMediaUrl
from media.file_references import unpin
from media.library import OutputUnreachable
from providers.backend import Backend, BackendState, Job, JSONObject, Snapshot, UpstreamBusy

MAX_FETCHES = 5
"""How many times outputs are requested before the generation fails."""
FIRST_FETCH_DELAY = timedelta(seconds=1)  # doubled after each failure
# Errors that are not counted against the health of the upstream.
CLIENT_ERRORS = (ContentViolation, InvalidInput, InvalidMediaUrl)


async def poll(step: Step, job: Job, backend: Backend) -> datetime | None:
    """Poll the backend and record the changes. Return when to poll again, or None to continue immediately."""
    current = step.current
    try:
        snapshot = await ask_for_snapshot(current, job, backend)
    except UpstreamBusy as busy:
        return step.now + (busy.retry_after or backend.poll_schedule.maximum)
    match snapshot.state:
        case BackendState.SUCCEEDED:
            return await _store(step, snapshot, backend)
        case BackendState.FAILED:
            await _fail(step, snapshot, snapshot.error or GenerationFailed("The provider gave no reason."), backend)
        case BackendState.CANCELLED:
            await _fail(step, snapshot, GenerationFailed("The provider cancelled the work unasked."), backend)
        case BackendState.RUNNING:
            await _record_progress(step, snapshot)
    if step.current.is_over:
        return None
    return time_of_next_poll(step, snapshot, backend)


async def ask_for_snapshot(current: Generation, job: Job, backend: Backend) -> Snapshot:
    """Return the state of the job: the one that came unasked, or by asking the backend. Raises `UpstreamBusy`."""
    if current.pending_snapshot is not None:
        return current.pending_snapshot
    try:
        return await counting_request(backend.name, "poll", backend.poll(job, current.job_reference or {}))
    except GenerationFailed as error:
        return Snapshot(BackendState.FAILED, error=error)


def time_of_next_poll(step: Step, snapshot: Snapshot, backend: Backend) -> datetime:
    """Return when to ask for the state of a job again that was in this one."""
    current = step.current
    age = step.now - datetime.fromisoformat(str(current.attempts[-1]["at"]))
    delay = snapshot.poll_after or backend.poll_schedule.delay(current.id, age=age)
    return min(step.now + delay, current.deadline_at)


def running_progress(snapshot: Snapshot) -> int:
    """Return the progress of a running job in percent, below that of a stored result."""
    return min(snapshot.progress or 0, transitions.MAX_PROGRESS_BEFORE_DONE)


async def _record_progress(step: Step, snapshot: Snapshot) -> None:
    current = step.current
    progress = running_progress(snapshot)
    has_advanced = current.stage is Stage.SUBMITTED or (current.stage is Stage.RUNNING and progress > current.progress)
    if has_advanced:
        await step.update(
            lambda t, locked: transitions.transition(t, step.services, locked, RUNNING, progress=progress)
        )


async def _fail(step: Step, snapshot: Snapshot, error: DoitongError, backend: Backend) -> None:
    """Fail with the error of the upstream. The job is billable, so no other route is tried."""
    _record_health(step, backend, succeeded=isinstance(error, CLIENT_ERRORS))

    def record(transaction: Transaction, locked: Generation) -> Generation:
        locked = _with_details(transaction, locked, snapshot, error=error.message, code=error.code.value)
        return transitions.fail(transaction, step.services, locked, error=error, at=step.now)

    await step.update(record)


async def _store(step: Step, snapshot: Snapshot, backend: Backend) -> datetime | None:
    """Store the outputs and complete the generation. Return when to fetch them again if they are not available."""
    services = step.services
    await step.update(lambda t, locked: _begin_storing(t, step, locked))
    if step.current.is_over:
        return None
    outputs: list[StoredOutput] = []
    retry_at: datetime | None = None
    try:
        for output in snapshot.outputs:
            outputs.append(await store_output(services.library, output))
        _check_delivery(outputs)
    except OutputUnreachable as error:
        retry_at = await _fetch_again(step, snapshot, error, backend)
    except GenerationFailed as error:
        await _fail(step, snapshot, error, backend)
    else:
        await step.update(lambda t, locked: _complete(t, step, locked, outputs, snapshot))
        if step.current.status is Status.COMPLETED:
            _record_health(step, backend, succeeded=True)
    if step.current.status is not Status.COMPLETED:
        await _discard_outputs(step, outputs)
    return retry_at


def _begin_storing(transaction: Transaction, step: Step, locked: Generation) -> Generation:
    if locked.stage is Stage.SUBMITTED:
        locked = transitions.transition(transaction, step.services, locked, RUNNING)
    if locked.stage is Stage.RUNNING:
        progress = transitions.MAX_PROGRESS_BEFORE_DONE
        locked = transitions.transition(transaction, step.services, locked, STORING, progress=progress)
    return locked


def _complete(
    transaction: Transaction, step: Step, locked: Generation, outputs: Sequence[StoredOutput], snapshot: Snapshot
) -> Generation:
    locked = _with_details(transaction, locked, snapshot)
    return transitions.complete(
        transaction, step.services, locked, outputs=outputs, adjustments=snapshot.adjustments, at=step.now
    )


async def _fetch_again(step: Step, snapshot: Snapshot, error: OutputUnreachable, backend: Backend) -> datetime | None:
    """Ask for the outputs again later: the next poll may name other URLs. Fail after several times."""
    fetches = int(str(step.current.attempts[-1].get("fetches", 0))) + 1
    if fetches >= MAX_FETCHES:
        await _fail(step, snapshot, error, backend)
        return None
    # Poll again for other URLs. A synchronous response is kept: there is nothing to poll.
    kept = snapshot if step.current.job_reference == {} else None
    await step.update(
        lambda t, locked: transitions.save_fields(
            t, locked, pending_snapshot=kept, attempts=_with(locked, {"fetches": fetches})
        )
    )
    delay: timedelta = FIRST_FETCH_DELAY * 2 ** (fetches - 1)
    return min(step.now + delay, step.current.deadline_at)


def _check_delivery(outputs: Sequence[StoredOutput]) -> None:
    if not any(output.is_result for output in outputs):
        raise GenerationFailed("The provider reported success and delivered nothing.")


async def _discard_outputs(step: Step, outputs: Sequence[StoredOutput]) -> None:
    """Delete the files stored for a generation that did not complete."""
    services, now = step.services, step.now

    def begin(transaction: Transaction) -> Sequence[str]:
        return [gone for key in sorted(storage_keys_of(outputs)) for gone in unpin(transaction, key, at=now)]

    await services.library.finish_deleting(await services.database.transact(begin))


def _record_health(step: Step, backend: Backend, *, succeeded: bool) -> None:
    """Report the outcome of the job to the health monitor."""
    current, now = step.current, step.now
    if current.dispatch is None or backend.is_local:
        return
    if succeeded:
        seconds = (now - datetime.fromisoformat(str(current.attempts[-1]["at"]))).total_seconds()
        step.services.health.record_success(current.dispatch.backend, current.dispatch.model, seconds=seconds)
    else:
        step.services.health.record_failure(current.dispatch.backend, current.dispatch.model, now=now)


def _with_details(transaction: Transaction, locked: Generation, snapshot: Snapshot, **details: str) -> Generation:
    """Add cost and diagnostics of the upstream to the attempt."""
    more: dict[str, object] = {**details}
    if snapshot.cost is not None:
        more["cost"] = snapshot.cost
    if snapshot.diagnostics is not None:
        more["evidence"] = snapshot.diagnostics
    if not more or not locked.attempts:
        return locked
    return transitions.save_fields(transaction, locked, attempts=_with(locked, more))


def _with(locked: Generation, details: Mapping[str, object]) -> list[JSONObject]:
    return [*locked.attempts[:-1], {**locked.attempts[-1], **details}]  # type: ignore[dict-item]
