"""Looking after keys: which there are, and taking them back."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from accounts import repository
from accounts.keys import Scope
from database.transaction import Transaction
from kit.errors import NotFound
from kit.ids import is_id


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as its owner may see it: never the key itself, only its last characters."""

    id: str
    account_id: str
    name: str
    hint: str
    test_mode: bool
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


def list_keys(connection: Connection, account_id: str | None) -> list[ApiKey]:
    """The keys of an account, or of all, newest first."""
    return [
        ApiKey(
            id=row["id"],
            account_id=row["account_id"],
            name=row["name"],
            hint=row["hint"],
            test_mode=row["test_mode"],
            scopes=tuple(Scope(scope) for scope in row["scopes"]),
            created_at=row["created_at"],
            expires_at=row["expires_at"],
            revoked_at=row["revoked_at"],
        )
        for row in repository.list_keys(connection, account_id)
    ]


def revoke_key(transaction: Transaction, key_id: str, *, at: datetime, account_id: str | None = None) -> None:
    """Take a key back for good; again is the same. Raises `NotFound` where the account has no such key."""
    if not is_id(key_id) or not repository.revoke_key(transaction.connection, key_id, account_id=account_id, at=at):
        raise NotFound(f"There is no key {key_id!r}.")
