"""SQLite with one writer thread, which commits waiting transactions in groups, and one reader thread."""

import asyncio
import fcntl
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any, TypeVar, cast

import orjson
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

from database.transaction import Database, DatabaseInUse, DatabaseUnavailable, Transaction, counting
from kit.disk_space import OutOfSpace
from kit.logs import get_logger

T = TypeVar("T")
Q = TypeVar("Q", bound="_Read")
logger = get_logger(__name__)
MAX_BATCH = 64  # transactions per commit, and reads per snapshot
OWNER_ONLY = 0o600
PRIMARY_CODE = 0xFF  # the mask of the primary result code in an extended one
UNUSABLE = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY})
BUSY_TIMEOUT = 5_000  # milliseconds to wait for another process that locks the file
PRAGMAS = (
    "pragma journal_mode = wal",
    "pragma synchronous = full",
    "pragma foreign_keys = on",
    f"pragma busy_timeout = {BUSY_TIMEOUT}",
)


class _Read:
    """Queued read-only work and the future of its caller."""

    __slots__ = ("error", "future", "result", "work")

    def __init__(self, work: Callable[[Any], Any], future: asyncio.Future[Any]) -> None:
        self.work, self.future = work, future
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self, argument: Connection | Transaction) -> None:
        try:
            self.result = self.work(argument)
        except BaseException as error:  # noqa: BLE001  it belongs to the caller, not to this thread
            self.error = _converted(error)

    def resolve(self) -> None:
        """Report the result to the caller, on the event loop."""
        if self.future.cancelled():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class _Write(_Read):
    """A queued transaction and the future of its caller."""

    __slots__ = ("transaction",)

    def __init__(self, work: Callable[[Transaction], Any], future: asyncio.Future[Any]) -> None:
        super().__init__(work, future)
        self.transaction: Transaction | None = None


class SQLite(Database):
    """One SQLite file, used by one process."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._lock_file: IO[str] | None = None
        with suppress(OSError):  # SQLite reports the error better, and copies the mode of this file to its other files
            path.touch(mode=OWNER_ONLY)
        self._writing = _engine(path)
        self._reading = _engine(path)
        self._reads: queue.SimpleQueue[_Read | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, name="sqlite-read", daemon=True)
        self._reader.start()
        self._writes: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write, name="sqlite-write", daemon=True)
        self._writer.start()

    def run_sync(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in its own transaction on the calling thread; for migrations at start."""
        with _transaction(self._writing, "BEGIN IMMEDIATE") as connection:
            return work(connection)

    async def transact(self, work: Callable[[Transaction], T]) -> T:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._writes.put(_Write(work, future))
        with counting("write"):
            return await future

    async def read(self, work: Callable[[Connection], T]) -> T:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._reads.put(_Read(work, future))
        with counting("read"):
            return await future

    def listen(
        self,
        channel: str,
        receive: Callable[[str], None],
        *,
        on_listening: Callable[[], None],
        include_own: bool = True,
    ) -> None:
        """Do nothing: no other process writes."""

    @property
    def is_listening(self) -> bool:
        return True  # there is nothing to miss

    @property
    def last_gap(self) -> timedelta:
        return timedelta(0)

    async def read_time(self, monotonic: Callable[[], float]) -> tuple[datetime, float] | None:
        return None

    async def lock_exclusively(self) -> None:
        lock = self._path.with_name(f"{self._path.name}.lock")
        lock.touch(mode=OWNER_ONLY)
        self._lock_file = lock.open("w")
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise DatabaseInUse(
                f"Another server works on {self._path}. Stop it, or give this one a data directory of its own."
            ) from None

    async def close(self) -> None:
        self._writes.put(None)
        self._reads.put(None)
        await asyncio.to_thread(self._writer.join)
        await asyncio.to_thread(self._reader.join)
        if self._lock_file is not None:
            self._lock_file.close()
        self._writing.dispose()
        self._reading.dispose()

    def _read(self) -> None:
        for batch in _batches(self._reads):
            self._read_together(batch)
            _call_on_loop_of(batch, _resolve)

    def _read_together(self, batch: list[_Read]) -> None:
        """Run reads on one snapshot."""
        try:
            with _transaction(self._reading, "BEGIN") as connection:
                for read in batch:
                    read.run(connection)
        except BaseException as error:  # noqa: BLE001  it belongs to the callers, not to this thread
            for read in batch:
                read.error = read.error or _converted(error)

    def _write(self) -> None:
        for batch in _batches(self._writes):
            self._commit(batch)
            _call_on_loop_of(batch, self._resolve_all)

    def _commit(self, batch: list[_Write]) -> None:
        try:
            with _transaction(self._writing, "BEGIN IMMEDIATE") as connection:
                driver = cast(sqlite3.Connection, connection.connection.driver_connection)
                for write in batch:
                    _run_in_savepoint(write, connection, driver)
        except BaseException as error:  # noqa: BLE001  the commit failed: it belongs to the callers, not to this thread
            # After a full disk, the rollback to the savepoint fails as well: the first error is the reason.
            reason = next((write.error for write in batch if isinstance(write.error, OutOfSpace)), _converted(error))
            for write in batch:
                write.error = write.error or reason

    def _resolve_all(self, batch: list[_Write]) -> None:
        for write in batch:
            if write.transaction is not None:
                self.report_changes(write.transaction, is_committed=write.error is None)
        for write in batch:
            if write.error is None and write.transaction is not None:
                write.transaction.run_callbacks()
        _resolve(batch)


