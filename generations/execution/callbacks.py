"""Upstream callbacks: a signed final state is stored; anything else causes a poll immediately."""

from collections.abc import Mapping
from dataclasses import dataclass
from secrets import compare_digest
from typing import Any

from database.transaction import Transaction
from generations import repository, transitions
from generations.execution.backend_job import backend_of, callback_token, job_of
from generations.execution.wake_throttle import WakeThrottle
from generations.generation import Dispatch, Generation, SubmissionOutcome
from generations.services import Services
from kit.errors import NotFound
from providers.backend import BackendState, JSONObject

FINAL_STATES = frozenset({BackendState.SUCCEEDED, BackendState.FAILED, BackendState.CANCELLED})


@dataclass(frozen=True, slots=True)
class CallbackAddress:
    """The parts of a callback URL."""

    backend: str
    generation_id: str
    token: str


def check_address(services: Services, address: CallbackAddress) -> None:
    """Raise `NotFound` unless the URL carries a valid token."""
    expected = callback_token(services.secret, backend=address.backend, generation_id=address.generation_id)
    if not compare_digest(expected.encode(), address.token.encode()):
        raise NotFound("There is nothing here.")


async def receive_callback(
    services: Services,
    wake_throttle: WakeThrottle,
    address: CallbackAddress,
    *,
    headers: Mapping[str, str],
    body: bytes,
) -> JSONObject | None:
    """Process a callback to a checked URL. Late, repeated, unreadable or unrelated ones have no effect.

    Returns the body that the upstream expects as the response, if any. A signed final state, and the reference of a
    job whose submission got no response, are committed to the row on return; the next step of the generation processes
    them. Raises `NotFound`.
    """
    current = await services.database.read(lambda connection: repository.load(connection, address.generation_id))
    if current is None:
        raise NotFound("There is nothing here.")
    if not _is_dispatched_to(current, address.backend):
        return None
    backend, reference = backend_of(services, current), current.job_reference
    if backend is None:
        return None
    call = backend.parse_callback(job_of(services, current, {}), reference, headers=headers, body=body)
    if call is None:
        return None
    if current.is_over or current.pending_snapshot is not None:
        return call.response
    # Before the reference is recorded, nothing proves that the callback is about this job: poll instead.
    if call.verified and call.snapshot.state in FINAL_STATES and reference is not None:
        await _record(services, current, pending_snapshot=call.snapshot)
    elif reference is None and call.reference is not None:
        await _record(services, current, job_reference=call.reference)
    else:
        wake_throttle.wake(current.id)
    return call.response


async def _record(services: Services, seen: Generation, **fields: Any) -> None:
    """Save fields of a generation that is still what `seen` was, and wake it."""

    def record(transaction: Transaction) -> None:
        locked = repository.lock(transaction.connection, seen.id)
        if locked is None or locked.is_over or locked.pending_snapshot is not None:
            return
        if _submission_of(locked) == _submission_of(seen):
            if "job_reference" in fields:
                fields["attempts"] = _mark_found(locked)
            transitions.save_fields(transaction, locked, **fields)
            services.queue.wake_after(transaction, seen.id)

    await services.database.transact(record)


def _submission_of(current: Generation) -> tuple[Dispatch | None, JSONObject | None, int]:
    """Return what changes with each attempt to submit the generation."""
    return current.dispatch, current.job_reference, len(current.attempts)


def _mark_found(locked: Generation) -> list[JSONObject]:
    """Return the attempts with the last one accepted: the callback proves that its submission arrived."""
    found: JSONObject = {"outcome": SubmissionOutcome.ACCEPTED, "foundBy": "callback", "error": None}
    return [*locked.attempts[:-1], {**locked.attempts[-1], **found}]


def _is_dispatched_to(current: Generation, backend: str) -> bool:
    return current.dispatch is not None and current.dispatch.backend == backend
