"""Advances one generation by a step: everything that can be done now. Safe to run again from any point."""

from datetime import datetime, timedelta

from database.transaction import Transaction
from generations import repository, transitions
from generations.execution.backend_job import backend_of, job_of
from generations.execution.polling import poll
from generations.execution.shared_slots import shared_limit, stop_waiting, wake_waiting
from generations.execution.step_context import StepContext
from generations.execution.steps import Step, Superseded
from generations.execution.submission import recover_submission, start_attempt, wake_all
from generations.generation import Generation, Stage, Status, SubmissionOutcome
from generations.generation_metrics import counting_request
from generations.inputs.files import fetch_inputs, remove_inputs
from generations.inputs.stored_files import wait_for_dependency
from generations.services import Services
from kit.clock import timeout_at
from kit.errors import (
    DeadlineExceeded,
    DoitongError,
    InvalidInput,
    InvalidMediaUrl,
    ProviderUnavailable,
    ServiceUnavailable,
)
from kit.logs import bind, get_logger
from kit.metrics import STEPS, STEPS_SUPERSEDED
from providers.backend import Backend, UpstreamBusy

MAX_STEP_DURATION = timedelta(seconds=30)
"""A step ends after this time; the next one continues."""
DEPENDENCY_INTERVAL = timedelta(seconds=30)
"""How often to check whether the dependency has ended. Its end also wakes the generations that wait for it."""

logger = get_logger(__name__)


async def advance(services: Services, generation_id: str, context: StepContext) -> datetime | None:
    """Run the next step; return when the one after it is due, or None when nothing is left to do."""
    bind(generation_id=generation_id)
    STEPS.add()
    try:
        current = await _load(services, generation_id, context)
        if current is None:
            return None
        context.deadline = current.deadline_at
        return await _run(Step(services, current, context))
    except Superseded:
        # By a worker that took over, or a commit of the previous process that was in progress when this one started.
        STEPS_SUPERSEDED.add()
        logger.info("step_superseded")
        context.is_superseded = True
        return services.clock.now()


async def _load(services: Services, generation_id: str, context: StepContext) -> Generation | None:
    """Load the generation. Where another process may run an earlier step, its writes are refused from now on.

    Raises `Superseded` if another process has the entry of the queue.
    """
    accepted, context.accepted = context.accepted, None
    if accepted is not None:
        return accepted
    owns_entry = context.owns_entry
    if owns_entry is None:
        return await services.database.read(lambda connection: repository.load(connection, generation_id))

    def take_over(transaction: Transaction) -> Generation | None:
        if not owns_entry(transaction.connection):
            raise Superseded
        return repository.take_over(transaction.connection, generation_id)

    return await services.database.transact(take_over)


async def _run(step: Step) -> datetime | None:
    """Advance until there is something to wait for, then clean up after the end.

    Return when to continue, or None if nothing is left to do.
    """
    started = step.now
    while not step.current.is_over:
        # A commit whose response was lost has not notified anyone.
        transitions.notify(step.services, step.current)
        due = await _advance_within_deadline(step)
        if step.current.is_over:
            break
        if due is not None and due > step.now:
            return due
        if step.now - started > MAX_STEP_DURATION:
            return step.now
    transitions.notify(step.services, step.current)
    if step.current.has_pending_work:
        await _clean_up(step)
    return None


async def _advance_within_deadline(step: Step) -> datetime | None:
    """Run the next action, interrupted at the deadline. Return when to continue, or None to continue immediately."""
    current, clock = step.current, step.services.clock
    if step.now >= current.deadline_at:
        await step.fail(_deadline_error(current))
        return None
    try:
        async with timeout_at(clock, current.deadline_at) as limit:
            return await _advance(step)
    except TimeoutError:
        if not limit.expired():
            raise
        await step.reload()
        return None


