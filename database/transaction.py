"""A transaction is one plain function, `await database.transact(work)`, so that no await stands between two writes."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, TypeVar

from sqlalchemy import Connection

from kit.errors import ServiceUnavailable
from kit.metrics import DATABASE_TRANSACTIONS

T = TypeVar("T")
MAX_PAYLOAD = 7_900  # bytes; PostgreSQL refuses notifications of 8,000, and the sender's mark is added


class DatabaseInUse(Exception):
    """Another process uses this database."""


class DatabaseUnavailable(ServiceUnavailable):
    """The database does not respond. The outcome of a write is unknown: retry with the same idempotency key."""

    def __init__(self) -> None:
        super().__init__("The database does not answer. Try again in a few seconds.")


ChangeListener = Callable[[Mapping[str, object | None]], None]
"""Called on the event loop with the changed objects by id, in the order of the commits, before the callers of the
transactions go on. None in place of an object means that it may have changed: the outcome of the commit is unknown."""


@contextmanager
def counting(kind: str) -> Iterator[None]:
    """Count a transaction: `write` or `read`."""
    result = "error"
    try:
        yield
        result = "ok"
    finally:
        DATABASE_TRANSACTIONS.add(kind, result)


@dataclass(frozen=True, slots=True)
class PoolUsage:
    """The connections of a pool: those in use, and how many there may be."""

    in_use: int
    limit: int


class Transaction:
    """The connection that `work` writes to, and callbacks to run after the commit."""

    __slots__ = ("_callbacks", "changed", "connection", "notifications")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.changed: dict[str, object] = {}
        """The objects that it changes, by id, as they are after the commit; for caches."""
        self.notifications: dict[tuple[str, str], None] = {}
        """Channel and payload of what is sent to all processes with the commit, each once."""
        self._callbacks: list[Callable[[], None]] = []

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call `callback` on the event loop after the commit, even if the caller was cancelled."""
        self._callbacks.append(callback)

    def notify(self, channel: str, payload: str) -> None:
        """Send a notification to the listeners of all processes, with the commit. Does nothing on SQLite.

        Raises `ValueError` for a payload of more than `MAX_PAYLOAD` bytes: send several.
        """
        if len(payload.encode()) > MAX_PAYLOAD:
            raise ValueError(f"A notification of {len(payload.encode())} bytes: send parts of at most {MAX_PAYLOAD}.")
        self.notifications[channel, payload] = None

    def run_callbacks(self) -> None:
        for callback in self._callbacks:
            callback()


class Database(ABC):
    """One database. `work` is synchronous and may run again when the transaction is retried."""

    is_shared: ClassVar[bool] = False
    """Whether several servers may work on it at a time; otherwise one server locks it."""

    def __init__(self) -> None:
        self.change_listeners: list[ChangeListener] = []

    def report_changes(self, transaction: Transaction, *, is_committed: bool) -> None:
        """Notify the listeners of what a transaction changed, or may have changed if its commit is uncertain."""
        if transaction.changed:
            changed = transaction.changed if is_committed else dict.fromkeys(transaction.changed)
            for listener in self.change_listeners:
                listener(changed)

    @abstractmethod
    async def transact(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` and commit; an exception in it rolls everything back.

        Once started it completes, callbacks included, even if the caller is cancelled.
        """

    @abstractmethod
    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run read-only `work` on one snapshot."""

    @abstractmethod
    def listen(
        self,
        channel: str,
        receive: Callable[[str], None],
        *,
        on_listening: Callable[[], None],
        include_own: bool = True,
    ) -> None:
        """Call `receive` on the event loop with each payload that any process sends to `channel`, until `close`.

        `on_listening` is called when listening begins and after a lost connection was re-established: notifications may
        have been missed, so that rows have to be read. Neither may block or raise. Without `include_own`, the
        notifications of this `Database` are left out. On SQLite nothing is ever received.
        """

    @property
    @abstractmethod
    def is_listening(self) -> bool:
        """Whether the notifications of other processes arrive. A silent loss is noticed within 5 seconds."""

    @property
    def is_congested(self) -> bool:
        """Whether transactions of this process wait for a connection."""
        return False

    @property
    def pool_usage(self) -> PoolUsage | None:
        """The use of the pool of connections; None on SQLite, which has none."""
        return None

    @property
    @abstractmethod
    def last_gap(self) -> timedelta:
        """How long the listening connection was lost before the last time that it was opened, at most.

        Notifications of that time were missed; what they would have reported has to be read.
        """

    @abstractmethod
    async def read_time(self, monotonic: Callable[[], float]) -> tuple[datetime, float] | None:
        """Return the time of the database server and the `monotonic` time at which it was that.

        The error is at most half of one round trip. None on SQLite, where the time is that of this machine.
        """

    async def lock_exclusively(self) -> None:  # noqa: B027
        """Lock the database for this process until it is closed, unless it is shared. Raises `DatabaseInUse`.

        The queue in memory requires it: two processes that run the same rows would submit everything twice.
        """

    @abstractmethod
    async def close(self) -> None:
        """Complete running transactions and close every connection."""
