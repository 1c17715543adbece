"""PgQueuer's statements on queue entries. Those that take, end or release one are replaced by statements of our own."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import asyncpg
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain.models import Job, TracebackRecord
from pgqueuer.domain.types import JOB_STATUS, JobId, QueueEntrypoint, QueueManagerId
from pgqueuer.ports.repository import EntrypointExecutionParameter
from sqlalchemy import Connection, TextClause, text

from database.compiled_statement import CompiledStatement
from database.pgqueuer_schema import SETTINGS, pgqueuer_settings
from database.postgresql import PostgreSQL
from database.transaction import DatabaseUnavailable, Transaction
from generations.execution.queue import QueueSize
from kit.batching import Batcher
from kit.metrics import TAKE_OVERS

ENTRYPOINT = "advance"
DEQUEUE = f"""
WITH room AS (
    SELECT greatest(least($1, $2 - count(*)), 0) AS entries FROM {SETTINGS.queue_table} WHERE queue_manager_id = $3
), stale AS (
    SELECT id FROM {SETTINGS.queue_table}
    WHERE status = 'picked' AND heartbeat < now() - $4::interval AND execute_after <= now()
    ORDER BY heartbeat LIMIT (SELECT entries FROM room) FOR UPDATE SKIP LOCKED
), due AS (
    SELECT id FROM {SETTINGS.queue_table}
    WHERE status = 'queued' AND entrypoint = '{ENTRYPOINT}' AND execute_after <= now()
    ORDER BY execute_after LIMIT (SELECT entries FROM room) FOR UPDATE SKIP LOCKED
)
UPDATE {SETTINGS.queue_table} SET status = 'picked', updated = now(), heartbeat = now(), queue_manager_id = $3
WHERE id IN (SELECT id FROM stale UNION ALL SELECT id FROM due LIMIT (SELECT entries FROM room))
RETURNING *, id IN (SELECT id FROM stale) AS is_stale"""  # noqa: S608
"""Takes what has been due for longest. PgQueuer orders by id, for which it reads all entries that wait before."""
_INSERT_MISSING = f"""
INSERT INTO {SETTINGS.queue_table} (priority, entrypoint, payload, dedupe_key, status)
SELECT 0, '{ENTRYPOINT}', convert_to(added, 'UTF8'), added, 'queued' FROM unnest(CAST(:ids AS text[])) AS added
WHERE NOT EXISTS (SELECT FROM {SETTINGS.queue_table} WHERE dedupe_key = added) ON CONFLICT DO NOTHING"""  # noqa: S608
ENQUEUE = CompiledStatement(text(_INSERT_MISSING))
DELETE = text(f"DELETE FROM {SETTINGS.queue_table} WHERE id = ANY(:ids) AND queue_manager_id = :manager")  # noqa: S608
RELEASE = text(
    f"UPDATE {SETTINGS.queue_table} SET status = 'queued', queue_manager_id = NULL, updated = now(), "  # noqa: S608
    "execute_after = now() + delay "
    "FROM unnest(CAST(:ids AS bigint[]), CAST(:delays AS interval[])) AS released (entry_id, delay) "
    "WHERE id = entry_id AND queue_manager_id = :manager"
)
HEARTBEAT = f"UPDATE {SETTINGS.queue_table} SET heartbeat = now() WHERE id = ANY($1) AND queue_manager_id = $2"  # noqa: S608
SIZE = text(
    f"SELECT count(*), coalesce(extract(epoch FROM now() - min(execute_after) "  # noqa: S608
    f"FILTER (WHERE status = 'queued' AND execute_after <= now())), 0) FROM {SETTINGS.queue_table}"
)


class Entry(Job):
    """An entry as it was taken."""

    is_stale: bool
    """Whether its previous worker has not released it, and may still run a step."""


class QueueDriver(AsyncpgDriver):
    """A driver that reports a closed connection after each statement.

    asyncpg does not call the termination listeners of a connection that ended while a statement began.
    """

    def __init__(self, connection: asyncpg.Connection, on_closed: Callable[[], None]) -> None:
        super().__init__(connection)
        self._on_closed = on_closed

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        try:
            return await super().fetch(query, *args)
        finally:
            self._report_closed()

    async def execute(self, query: str, *args: object) -> str:
        try:
            return await super().execute(query, *args)
        finally:
            self._report_closed()

    def _report_closed(self) -> None:
        if self._connection.is_closed():
            self._on_closed()


class OwnedEntryQueries(Queries):
    """PgQueuer's statements; those that end or release an entry apply only while this worker owns it.

    They use the connections of the database, which are renewed, so that a step outlives PgQueuer's own connection.
    Heartbeats use that one while it is open, since they must not wait behind the transactions of many steps.
    """

    def __init__(self, driver: AsyncpgDriver, database: PostgreSQL, on_released: Callable[[Job], None]) -> None:
        settings = pgqueuer_settings()
        super().__init__(driver, qbe=QueryBuilderEnvironment(settings), qbq=QueryQueueBuilder(settings))
        self._database, self._on_released = database, on_released
        self._release = Batcher(self._release_all)
        self.manager_id: UUID | None = None

    async def dequeue(
        self,
        batch_size: int,
        entrypoints: dict[QueueEntrypoint, EntrypointExecutionParameter],
        queue_manager_id: QueueManagerId,
        global_concurrency_limit: int | None,
        heartbeat_timeout: timedelta,
    ) -> list[Job]:
        """Take entries that are due, and those of dead workers; none while transactions here wait for a connection."""
        if self._database.is_congested:
            return []
        limit = batch_size if global_concurrency_limit is None else global_concurrency_limit
        rows = await self.driver.fetch(DEQUEUE, batch_size, limit, queue_manager_id, heartbeat_timeout)
        entries = [Entry.model_validate(row) for row in rows]
        TAKE_OVERS.add(amount=sum(entry.is_stale for entry in entries))
        return [*entries]

    async def log_jobs(self, job_status: list[tuple[Job, JOB_STATUS, TracebackRecord | None]]) -> None:
        """Delete the entries of generations that have ended, and release the others."""
        ended = [job.id for job, status, _ in job_status if status == "successful"]
        others = [job for job, status, _ in job_status if status != "successful"]
        if ended:
            await self._execute(DELETE, ids=ended)
        for job in others:
            await self.retry_job(job, timedelta(0), None)

    async def retry_job(self, job: Job, delay: timedelta, traceback_record: TracebackRecord | None) -> None:
        """Release the entry, due after `delay`."""
        await self._release((job.id, delay))
        self._on_released(job)

    async def _release_all(self, released: Sequence[tuple[JobId, timedelta]]) -> Mapping[tuple[JobId, timedelta], None]:
        """Release entries, each due after its delay."""
        ids, delays = zip(*released, strict=True)
        await self._execute(RELEASE, ids=list(ids), delays=list(delays))
        return dict.fromkeys(released)

    async def update_heartbeat(self, job_ids: list[JobId]) -> None:
        ids = list(set(job_ids))
        try:
            await self.driver.execute(HEARTBEAT, ids, self.manager_id)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            parameters = (ids, self.manager_id)
            await self._transact(lambda t: _none(t.connection.exec_driver_sql(HEARTBEAT, parameters)))

    async def _execute(self, statement: TextClause, **values: object) -> None:
        parameters = {"manager": self.manager_id, **values}
        await self._transact(lambda t: _none(t.connection.execute(statement, parameters)))

    async def _transact(self, work: Callable[[Transaction], None]) -> None:
        """Run `work`, or nothing while the database is away: entries without heartbeats are taken again after that."""
        with suppress(DatabaseUnavailable):
            await self._database.transact(work)


def queue_size(connection: Connection) -> QueueSize:
    """Return the size of the queue of all processes."""
    entries, oldest_due_seconds = connection.execute(SIZE).one()
    return QueueSize(entries, float(oldest_due_seconds))


def generation_of(job: Job) -> str:
    """Return the id of the generation of an entry."""
    return (job.payload or b"").decode()


def _none(_: object) -> None:
    """Discard a result, which must not leave its transaction."""
