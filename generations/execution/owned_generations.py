"""Loads generations at the beginning of their steps, where another worker may have taken over their queue entry."""

from collections.abc import Mapping, Sequence
from functools import partial
from uuid import UUID

from sqlalchemy import Connection, text

from database.pgqueuer_schema import SETTINGS
from database.postgresql import PostgreSQL
from database.transaction import Transaction
from generations import repository
from generations.execution.steps import Superseded
from generations.generation import Generation
from kit.batching import Batcher

OWNERS = text(
    f"SELECT dedupe_key, queue_manager_id FROM {SETTINGS.queue_table} "  # noqa: S608
    "WHERE dedupe_key = ANY(CAST(:ids AS text[])) AND status = 'picked'"
)
OWNS = text(
    f"SELECT 1 FROM {SETTINGS.queue_table} "  # noqa: S608
    "WHERE dedupe_key = :generation_id AND queue_manager_id = :manager AND status = 'picked' FOR SHARE"
)

Loaded = tuple[UUID | None, Generation | None]


class OwnedGenerations:
    """Loads generations whose entry this worker has, together those whose steps begin at the same time."""

    def __init__(self, database: PostgreSQL) -> None:
        self._database = database
        self._load = Batcher(self._load_all)

    async def load(self, generation_id: str, manager_id: UUID | None) -> Generation | None:
        """Return a generation. Raises `Superseded` if this worker does not have its entry.

        Its fencing token stays: the previous worker has released the entry, and a later one would raise it.
        """
        owner, found = await self._load(generation_id)
        if owner is None or owner != manager_id:
            raise Superseded
        if found is None:  # deleted, or a row that cannot be decoded, which must not fail the steps loaded with it
            return await self._database.read(partial(repository.load, generation_id=generation_id))
        return found

    async def take_over(self, generation_id: str, manager_id: UUID | None) -> Generation | None:
        """Return a generation with a new fencing token, which refuses the writes of the previous worker.

        Raises `Superseded` if this worker does not have its entry.
        """

        def take_over(transaction: Transaction) -> Generation | None:
            parameters = {"generation_id": generation_id, "manager": manager_id}
            if transaction.connection.execute(OWNS, parameters).first() is None:
                raise Superseded
            return repository.take_over(transaction.connection, generation_id)

        return await self._database.transact(take_over)

    async def close(self) -> None:
        """Wait for what is being loaded."""
        await self._load.close()

    async def _load_all(self, generation_ids: Sequence[str]) -> Mapping[str, Loaded]:
        return await self._database.read(partial(_load_with_owners, generation_ids=generation_ids))


def _load_with_owners(connection: Connection, *, generation_ids: Sequence[str]) -> Mapping[str, Loaded]:
    """Return the owner of the entry and the generation of each id, from one snapshot of the database."""
    rows = connection.execute(OWNERS, {"ids": generation_ids})
    owners: dict[str, UUID] = {row.dedupe_key: row.queue_manager_id for row in rows}
    found = {one.id: one for one in repository.load_many(connection, generation_ids)}
    return {one: (owners.get(one), found.get(one)) for one in generation_ids}
