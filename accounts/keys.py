"""Keys: made, shown once, and what each may be used for."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from accounts import repository
from accounts.plans import PlanName
from database.transaction import Transaction
from kit.errors import Forbidden, InvalidInput, NotFound
from kit.ids import new_id
from kit.text import truncate
from kit.tokens import digest, new_token
from kit.webhook_secrets import validate_or_generate_secret

LIVE_PREFIX = "sk_live_"
TEST_PREFIX = "sk_test_"
HINT_CHARACTERS = 4
LONGEST_NAME = 100  # characters


class Scope(StrEnum):
    """What a key may be used for."""

    GENERATE = "generate"
    READ = "read"
    WEBHOOKS = "webhooks"
    KEYS = "keys"
    ADMIN = "admin"


DEFAULT_SCOPES = (Scope.GENERATE, Scope.READ, Scope.WEBHOOKS)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking."""

    account_id: str
    key_id: str
    plan: PlanName
    test_mode: bool
    scopes: frozenset[Scope]
    expires_at: datetime | None = None
    parent_id: str | None = None
    """For a client token: the key that it was made with."""
    generation_id: str | None = None
    """For a client token of one generation: that one; nothing else is there."""
    capped_keys: tuple[str, ...] = ()
    """The key and its parent, as far as they have a spend cap."""

    def may_see(self, generation_id: str) -> bool:
        """Whether the generation can be one of theirs."""
        return self.generation_id in (None, generation_id)


def require_scope(principal: Principal, scope: Scope) -> None:
    """Raise `Forbidden` unless the key may be used for this."""
    if scope not in principal.scopes and Scope.ADMIN not in principal.scopes:
        raise Forbidden(f"This key has no `{scope}` scope. Use a key that has it, or make one.", scope=scope.value)


def reject_scoped_token(principal: Principal) -> None:
    """Raise `Forbidden` for a token of one generation, which may do nothing with the rest of the account."""
    if principal.generation_id is not None:
        raise Forbidden(f"This token is for {principal.generation_id} alone. Make one without `generationId`.")


def check_name(name: str) -> None:
    """Raise `InvalidInput` unless an account or key can be called so."""
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        rule = f"1 to {LONGEST_NAME} printable characters that say something"
        raise InvalidInput(f"`name` must be {rule}, not {truncate(name)}.", field="input.name")


def create_account(transaction: Transaction, *, name: str, plan: PlanName, at: datetime) -> str:
    """Make an account and return its id."""
    check_name(name)
    account_id = new_id("acc", at)
    secret = validate_or_generate_secret(None)
    row = {"id": account_id, "name": name, "plan": plan.value, "webhook_secret": secret, "created_at": at}
    repository.insert_account(transaction.connection, row)
    return account_id


def insert_key(
    transaction: Transaction,
    account_id: str,
    *,
    name: str,
    test_mode: bool,
    secret: bytes,
    at: datetime,
    scopes: tuple[Scope, ...] = DEFAULT_SCOPES,
    expires_at: datetime | None = None,
    spend_cap: int | None = None,
    token: str | None = None,
    parent_id: str | None = None,
    generation_id: str | None = None,
) -> str:
    """Make a key of an account and return it: it is shown this once and only its digest is kept."""
    if repository.load_account(transaction.connection, account_id) is None:
        raise NotFound(f"There is no account {truncate(account_id)}; `doitong keys list` shows those there are.")
    check_name(name)
    token = token or new_token(TEST_PREFIX if test_mode else LIVE_PREFIX)
    repository.insert_key(
        transaction.connection,
        {
            "id": new_id("key", at),
            "account_id": account_id,
            "name": name,
            "digest": digest(token, secret),
            "hint": token[-HINT_CHARACTERS:],
            "test_mode": test_mode,
            "scopes": [scope.value for scope in scopes],
            "created_at": at,
            "expires_at": expires_at,
            "spend_cap": spend_cap,
            "spent": 0,
            "parent_id": parent_id,
            "generation_id": generation_id,
        },
    )
    return token


def is_known(connection: Connection, token: str, secret: bytes) -> bool:
    """Whether the key was made before, revoked or not."""
    return repository.find_key(connection, digest(token, secret)) is not None
