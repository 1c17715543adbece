"""API keys: issuing, listing and revoking."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping

from accounts import repository
from accounts.creation import insert_key
from accounts.principal import DEFAULT_SCOPES, PRINCIPAL_CHANGED, Principal, Scope, require_scope
from database.transaction import Transaction
from kit.errors import Forbidden, InvalidInput, NotFound, Unauthenticated
from kit.ids import is_id
from kit.pagination import Page, PageRequest, page_of
from kit.text import truncate
from kit.timestamps import format_timestamp
from kit.tokens import digest

MAX_CAP = 1_000_000_000  # credits


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as shown to its owner: only the last characters of the token."""

    id: str
    account_id: str
    name: str
    hint: str
    test_mode: bool
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    spend_cap: int | None
    spent: int | None
    """The credits counted towards the cap; None without a cap."""


def list_keys(connection: Connection, account_id: str | None) -> list[ApiKey]:
    """Return the keys of an account, or of all, newest first."""
    return [_api_key(row) for row in repository.list_keys(connection, account_id)]


def page_of_keys(connection: Connection, principal: Principal, page: PageRequest) -> Page[ApiKey]:
    """Return a page of the keys that this key may see: a test key sees test keys. Raises `Forbidden`."""
    require_scope(principal, Scope.KEYS)
    rows = repository.page_of_keys(connection, principal.account_id, test_mode=_visible_mode(principal), page=page)
    return page_of([_api_key(row) for row in rows], page)


def issue_key(
    transaction: Transaction,
    principal: Principal,
    *,
    name: str,
    test_mode: bool,
    secret: bytes,
    at: datetime,
    scopes: Sequence[Scope] | None = None,
    expires_at: datetime | None = None,
    spend_cap: int | None = None,
) -> tuple[ApiKey, str]:
    """Issue a key with at most the permissions of this one; return it with its token, which is shown once.

    Raises `Forbidden`, `InvalidInput` and `Unauthenticated`.
    """
    require_scope(principal, Scope.KEYS)
    _require_unrevoked(transaction, principal)
    if principal.keys_with_spend_cap:
        raise Forbidden("A key with a spend cap cannot create keys, which would not count towards the cap.")
    if principal.test_mode and not test_mode:
        raise Forbidden("A test key can create test keys only. Send `testMode: true`, or use a live key.")
    granted = _granted(principal, scopes)
    if principal.expires_at is not None:
        expires_at = min(expires_at or principal.expires_at, principal.expires_at)
    _check_bounds(expires_at, spend_cap, at=at)
    token = insert_key(
        transaction,
        principal.account_id,
        name=name,
        test_mode=test_mode,
        secret=secret,
        at=at,
        scopes=granted,
        expires_at=expires_at,
        spend_cap=spend_cap,
    )
    row = repository.load_api_key(transaction.connection, digest(token, secret))
    return _api_key(row), token


def revoke_own_key(transaction: Transaction, principal: Principal, key_id: str, *, at: datetime) -> None:
    """Revoke a key that this key may see. Raises `Forbidden` and `NotFound`."""
    require_scope(principal, Scope.KEYS)
    revoke_key(transaction, key_id, at=at, account_id=principal.account_id, test_mode=_visible_mode(principal))


def revoke_key(
    transaction: Transaction,
    key_id: str,
    *,
    at: datetime,
    account_id: str | None = None,
    test_mode: bool | None = None,
) -> None:
    """Revoke a key. Idempotent. Raises `NotFound`."""
    if not is_id(key_id) or not repository.revoke_key(
        transaction.connection, key_id, account_id=account_id, test_mode=test_mode, at=at
    ):
        way_out = "`doitong keys list` shows those there are, as does `account { keys }`"
        raise NotFound(f"There is no key {truncate(key_id)}: {way_out}.")
    transaction.notify(PRINCIPAL_CHANGED, key_id)


def _require_unrevoked(transaction: Transaction, principal: Principal) -> None:
    """Raise `Unauthenticated` for a revoked key, which the authenticator may still have in its cache."""
    own = repository.lock_key(transaction.connection, principal.key_id)
    if own is None or own["revoked_at"] is not None:
        raise Unauthenticated("The key is unknown or was revoked.")


def _visible_mode(principal: Principal) -> bool | None:
    """Return the mode of the keys that this key may see; None for both."""
    return True if principal.test_mode else None


def _granted(principal: Principal, scopes: Sequence[Scope] | None) -> tuple[Scope, ...]:
    if scopes is None:
        return tuple(scope for scope in DEFAULT_SCOPES if {scope, Scope.ADMIN} & principal.scopes)
    if not scopes:
        raise InvalidInput("`scopes` is empty: name at least one, or leave it out.", field="input.scopes")
    wanted = tuple(dict.fromkeys(scopes))
    for scope in wanted:
        require_scope(principal, scope)
    return wanted


def _check_bounds(expires_at: datetime | None, spend_cap: int | None, *, at: datetime) -> None:
    if expires_at is not None and expires_at <= at:
        raise InvalidInput(
            f"`expiresAt` must be in the future; it is {format_timestamp(expires_at)}.", field="input.expiresAt"
        )
    if spend_cap is not None and not 0 <= spend_cap <= MAX_CAP:
        raise InvalidInput(f"`spendCap` must be 0 to {MAX_CAP:,}, not {spend_cap}.", field="input.spendCap")


def _api_key(row: RowMapping) -> ApiKey:
    return ApiKey(
        id=row["id"],
        account_id=row["account_id"],
        name=row["name"],
        hint=row["hint"],
        test_mode=row["test_mode"],
        scopes=tuple(Scope(scope) for scope in row["scopes"]),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
        last_used_at=row["last_used_at"],
        spend_cap=row["spend_cap"],
        spent=None if row["spend_cap"] is None else row["spent"],
    )
