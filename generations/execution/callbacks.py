"""Upstream callbacks: a signed final state is stored; anything else makes the job poll at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from secrets import compare_digest

from database.transaction import Transaction
from generations import repository, transitions
from generations.execution.backend_job import backend_of, callback_token, job_of
from generations.execution.wake_throttle import WakeThrottle
from generations.generation import Generation
from generations.services import Services
from kit.errors import NotFound
from providers.backend import BackendState, Snapshot

ENDS = frozenset({BackendState.SUCCEEDED, BackendState.FAILED, BackendState.CANCELLED})


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
) -> None:
    """Process a callback to a checked URL. Late, repeated, unreadable or unrelated ones have no effect.

    A signed final state is committed to the row on return and processed by the job of the generation, the only writer
    of its state. Raises `NotFound`.
    """
    current = await services.database.read(lambda connection: repository.load(connection, address.generation_id))
    if current is None:
        raise NotFound("There is nothing here.")
    if current.is_over or current.callback is not None or not _is_with(current, address.backend):
        return
    backend, reference = backend_of(services, current), current.reference
    call = backend.parse_callback(job_of(services, current, {}), reference or {}, headers=headers, body=body)
    if call is None:
        return
    # Before the reference is recorded, nothing proves that the callback is about this job: poll instead.
    if call.verified and call.snapshot.state in ENDS and reference is not None:
        await _record(services, current, call.snapshot)
    else:
        wake_throttle.wake(current.id)


async def _record(services: Services, seen: Generation, end: Snapshot) -> None:
    def record(transaction: Transaction) -> None:
        fresh = repository.lock(transaction.connection, seen.id)
        if fresh is None or fresh.is_over or fresh.callback is not None:
            return
        if (fresh.route, fresh.reference) == (seen.route, seen.reference):
            transitions.update_without_notifying(transaction, fresh, callback=end)
            transaction.after_commit(lambda: services.queue.wake(seen.id))

    await services.database.transact(record)


def _is_with(current: Generation, backend: str) -> bool:
    return current.route is not None and current.route.backend == backend
