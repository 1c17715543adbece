"""PostgreSQL over asyncpg: the same plain functions, run on the driver's own loop."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import orjson
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from database.transaction import Database, Transaction

T = TypeVar("T")
POOL_SIZE = 10  # connections kept open
OVERFLOW = 10  # connections opened for a burst


class PostgreSQL(Database):
    """A server that any number of processes share."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
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
        async with self._engine.connect() as connection:
            return await connection.run_sync(work)

    async def close(self) -> None:
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._engine.dispose()

    def _finish(self, task: asyncio.Task[T]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # seen, even when the caller has gone

    async def _transact(self, work: Callable[[Transaction], T]) -> T:
        def run(connection: Connection) -> tuple[Transaction, T]:
            transaction = Transaction(connection)
            return transaction, work(transaction)

        async with self._engine.begin() as connection:
            transaction, answer = await connection.run_sync(run)
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
