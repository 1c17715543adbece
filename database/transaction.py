"""A transaction as one plain function: `await database.transact(work)`, where no await stands between two writes."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from kit.errors import ProviderUnavailable

T = TypeVar("T")


class AlreadyClaimed(Exception):
    """Another process works on this database."""


class DatabaseUnavailable(ProviderUnavailable):
    """The database does not answer. What was to be written may have been: with an idempotency key, ask again."""

    def __init__(self) -> None:
        super().__init__("The database does not answer. Try again in a few seconds.")


class Transaction:
    """The connection that `work` writes on, and what is to happen once its writes are committed."""

    __slots__ = ("_callbacks", "connection")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._callbacks: list[Callable[[], None]] = []

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call `callback` on the event loop once the commit has succeeded, whatever became of the caller by then."""
        self._callbacks.append(callback)

    def committed(self) -> None:
        for callback in self._callbacks:
            callback()


class Database(ABC):
    """One database. `work` is synchronous and may be run again when the transaction has to be repeated."""

    @abstractmethod
    async def transact(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` and commit; an error in it undoes all it wrote.

        Once begun it is carried through, with what it put off until the commit, even if the caller is cancelled.
        """

    @abstractmethod
    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work`, which only reads, all of it as it was at one moment."""

    @abstractmethod
    async def claim(self) -> None:
        """Be the only worker on this database until it is closed. Raises `AlreadyClaimed`.

        The embedded queue needs it: two processes that resume the same rows would buy everything twice.
        """

    @abstractmethod
    async def renew_claim(self) -> bool:
        """Claim again where the claim was lost, as with a restart of the database's server.

        False while the database does not answer. Raises `AlreadyClaimed` when another has it now.
        """

    @abstractmethod
    async def close(self) -> None:
        """Finish what was begun and close every connection."""
