"""A step: a short piece of the work on one generation, and the writes that it may make."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from database.transaction import Transaction
from generations import repository, transitions
from generations.execution.step_context import StepContext
from generations.generation import Generation
from generations.services import Services
from kit.errors import DoitongError
from kit.frozen import copy_with

Work = Callable[[Transaction, Generation], Generation]


class Superseded(Exception):
    """Another step has written to the generation since this one read it. That step continues the work."""


@dataclass
class Step:
    """A step. `current` is the generation as this step last read or wrote it."""

    services: Services
    current: Generation
    context: StepContext

    @property
    def now(self) -> datetime:
        return self.services.clock.now()

    async def update(self, work: Work) -> Generation:
        """Apply `work` to the locked row, unless the generation has ended: the first terminal state wins.

        Raises `Superseded` if another step has written to it in the meantime.
        """
        return await self._write(lambda t, locked: locked if locked.is_over else work(t, locked))

    async def update_even_if_over(self, work: Work) -> Generation:
        """Apply `work` to the locked row, even if the generation has ended. Raises `Superseded`."""
        return await self._write(work)

    async def fail(self, error: DoitongError) -> None:
        """Fail the generation and release its credits."""
        await self.update(lambda t, locked: transitions.fail(t, self.services, locked, error=error, at=self.now))

    async def reload(self) -> Generation:
        """Read the generation again."""
        self.current = await self.services.database.read(lambda connection: _load_existing(self.current.id, connection))
        return self.current

    async def _write(self, work: Work) -> Generation:
        token = self.current.fencing_token

        def apply(transaction: Transaction) -> Generation:
            row = repository.lock(transaction.connection, self.current.id)
            if row is None:
                raise LookupError(f"{self.current.id} is gone from the database")
            if row.fencing_token != token:
                raise Superseded
            locked = copy_with(row, fencing_token=token + 1)
            changed = work(transaction, locked)
            return row if changed is locked else changed

        self.current = await self.services.database.transact(apply)
        return self.current


def _load_existing(generation_id: str, connection: Connection) -> Generation:
    found = repository.load(connection, generation_id)
    if found is None:
        raise LookupError(f"{generation_id} is gone from the database")
    return found
