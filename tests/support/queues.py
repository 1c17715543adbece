"""The queues of generations as a test harness runs them: in memory, and in PostgreSQL with a process that can die."""

from collections.abc import Callable
from datetime import timedelta
from typing import Protocol, TypeVar, cast

import asyncpg

from database.pgqueuer_schema import SETTINGS
from database.postgresql import PostgreSQL
from database.transaction import Database, DatabaseUnavailable, Transaction
from generations.execution.postgresql_queue import NOTIFY_PGQUEUER, PostgreSQLQueue
from generations.execution.queue import EmbeddedQueue, WorkerQueue
from kit.clock import Clock
from tests.support.delegating_database import DelegatingDatabase
from tests.support.fault_injection import FaultyDatabase, FaultyLoads
from tests.support.round_trip import round_trip

T = TypeVar("T")
DIE = "UPDATE doitong_queue SET heartbeat = now() - interval '1 hour' WHERE status = 'picked'"
MOVE = "UPDATE doitong_queue SET execute_after = execute_after - $1::interval WHERE status = 'queued'"
COUNT = "SELECT count(*) FROM doitong_queue"
UNSETTLED = "SELECT dedupe_key FROM doitong_queue WHERE status = 'picked' OR execute_after <= now()"


class QueueKind(Protocol):
    """One of the two queues. What the tests do to it, they do to both."""

    def open(self, database: Database, clock: Clock, database_of_steps: Database) -> WorkerQueue:
        """Return a queue whose `close` ends its process as SIGKILL does.

        `database_of_steps` is the same database as the steps see it, with the faults of a test.
        """
        ...

    async def take_over(self, database: Database) -> None:
        """Make the entries of killed processes free, as when their heartbeat is too old."""
        ...

    async def move(self, database: Database, seconds: float) -> None:
        """Bring entries that wait nearer, by as much as the clock was moved."""
        ...

    async def is_settled(self, database: Database, queue: WorkerQueue, hanging: set[str]) -> bool:
        """Whether nothing is being done or due, apart from the steps of the generations in `hanging`."""
        ...

    async def is_empty(self, database: Database) -> bool:
        """Whether no entry is stored."""
        ...


class Embedded:
    """The queue in memory."""

    def open(self, database: Database, clock: Clock, database_of_steps: Database) -> WorkerQueue:
        return EmbeddedQueue(clock)

    async def take_over(self, database: Database) -> None:
        """Do nothing: the entries die with their process."""

    async def move(self, database: Database, seconds: float) -> None:
        """Do nothing: its timers are those of the clock."""

    async def is_settled(self, database: Database, queue: WorkerQueue, hanging: set[str]) -> bool:
        await round_trip(database)
        return queue.running_steps <= hanging

    async def is_empty(self, database: Database) -> bool:
        return True


class InPostgreSQL:
    """The queue in the tables of PostgreSQL, whose time does not stand still: entries are moved instead."""

    def open(self, database: Database, clock: Clock, database_of_steps: Database) -> WorkerQueue:
        return KillableQueue(SeverableDatabase(database), clock, database_of_steps)

    async def take_over(self, database: Database) -> None:
        await database.transact(lambda transaction: _update(transaction, DIE))

    async def move(self, database: Database, seconds: float) -> None:
        await database.transact(lambda transaction: _update(transaction, MOVE, timedelta(seconds=seconds)))

    async def is_settled(self, database: Database, queue: WorkerQueue, hanging: set[str]) -> bool:
        assert isinstance(queue, KillableQueue)
        if queue.is_sending:
            await round_trip(database)
            return False
        unsettled = await database.read(lambda connection: connection.exec_driver_sql(UNSETTLED).scalars().all())
        return queue.running_steps <= hanging and set(unsettled) <= hanging | queue.between_steps

    async def is_empty(self, database: Database) -> bool:
        entries: int = await database.read(lambda connection: connection.exec_driver_sql(COUNT).scalar_one())
        return entries == 0


class SeverableDatabase(DelegatingDatabase):
    """The database as a process sees it whose connections can be cut for ever."""

    def __init__(self, inner: Database) -> None:
        super().__init__(inner)
        self._connections: list[asyncpg.Connection] = []
        self._is_severed = False

    async def connect(self) -> asyncpg.Connection:
        if self._is_severed:
            raise ConnectionError
        connection = await cast(PostgreSQL, self.inner).connect()
        self._connections.append(connection)
        return connection

    async def transact(self, work: Callable[[Transaction], T]) -> T:
        if self._is_severed:
            raise DatabaseUnavailable
        return await super().transact(work)

    def sever(self) -> None:
        self._is_severed = True
        for connection in self._connections:
            connection.terminate()


class KillableQueue(PostgreSQLQueue):
    """A queue whose process is killed by `close`: it writes nothing more, and its entries stay with it."""

    def __init__(self, database: SeverableDatabase, clock: Clock, database_of_steps: Database) -> None:
        super().__init__(cast(PostgreSQL, database), clock, drain_timeout=timedelta(0))
        if isinstance(database_of_steps, FaultyDatabase):
            self._owned_generations = FaultyLoads(database_of_steps)
        self._severable = database

    @property
    def is_sending(self) -> bool:
        return self._sending is not None and not self._sending.done()

    @property
    def between_steps(self) -> set[str]:
        """The generations that wait in this process for their next step."""
        return set(self._running) - self.running_steps

    async def close(self) -> None:
        self._severable.sever()
        await super().close()


def _update(transaction: Transaction, statement: str, *parameters: object) -> None:
    transaction.connection.exec_driver_sql(statement, parameters)
    transaction.connection.execute(NOTIFY_PGQUEUER, {"channel": SETTINGS.channel, "table": SETTINGS.queue_table})