async def _advance(step: Step) -> datetime | None:
    """Run the next action. Return when to continue; None to continue immediately, or because it has ended."""
    services, current = step.services, step.current
    if current.stage is Stage.QUEUED:
        return await _start(step)
    backend = backend_of(services, current)
    if backend is None:
        await step.fail(ProviderUnavailable("The backend of this generation is no longer configured on this server."))
        return None
    step.context.is_bound_to_process = backend.is_local
    if not backend.is_local and shared_limit(services, backend) is None:
        services.concurrency.count_submitted(backend.name, current.id, max_jobs=backend.max_concurrent_jobs)
    if current.job_reference is not None and not backend.is_local:
        return await poll(step, job_of(services, current, {}), backend)
    try:
        files = await fetch_inputs(services, current)
    except (InvalidMediaUrl, InvalidInput) as error:
        await step.fail(error)
        return None
    job = job_of(services, current, files)
    if current.job_reference is None:
        return await recover_submission(step, job, backend, files)
    return await poll(step, job, backend)


async def _start(step: Step) -> datetime | None:
    """Fetch the inputs and submit, once a generation whose output is an input has ended. Returns as `_advance`."""
    services, current = step.services, step.current
    dependency = await wait_for_dependency(services, current)
    if dependency is not None:
        return min(step.now + DEPENDENCY_INTERVAL, current.deadline_at)
    try:
        files = await fetch_inputs(services, current)
    except (InvalidMediaUrl, InvalidInput) as error:
        await step.fail(error)
        return None
    return await start_attempt(step, files)


def _deadline_error(current: Generation) -> DeadlineExceeded | ProviderUnavailable:
    """Return the error at the deadline: `ProviderUnavailable` if no upstream has accepted the job by then."""
    if current.stage is Stage.QUEUED and current.attempts:
        return ProviderUnavailable("The upstream of this provider was busy until the deadline.")
    allowed = current.deadline_at - current.created_at
    return DeadlineExceeded(f"It did not end within the {allowed} it is given.")


async def _clean_up(step: Step) -> None:
    """Cancel the upstream job if it still runs, delete its temporary data and mark the generation as finished."""
    services, current = step.services, step.current
    backend = None if current.dispatch is None else backend_of(services, current)
    if backend is not None:
        await _cancel_upstream(step, backend)
        await backend.clean_up(job_of(services, current, {}), current.job_reference or {})
    await remove_inputs(services, current)
    await step.update_even_if_over(lambda t, locked: _finish(t, services, locked, backend))
    wake_all(step, services.concurrency.release(current.id))
    wake_all(step, list(services.dependents.pop(current.id)))


def _finish(transaction: Transaction, services: Services, locked: Generation, backend: Backend | None) -> Generation:
    """Record that nothing is left to do, and give the slot of the job to a generation that waits for it."""
    finished = transitions.save_fields(transaction, locked, has_pending_work=False, pending_snapshot=None)
    if services.database.is_shared:
        stop_waiting(transaction, locked.id)
    if backend is not None:
        wake_waiting(transaction, services, backend)
    return finished


def _was_not_taken(current: Generation) -> bool:
    """Whether the backend certainly has no job of the generation: it refused the last submission or was busy."""
    outcome = current.attempts[-1]["outcome"] if current.attempts else SubmissionOutcome.REFUSED
    return outcome in (SubmissionOutcome.REFUSED, SubmissionOutcome.BUSY)


async def _cancel_upstream(step: Step, backend: Backend) -> None:
    """Cancel the job unless it completed or was never taken.

    An upstream that does not respond is asked until the deadline.
    """
    current = step.current
    if current.status is Status.COMPLETED or _was_not_taken(current):
        return
    try:
        cancelling = backend.cancel(job_of(step.services, current, {}), current.job_reference or {})
        await counting_request(backend.name, "cancel", cancelling)
    except (DoitongError, UpstreamBusy) as error:
        may_pass = isinstance(error, ServiceUnavailable | UpstreamBusy)
        if may_pass and step.now < current.deadline_at:
            raise ProviderUnavailable(error.message) from error
        logger.warning("cancel_failed", backend=backend.name, reason=error.message)
