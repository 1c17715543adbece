"""Creation of accounts and API keys."""

from datetime import datetime

from sqlalchemy import Connection

from accounts import repository
from accounts.plans import PlanName
from accounts.principal import DEFAULT_SCOPES, LIVE_PREFIX, TEST_PREFIX, Scope
from database.transaction import Transaction
from kit.errors import InvalidInput, NotFound
from kit.ids import new_id
from kit.text import truncate
from kit.tokens import digest, new_token
from kit.webhook_secrets import validate_or_generate_secret

HINT_CHARACTERS = 4
MAX_NAME = 100  # characters


def check_name(name: str) -> None:
    """Raise `InvalidInput` unless the name is valid for an account or key."""
    if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        rule = f"1 to {MAX_NAME} printable characters, not only blanks"
        raise InvalidInput(f"`name` must be {rule}, not {truncate(name)}.", field="input.name")


def create_account(transaction: Transaction, *, name: str, plan: PlanName, at: datetime) -> str:
    """Create an account and return its id."""
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
    """Create a key and return its token, of which only the digest is stored."""
    if repository.load_account(transaction.connection, account_id) is None:
        raise NotFound(f"There is no account {truncate(account_id)}; `doitong keys list` shows those there are.")
    check_name(name)
    token = token or new_token(TEST_PREFIX if test_mode else LIVE_PREFIX)
    repository.insert_api_key(
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
    """Whether the key exists, revoked or not."""
    return repository.find_api_key(connection, digest(token, secret)) is not None
