"""The declared concurrency limit of an upstream, kept over all processes that share a database.

The jobs that count are in the table of generations. A generation that finds no free slot is listed as waiting, and is
woken in the transaction that frees one.
"""

from datetime import timedelta

from sqlalchemy import Connection, text

from database.advisory_lock import UPSTREAM_SLOTS, lock_name_until_commit
from database.transaction import Transaction
from generations.services import Services
from providers.backend import Backend

WAIT_FOR_SLOT = timedelta(minutes=2)
"""The time to the next check of a waiting generation, which is woken earlier when a slot is free."""
# The column `route` is `dispatch`, where the current attempt was sent; `active` is `has_pending_work`, true until the
# generation has ended and its job was cleaned up.
_JOBS = text(
    "SELECT count(*) FROM generation "
    "WHERE route ->> 'backend' = :backend AND active AND stage <> 'QUEUED' AND NOT test_mode"
)
"""The jobs of a backend until their clean-up, in which those of cancelled generations are cancelled upstream."""
_WAIT = text(
    "INSERT INTO slot_wait (generation_id, backend) VALUES (:generation_id, :backend) "
    "ON CONFLICT (generation_id) DO UPDATE SET backend = excluded.backend"
)
_STOP_WAITING = text("DELETE FROM slot_wait WHERE generation_id = :generation_id")
_NEXT = text(
    "DELETE FROM slot_wait WHERE generation_id IN "
    "(SELECT waiting.generation_id FROM slot_wait AS waiting JOIN generation ON generation.id = waiting.generation_id "
    "WHERE waiting.backend = :backend AND generation.stage = 'QUEUED' ORDER BY waiting.generation_id LIMIT :free) "
    "RETURNING generation_id"
)


def shared_limit(services: Services, backend: Backend) -> int | None:
    """Return the number of jobs that all processes together may have at the backend; None without such a limit."""
    return backend.max_concurrent_jobs if services.database.is_shared and not backend.is_local else None


def take_slot(transaction: Transaction, generation_id: str, backend: str, *, limit: int) -> bool:
    """Return whether the transaction may record a submission to the backend; if not, list the generation as waiting."""
    connection = transaction.connection
    free = _free_slots(connection, backend, limit)
    if free > 0:
        stop_waiting(transaction, generation_id)
    else:
        connection.execute(_WAIT, {"generation_id": generation_id, "backend": backend})
    return free > 0


def stop_waiting(transaction: Transaction, generation_id: str) -> None:
    """Remove a generation from those that wait."""
    transaction.connection.execute(_STOP_WAITING, {"generation_id": generation_id})


def wake_waiting(transaction: Transaction, services: Services, backend: Backend, *, at_most: int | None = None) -> None:
    """Wake as many waiting generations as the backend has free slots, up to `at_most`, the oldest first."""
    limit = shared_limit(services, backend)
    if limit is None:
        return
    connection = transaction.connection
    free = _free_slots(connection, backend.name, limit)
    if at_most is not None:
        free = min(free, at_most)
    if free > 0:
        for generation_id in connection.execute(_NEXT, {"backend": backend.name, "free": free}).scalars().all():
            services.queue.wake_after(transaction, generation_id)


def _free_slots(connection: Connection, backend: str, limit: int) -> int:
    """Return the number of free slots, which no other process takes or frees until the transaction has ended."""
    lock_name_until_commit(connection, UPSTREAM_SLOTS, backend)
    jobs: int = connection.execute(_JOBS, {"backend": backend}).scalar_one()
    return limit - jobs
