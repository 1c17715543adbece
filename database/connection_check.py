"""Checks a pooled connection before it is used again: without a round trip, unless it has been idle for a while."""

import time
from collections.abc import Callable
from typing import Protocol

from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import ConnectionPoolEntry

MAX_UNCHECKED_IDLE = 5.0
"""Seconds. A connection that a network device drops silently has been idle for longer."""
IDLE_SINCE = "idle_since"


class _DriverConnection(Protocol):
    def is_closed(self) -> bool: ...


class _Connection(Protocol):
    """A connection of SQLAlchemy's dialect for asyncpg."""

    @property
    def driver_connection(self) -> _DriverConnection: ...

    def ping(self) -> None: ...


def check_connections(engine: AsyncEngine, *, monotonic: Callable[[], float] = time.monotonic) -> None:
    """Replace connections that are lost when they are taken from the pool.

    A server that stops closes its connections, which asyncpg notices by itself. SQLAlchemy's `pool_pre_ping` takes
    three round trips for each transaction.
    """
    error_type = engine.dialect.loaded_dbapi.Error

    def check(connection: _Connection, entry: ConnectionPoolEntry, _: object) -> None:
        if connection.driver_connection.is_closed():
            raise DisconnectionError
        if monotonic() - entry.info.get(IDLE_SINCE, monotonic()) < MAX_UNCHECKED_IDLE:
            return
        try:
            connection.ping()
        except (error_type, DBAPIError, OSError) as error:
            raise DisconnectionError from error

    def mark_idle(_: object, entry: ConnectionPoolEntry) -> None:
        entry.info[IDLE_SINCE] = monotonic()

    event.listen(engine.sync_engine, "checkout", check)
    event.listen(engine.sync_engine, "checkin", mark_idle)
