"""Cancellation: the credits are released immediately, before the upstream confirms."""

from accounts.principal import Principal, Scope, require_scope
from database.transaction import Transaction
from generations import repository, transitions
from generations.generation import Generation
from generations.queries import is_visible_to
from generations.services import Services
from kit.errors import NotFound
from kit.ids import is_id
from kit.text import truncate


async def cancel(services: Services, principal: Principal, generation_id: str) -> Generation:
    """Cancel a generation, unless it has ended, and return it. Raises `NotFound`."""
    require_scope(principal, Scope.GENERATE)

    def end(transaction: Transaction) -> Generation:
        current = repository.lock(transaction.connection, generation_id) if is_id(generation_id) else None
        if current is None or not is_visible_to(current, principal):
            raise NotFound(f"There is no generation {truncate(generation_id)} of yours.")
        if current.is_over:
            return current
        services.queue.wake_after(transaction, generation_id)
        return transitions.cancel(transaction, services, current, at=services.clock.now())

    return await services.database.transact(end)
