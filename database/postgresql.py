"""PostgreSQL over asyncpg. Transactions are the same plain functions, run with `run_sync`."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from operator import itemgetter
from typing import TypeVar, cast

import asyncpg
import orjson
from asyncpg import InterfaceError, PostgresError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool

from database.connection_check import check_connections
from database.listener import SEND, Listener, Subscription
from database.pool_size import PoolSize
from database.postgresql_url import PostgreSQLUrl
from database.transaction import Database, DatabaseUnavailable, PoolUsage, Transaction, counting
from kit.logs import get_logger

T = TypeVar("T")
ATTEMPTS = 5
SHUTTING_DOWN = "57P"
RETRYABLE_STATES = frozenset({"40001", "40P01"})  # serialization failure and deadlock: rolled back, may be retried
CONNECT_ERRORS = (OSError, PostgresError, InterfaceError, PoolTimeout)  # raised by a failed attempt to connect
TIME_SAMPLES = 3  # the first waits for the transaction to begin; that with the shortest round trip counts


logger = get_logger(__name__)


class PostgreSQL(Database):
    """A PostgreSQL database."""

    is_shared = True

    def __init__(self, url: PostgreSQLUrl, pool_size: PoolSize) -> None:
        super().__init__()
        self._url, self._engine = url, _engine(url, pool_size)
        self._snapshots = self._engine.execution_options(isolation_level="REPEATABLE READ")
        self._running: set[asyncio.Task[object]] = set()
        self._connections = pool_size.kept + pool_size.overflow
        self._listener = Listener(partial(_connect, url))

    async def run_sync(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in its own transaction; for migrations."""
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)

    async def connect(self) -> asyncpg.Connection:
        """Open a connection outside the pool; the caller closes it."""
        return await _connect(self._url)

    async def transact(self, work: Callable[[Transaction], T]) -> T:
        task = asyncio.get_running_loop().create_task(self._transact(work))
        self._running.add(task)
        task.add_done_callback(self._finish)
        with counting("write"):
            return await asyncio.shield(task)

    async def read(self, work: Callable[[Connection], T]) -> T:
        with counting("read"):
            try:
                async with _connected(self._snapshots) as connection:
                    return await connection.run_sync(work)
            except ConnectionLost:
                async with _connected(self._snapshots) as connection:
                    return await connection.run_sync(work)

    def listen(
        self,
        channel: str,
        receive: Callable[[str], None],
        *,
        on_listening: Callable[[], None],
        include_own: bool = True,
    ) -> None:
        self._listener.add(Subscription(channel, receive, on_listening, include_own))

    @property
    def is_congested(self) -> bool:
        return len(self._running) > self._connections

    @property
    def pool_usage(self) -> PoolUsage:
        return PoolUsage(cast(QueuePool, self._engine.pool).checkedout(), self._connections)

    @property
    def is_listening(self) -> bool:
        return self._listener.is_listening

    @property
    def last_gap(self) -> timedelta:
        return self._listener.last_gap

    async def read_time(self, monotonic: Callable[[], float]) -> tuple[datetime, float] | None:
        def read(connection: Connection) -> tuple[datetime, float]:
            return min((_time_sample(connection, monotonic) for _ in range(TIME_SAMPLES)), key=itemgetter(0))[1:]

        return await self.read(read)

    async def close(self) -> None:
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._listener.close()
        await self._engine.dispose()

    def _finish(self, task: asyncio.Task[T]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # retrieve the exception, even if the caller is gone

    async def _transact(self, work: Callable[[Transaction], T]) -> T:
        transactions: list[Transaction] = []

        def run(connection: Connection) -> T:
            transactions.append(Transaction(connection))
            result = work(transactions[-1])
            self._send_notifications(transactions[-1])
            return result

        for attempt in range(1, ATTEMPTS + 1):
            has_run = is_committed = False
            try:
                async with _connected(self._engine) as connection, connection.begin():
                    result = await connection.run_sync(run)
                    has_run = True
                is_committed = True
                break
            except ConnectionLost:
                if has_run or attempt == ATTEMPTS:  # during the commit, which may have succeeded
                    raise
            except DBAPIError as error:
                if _state_of(error) not in RETRYABLE_STATES or attempt == ATTEMPTS:
                    raise
            finally:
                for transaction in transactions[-1:]:
                    self.report_changes(transaction, is_committed=is_committed)
        transactions[-1].run_callbacks()
        return result

    def _send_notifications(self, transaction: Transaction) -> None:
        """Send everything in one statement, the last before the commit, because notifying commits wait in turn."""
        if transaction.notifications:
            channels = [channel for channel, _ in transaction.notifications]
            payloads = [self._listener.envelope(payload) for _, payload in transaction.notifications]
            transaction.connection.exec_driver_sql(SEND, (channels, payloads))


class ConnectionLost(DatabaseUnavailable):
    """A connection of the pool was lost while it was in use; another one may work."""


@asynccontextmanager
async def _connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Yield a connection. Raises `DatabaseUnavailable` without one, `ConnectionLost` if it ends while in use."""
    try:
        connection = await engine.connect()
    except (*CONNECT_ERRORS, DBAPIError) as error:
        logger.warning("database_unavailable", reason=_first_line(error))
        raise DatabaseUnavailable from error
    try:
        yield connection
    except DBAPIError as error:
        if error.connection_invalidated or (_state_of(error) or "").startswith(SHUTTING_DOWN):
            logger.warning("database_connection_lost", reason=_first_line(error))
            raise ConnectionLost from error
        raise
    finally:
        await connection.close()


def _time_sample(connection: Connection, monotonic: Callable[[], float]) -> tuple[float, datetime, float]:
    """Return the round trip in seconds, the time of the server, and the monotonic time in the middle."""
    before = monotonic()
    moment: datetime = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    round_trip = monotonic() - before
    return round_trip, moment.astimezone(UTC), before + round_trip / 2


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _state_of(error: DBAPIError) -> str | None:
    state: str | None = getattr(error.orig, "sqlstate", None)
    return state


async def _connect(url: PostgreSQLUrl) -> asyncpg.Connection:
    return await asyncpg.connect(url.dsn, timeout=url.connect_timeout.total_seconds())


def _engine(url: PostgreSQLUrl, pool_size: PoolSize) -> AsyncEngine:
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=partial(_connect, url),
        pool_size=pool_size.kept,
        max_overflow=pool_size.overflow,
        hide_parameters=True,  # errors are logged, and parameters hold prompts and secrets
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
    )
    check_connections(engine)
    return engine
