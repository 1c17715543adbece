"""PostgreSQL over asyncpg: the same plain functions, run on the driver's own loop."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import orjson
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from database.transaction import AlreadyClaimed, Database, Transaction

T = TypeVar("T")
ATTEMPTS = 5
REPEATABLE = frozenset({"40001", "40P01"})  # serialization failure and deadlock: all was undone, and may go well again
POOL_SIZE = 10  # connections kept open
OVERFLOW = 10  # connections opened for a burst
CLAIM = 7_046_517_004  # any number, the same in every process
CLAIM_PATIENCE = 2_000  # milliseconds; the session of a server that was killed takes a moment to end


class PostgreSQL(Database):
    """A server that any number of processes share."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        self._snapshots = self._engine.execution_options(isolation_level="REPEATABLE READ")
        self._claim: AsyncConnection | None = None
        self._running: set[asyncio.Task[object]] = set()

    async def run_sync(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction of its own: for migrations."""
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)

    async def transact(self, work: Callable[[Transaction], T]) -> T:
        task = asyncio.get_running_loop().create_task(self._transact(work))
        self._running.add(task)
        task.add_done_callback(self._finish)
        return await asyncio.shield(task)

    async def read(self, work: Callable[[Connection], T]) -> T:
        async with self._snapshots.connect() as connection:
            return await connection.run_sync(work)

    async def claim(self) -> None:
        connection = await self._engine.connect()
        self._claim = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await self._claim.exec_driver_sql(f"SET lock_timeout = {CLAIM_PATIENCE}")
        try:
            await self._claim.exec_driver_sql(f"SELECT pg_advisory_lock({CLAIM})")
        except DBAPIError as error:
            raise AlreadyClaimed(
                "Another server works on this database. Stop it, or give this one a database of its own."
            ) from error

    async def close(self) -> None:
        await asyncio.gather(*self._running, return_exceptions=True)
        if self._claim is not None:
            await self._claim.invalidate()  # the session ends, and the lock with it
            await self._claim.close()
        await self._engine.dispose()

    def _finish(self, task: asyncio.Task[T]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # seen, even when the caller has gone

    async def _transact(self, work: Callable[[Transaction], T]) -> T:
        def run(connection: Connection) -> tuple[Transaction, T]:
            transaction = Transaction(connection)
            return transaction, work(transaction)

        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self._engine.begin() as connection:
                    transaction, answer = await connection.run_sync(run)
                break
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in REPEATABLE or attempt == ATTEMPTS:
                    raise
        transaction.committed()
        return answer


def _engine(url: str) -> AsyncEngine:
    return create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"),
        pool_size=POOL_SIZE,
        max_overflow=OVERFLOW,
        pool_pre_ping=True,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
    )
