"""Starting a job in this process. A backend on this machine buys nothing, so no intent has to be recorded before."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from database.transaction import Transaction
from generations import transitions
from generations.execution.attempts import fields_of_attempt
from generations.execution.backend_job import job_of
from generations.execution.polling import ask_for_snapshot, running_progress, time_of_next_poll
from generations.execution.steps import Step
from generations.generation import RUNNING, SUBMITTED, Generation, State, SubmissionOutcome
from generations.generation_metrics import counting_request
from kit.frozen import copy_with
from providers.backend import Backend, BackendState
from providers.catalogue import Route


async def start_local_job(step: Step, files: Mapping[str, Path], backend: Backend, route: Route) -> datetime | None:
    """Start the job, and record its submission, its reference and its first state in one transaction.

    Whatever prevents the record, the job is started again: the same one if it runs, or from its beginning. Return when
    to poll again, or None to continue immediately. Raises `SubmissionRefused`; then nothing is recorded.
    """
    services, now = step.services, step.now
    step.context.is_bound_to_process = True
    started = copy_with(step.current, **fields_of_attempt(step.current, route, at=now))
    job = job_of(services, started, files)
    accepted = await counting_request(backend.name, "submit", backend.submit(job))
    started = copy_with(started, job_reference=accepted.reference, pending_snapshot=accepted.result)
    snapshot = await ask_for_snapshot(started, job, backend)

    def record(transaction: Transaction, locked: Generation) -> Generation:
        fields = {
            **fields_of_attempt(locked, route, at=now, outcome=SubmissionOutcome.ACCEPTED),
            "job_reference": accepted.reference,
            "pending_snapshot": accepted.result,
        }
        if locked.is_over:  # cancelled in the meantime: the clean-up stops the job
            return transitions.save_fields(transaction, locked, **fields)
        states: list[tuple[State, Mapping[str, Any]]] = [(SUBMITTED, fields)]
        if snapshot.state is BackendState.RUNNING:
            states.append((RUNNING, {"progress": running_progress(snapshot)}))
        return transitions.transition_through(transaction, services, locked, states)

    await step.update_even_if_over(record)
    if step.current.is_over or snapshot.state not in (BackendState.QUEUED, BackendState.RUNNING):
        return None
    return time_of_next_poll(step, snapshot, backend)
