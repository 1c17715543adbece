"""Issuing a client token, for the account or for one generation."""

from collections.abc import Sequence

from accounts.client_tokens import ClientToken, create_client_token
from accounts.principal import Principal, Scope
from generations.queries import get_visible
from generations.services import Services
from kit.errors import NotFound
from kit.text import truncate


async def issue_client_token(
    services: Services,
    principal: Principal,
    *,
    ttl: int | None,
    scopes: Sequence[Scope] | None,
    generation_id: str | None,
    max_credits: int | None,
) -> ClientToken:
    """Issue a client token. Raises `NotFound`, `Forbidden` and `InvalidInput`."""
    if generation_id is not None and await get_visible(services, principal, generation_id) is None:
        raise NotFound(f"There is no generation {truncate(generation_id)} of yours.")
    return await services.database.transact(
        lambda transaction: create_client_token(
            transaction,
            principal,
            secret=services.secret,
            at=services.clock.now(),
            ttl=ttl,
            scopes=scopes,
            generation_id=generation_id,
            max_credits=max_credits,
        )
    )