def _batches(queued: queue.SimpleQueue[Q | None]) -> Iterator[list[Q]]:
    """Yield what is queued, as soon as anything is and up to `MAX_BATCH` at a time, until None follows."""
    while (first := queued.get()) is not None:
        batch = [first]
        while len(batch) < MAX_BATCH and not queued.empty():
            following = queued.get()
            if following is None:
                yield batch
                return
            batch.append(following)
        yield batch


def _call_on_loop_of(batch: list[Q], resolve: Callable[[list[Q]], None]) -> None:
    loop = batch[0].future.get_loop()
    if not loop.is_closed():
        loop.call_soon_threadsafe(resolve, batch)


def _resolve(batch: Sequence[_Read]) -> None:
    for one in batch:
        one.resolve()


def _run_in_savepoint(write: _Write, connection: Connection, driver: sqlite3.Connection) -> None:
    """Run one transaction of the batch inside a savepoint, so that its error rolls back it alone.

    The statements for the savepoint go to the driver: through SQLAlchemy they took a tenth of the writer's time.
    """
    driver.execute("SAVEPOINT work")
    write.transaction = Transaction(connection)
    write.run(write.transaction)
    if write.error is not None:
        driver.execute("ROLLBACK TO work")
    driver.execute("RELEASE work")


def _converted(error: BaseException) -> BaseException:
    """Return `OutOfSpace` or `DatabaseUnavailable` in place of SQLite's error for a full disk or an unusable file."""
    cause = getattr(error, "orig", error)
    if not isinstance(cause, sqlite3.OperationalError):
        return error
    code = cause.sqlite_errorcode & PRIMARY_CODE
    if code == sqlite3.SQLITE_FULL:
        return OutOfSpace(str(cause))
    if code in UNUSABLE:
        logger.warning("database_unavailable", reason=str(cause))
        return DatabaseUnavailable()
    return error


@contextmanager
def _transaction(engine: Engine, begin: str) -> Iterator[Connection]:
    """Run the block in a transaction that begins with the statement `begin`.

    A listener for SQLAlchemy's event would make every statement of the engine look for listeners.
    """
    with engine.begin() as connection:
        connection.exec_driver_sql(begin)
        yield connection


def _engine(path: Path) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),  # not as text, in which `%` and `?` have a meaning
        poolclass=StaticPool,
        hide_parameters=True,  # errors are logged, and parameters hold prompts and secrets
        connect_args={"check_same_thread": False},
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver must not begin transactions itself
        for pragma in PRAGMAS:
            connection.execute(pragma)

    return engine
