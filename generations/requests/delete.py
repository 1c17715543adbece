"""Deletion: inputs and outputs are erased; the transfers stay in the ledger."""

from collections.abc import Sequence

from accounts.principal import Principal, Scope, reject_single_generation_token, require_scope
from database.transaction import Transaction
from generations import repository, transitions
from generations.queries import is_visible_to
from generations.services import Services
from kit.errors import InvalidInput, NotFound
from kit.ids import is_id
from kit.text import truncate
from media.file_references import release


async def delete(services: Services, principal: Principal, generation_id: str) -> None:
    """Erase an ended generation and delete the files that nothing else references.

    While the media store is down, its files are deleted later. Raises `NotFound`, and `InvalidInput` while it runs.
    """
    require_scope(principal, Scope.GENERATE)
    reject_single_generation_token(principal)

    def clear(transaction: Transaction) -> Sequence[str]:
        current = repository.lock(transaction.connection, generation_id) if is_id(generation_id) else None
        if current is None or not is_visible_to(current, principal):
            raise NotFound(f"There is no generation {truncate(generation_id)} of yours.")
        if not current.is_over:
            raise InvalidInput(
                f"{generation_id} is still {current.status}: cancel it with `cancelGeneration` first.", field="id"
            )
        now = services.clock.now()
        transitions.erase_content(transaction, current, at=now)
        return release(transaction, current.id, at=now)

    keys = await services.database.transact(clear)
    await services.library.finish_deleting(keys)
