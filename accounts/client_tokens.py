"""Client tokens: short-lived keys for a page or an app, revoked together with the key that issued them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select

from accounts import repository
from accounts.creation import insert_key
from accounts.principal import Principal, Scope, require_scope
from database.transaction import Transaction
from kit.errors import Forbidden, InvalidInput
from kit.tokens import new_token

CLIENT_LIVE_PREFIX = "ct_live_"
CLIENT_TEST_PREFIX = "ct_test_"
LIFETIME = timedelta(minutes=15)
MAX_LIFETIME = timedelta(hours=24)
RETENTION = timedelta(days=2)  # after expiry; every generation has settled by then
GRANTABLE = (Scope.GENERATE, Scope.READ)
NAME = "client token"


@dataclass(frozen=True, slots=True)
class ClientToken:
    """A token, shown once, and its permissions."""

    token: str
    expires_at: datetime
    scopes: tuple[Scope, ...]


def create_client_token(
    transaction: Transaction,
    principal: Principal,
    *,
    secret: bytes,
    at: datetime,
    ttl: int | None = None,
    scopes: Sequence[Scope] | None = None,
    generation_id: str | None = None,
    max_credits: int | None = None,
) -> ClientToken:
    """Create a token with a subset of the permissions of the key; `ttl` is in seconds.

    Raises `Forbidden` and `InvalidInput`. The caller has checked that the generation belongs to the account.
    """
    if principal.parent_key_id is not None:
        raise Forbidden("A client token cannot create client tokens. Use the key that issued it.")
    granted = _scopes(principal, scopes, generation_id=generation_id)
    if max_credits is not None and max_credits < 0:
        raise InvalidInput(f"`maxCredits` must be 0 or more, not {max_credits}.", field="input.maxCredits")
    expires_at = at + _lifetime(ttl)
    if principal.expires_at is not None:
        expires_at = min(expires_at, principal.expires_at)
    token = insert_key(
        transaction,
        principal.account_id,
        name=NAME,
        test_mode=principal.test_mode,
        secret=secret,
        at=at,
        scopes=granted,
        expires_at=expires_at,
        spend_cap=max_credits,
        token=new_token(CLIENT_TEST_PREFIX if principal.test_mode else CLIENT_LIVE_PREFIX),
        parent_id=principal.key_id,
        generation_id=generation_id,
    )
    return ClientToken(token, expires_at, granted)


def delete_expired(transaction: Transaction, *, at: datetime, in_use: Select[tuple[str]]) -> int:
    """Delete the tokens that expired `RETENTION` ago; return how many.

    `in_use` selects the ids of keys and tokens whose spending may still change; these are not deleted.
    """
    return repository.delete_tokens_expired_before(transaction.connection, at - RETENTION, in_use=in_use)


def _lifetime(ttl: int | None) -> timedelta:
    if ttl is None:
        return LIFETIME
    longest = int(MAX_LIFETIME.total_seconds())
    if not 1 <= ttl <= longest:
        raise InvalidInput(f"`ttl` must be between 1 and {longest} seconds, not {ttl}.", field="input.ttl")
    return timedelta(seconds=ttl)


def _scopes(principal: Principal, scopes: Sequence[Scope] | None, *, generation_id: str | None) -> tuple[Scope, ...]:
    if scopes is None:
        return _default_scopes(principal, generation_id=generation_id)
    wanted = tuple(dict.fromkeys(scopes))
    beyond = [scope for scope in wanted if scope not in GRANTABLE]
    if beyond or not wanted:
        raise InvalidInput(
            "A client token may have the scopes GENERATE and READ, at least one of them.",
            field="input.scopes",
            allowed=[scope.name for scope in GRANTABLE],
        )
    for scope in wanted:
        require_scope(principal, scope)
    return wanted


def _default_scopes(principal: Principal, *, generation_id: str | None) -> tuple[Scope, ...]:
    """Return the default scopes: READ for one generation, otherwise those of GENERATE and READ that the key has."""
    if generation_id is not None:
        require_scope(principal, Scope.READ)
        return (Scope.READ,)
    granted = tuple(scope for scope in GRANTABLE if scope in principal.scopes or Scope.ADMIN in principal.scopes)
    if not granted:
        require_scope(principal, Scope.READ)
    return granted
