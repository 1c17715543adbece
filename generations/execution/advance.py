"""The job that advances one generation to its end. Safe to run again from any point."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from database.transaction import Transaction
from generations import repository, transitions
from generations.execution.backend_job import backend_of, job_of
from generations.execution.outputs import store_output
from generations.generation import (
    QUEUED,
    RUNNING,
    STORING,
    SUBMITTED,
    Dispatch,
    Generation,
    Stage,
    Status,
    StoredOutput,
    SubmissionOutcome,
    keys_of,
)
from generations.inputs.files import fetch_inputs, remove_inputs
from generations.inputs.references import wait_for_referenced_generation
from generations.routing import available_routes, may_fall_back
from generations.services import Services
from kit.clock import WakeableTimer, timeout_at
from kit.errors import DeadlineExceeded, DoitongError, GenerationFailed, InvalidInput, InvalidMediaUrl
from kit.logs import bind, get_logger
from kit.timestamps import format_timestamp
from media.file_references import unpin
from providers.backend import Backend, BackendState, Job, JSONObject, Snapshot, SubmissionLost, SubmissionRefused
from providers.catalogue import Route as CatalogueRoute

logger = get_logger(__name__)

Work = Callable[[Transaction, Generation], Generation]


async def advance(services: Services, generation_id: str, timer: WakeableTimer) -> None:
    """Run a generation to its end, then clean up."""
    bind(generation_id=generation_id)
    current = await _load(services, generation_id)
    while current is not None and not current.is_over:
        # A commit whose response was lost has not notified anyone.
        transitions.notify(services, current)
        current = await _step_within_deadline(services, current, timer)
    if current is not None:
        transitions.notify(services, current)
    if current is not None and current.active:
        await _clean_up(services, current)


async def _step_within_deadline(services: Services, current: Generation, timer: WakeableTimer) -> Generation | None:
    """Run the next step, interrupted at the deadline."""
    if services.clock.now() >= current.deadline_at:
        allowed = current.deadline_at - current.created_at
        return await _fail(services, current, DeadlineExceeded(f"It did not end within the {allowed} it is given."))
    try:
        async with timeout_at(services.clock, current.deadline_at) as limit:
            return await _step(services, current, timer)
    except TimeoutError:
        if not limit.expired():
            raise
        return await _load(services, current.id)


async def _step(services: Services, current: Generation, timer: WakeableTimer) -> Generation | None:
    if current.stage is Stage.QUEUED and await wait_for_referenced_generation(services, current, timer):
        return await _load(services, current.id)
    try:
        files = await fetch_inputs(services, current)
    except (InvalidMediaUrl, InvalidInput) as error:
        return await _fail(services, current, error)
    if current.stage is Stage.QUEUED:
        return await _start_attempt(services, current, files)
    backend = backend_of(services, current)
    if current.reference is None and not backend.resubmits_safely:
        return await _fail_lost_submission(services, current)
    if current.reference is None:
        return await _submit(services, current, job_of(services, current, files), backend)
    return await _poll(services, current, job_of(services, current, files), timer)


async def _start_attempt(services: Services, current: Generation, files: Mapping[str, Path]) -> Generation:
    """Choose a route, record the intent to submit, then submit."""
    route = _next_route(services, current)
    if route is None:
        return await _fail(services, current, GenerationFailed(f"{current.provider} has no route left to try."))
    now = services.clock.now()
    attempt: JSONObject = {
        "backend": route.backend,
        "model": route.model,
        "at": format_timestamp(now),
        "outcome": SubmissionOutcome.SUBMITTING,
    }
    sent = await _if_active(
        services,
        current,
        lambda transaction, fresh: transitions.transition(
            transaction,
            services,
            fresh,
            SUBMITTED,
            route=Dispatch(route.backend, route.model),
            attempts=[*fresh.attempts, attempt],
            started_at=fresh.started_at or now,
        ),
    )
    if sent.is_over:
        return sent
    return await _submit(services, sent, job_of(services, sent, files), backend_of(services, sent))


async def _submit(services: Services, current: Generation, job: Job, backend: Backend) -> Generation:
    try:
        reference = await backend.submit(job)
    except SubmissionRefused as refusal:
        return await _handle_refusal(services, current, refusal.error)
    except SubmissionLost:
        return await _fail_lost_submission(services, current)

    def record(transaction: Transaction) -> Generation:
        # Recorded even if it was cancelled meanwhile: without the reference it could not be cancelled upstream.
        fresh = _locked(transaction, current.id)
        return transitions.update_without_notifying(
            transaction, fresh, reference=reference, attempts=_with_outcome(fresh, SubmissionOutcome.ACCEPTED)
        )

    return await services.database.transact(record)


async def _poll(services: Services, current: Generation, job: Job, timer: WakeableTimer) -> Generation | None:
    """Poll the backend, record progress, and wait."""
    snapshot = current.callback or await backend_of(services, current).poll(job, current.reference or {})
    match snapshot.state:
        case BackendState.SUCCEEDED:
            return await _store(services, current, snapshot)
        case BackendState.FAILED:
            return await _fail(services, current, snapshot.error or GenerationFailed("The provider gave no reason."))
        case BackendState.CANCELLED:
            return await _fail(services, current, GenerationFailed("The provider cancelled the work unasked."))
        case BackendState.RUNNING:
            current = await _record_progress(services, current, snapshot)
    if not current.is_over:
        await timer.wait_until(min(services.clock.now() + snapshot.poll_after, current.deadline_at))
    return await _load(services, current.id)


async def _record_progress(services: Services, current: Generation, snapshot: Snapshot) -> Generation:
    progress = min(snapshot.progress or 0, transitions.MAX_PROGRESS_BEFORE_DONE)
    has_advanced = current.stage is Stage.SUBMITTED or (current.stage is Stage.RUNNING and progress > current.progress)
    if not has_advanced:
        return current
    return await _if_active(
        services, current, lambda t, fresh: transitions.transition(t, services, fresh, RUNNING, progress=progress)
    )


async def _store(services: Services, current: Generation, snapshot: Snapshot) -> Generation:
    """Store the outputs and complete the generation."""

    def begin(transaction: Transaction, fresh: Generation) -> Generation:
        if fresh.stage is Stage.SUBMITTED:
            fresh = transitions.transition(transaction, services, fresh, RUNNING)
        if fresh.stage is Stage.RUNNING:
            progress = transitions.MAX_PROGRESS_BEFORE_DONE
            fresh = transitions.transition(transaction, services, fresh, STORING, progress=progress)
        return fresh

    current = await _if_active(services, current, begin)
    if current.is_over:
        return current
    outputs: list[StoredOutput] = []
    try:
        for output in snapshot.outputs:
            outputs.append(await store_output(services.library, output))
        _check_delivery(outputs)
    except GenerationFailed as error:
        ended = await _fail(services, current, error)
    else:
        ended = await _if_active(
            services,
            current,
            lambda transaction, fresh: transitions.complete(
                transaction, services, fresh, outputs=outputs, notes=snapshot.notes, at=services.clock.now()
            ),
        )
    if ended.status is not Status.COMPLETED:
        await _discard_outputs(services, outputs)
    return ended


def _check_delivery(outputs: Sequence[StoredOutput]) -> None:
    if not any(output.role == "output" for output in outputs):
        raise GenerationFailed("The provider reported success and delivered nothing.")


async def _discard_outputs(services: Services, outputs: Sequence[StoredOutput]) -> None:
    """Delete the files stored for a generation that did not complete."""
    now = services.clock.now()

    def begin(transaction: Transaction) -> Sequence[str]:
        return [gone for key in sorted(keys_of(outputs)) for gone in unpin(transaction, key, at=now)]

    await services.library.finish_deleting(await services.database.transact(begin))


async def _handle_refusal(services: Services, current: Generation, error: DoitongError) -> Generation:
    """Handle a rejected submission: nothing was bought, so try the next route or fail."""
    logger.warning("submission_refused", **_dispatch_fields(current), code=error.code.value)

    def record(transaction: Transaction, fresh: Generation) -> Generation:
        fresh = transitions.update_without_notifying(
            transaction, fresh, attempts=_with_outcome(fresh, SubmissionOutcome.REFUSED)
        )
        if may_fall_back(error) and _next_route(services, fresh) is not None:
            return transitions.transition(transaction, services, fresh, QUEUED)
        return transitions.fail(transaction, services, fresh, error=error, at=services.clock.now())

    return await _if_active(services, current, record)


async def _fail_lost_submission(services: Services, current: Generation) -> Generation:
    """Fail: the job may have been bought and cannot be looked up, so it is never submitted again."""
    logger.error("submission_lost", **_dispatch_fields(current))

    def record(transaction: Transaction, fresh: Generation) -> Generation:
        fresh = transitions.update_without_notifying(
            transaction, fresh, attempts=_with_outcome(fresh, SubmissionOutcome.LOST)
        )
        error = GenerationFailed("The provider's answer to the submission was lost; it was not sent a second time.")
        return transitions.fail(transaction, services, fresh, error=error, at=services.clock.now())

    return await _if_active(services, current, record)


async def _fail(services: Services, current: Generation, error: DoitongError) -> Generation:
    return await _if_active(
        services, current, lambda t, fresh: transitions.fail(t, services, fresh, error=error, at=services.clock.now())
    )


async def _clean_up(services: Services, current: Generation) -> None:
    """Cancel the upstream job if it still runs, delete its temporary data and mark the generation inactive."""
    if current.route is not None:
        backend, job, reference = backend_of(services, current), job_of(services, current, {}), current.reference or {}
        if current.status is not Status.COMPLETED:
            await backend.cancel(job, reference)
        await backend.forget(job, reference)
    await remove_inputs(services, current)
    await services.database.transact(
        lambda transaction: transitions.update_without_notifying(
            transaction, _locked(transaction, current.id), active=False, callback=None
        )
    )


async def _load(services: Services, generation_id: str) -> Generation | None:
    return await services.database.read(lambda connection: repository.load(connection, generation_id))


async def _if_active(services: Services, current: Generation, work: Work) -> Generation:
    """Apply `work` to the locked row, unless the generation has ended: the first terminal state wins."""

    def apply(transaction: Transaction) -> Generation:
        fresh = _locked(transaction, current.id)
        return fresh if fresh.is_over else work(transaction, fresh)

    return await services.database.transact(apply)


def _locked(transaction: Transaction, generation_id: str) -> Generation:
    fresh = repository.lock(transaction.connection, generation_id)
    if fresh is None:
        raise LookupError(f"{generation_id} is gone from the database")
    return fresh


def _next_route(services: Services, current: Generation) -> CatalogueRoute | None:
    tried = {(attempt["backend"], attempt["model"]) for attempt in current.attempts}
    provider = services.catalogue.get(current.provider)
    routes = available_routes(services.backends, provider, test_mode=current.test_mode)
    return next((route for route in routes if (route.backend, route.model) not in tried), None)


def _dispatch_fields(current: Generation) -> dict[str, str | None]:
    return {} if current.route is None else {"backend": current.route.backend, "model": current.route.model}


def _with_outcome(fresh: Generation, outcome: SubmissionOutcome) -> list[JSONObject]:
    return [*fresh.attempts[:-1], {**fresh.attempts[-1], "outcome": outcome}]
