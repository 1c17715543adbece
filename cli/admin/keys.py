"""`doitong keys`: create, list and revoke API keys; `create` also creates an account unless `--account` names one."""

import asyncio
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from accounts.api_keys import ApiKey, list_keys, revoke_key
from accounts.keys import Scope, create_account, insert_key
from accounts.plans import PlanName
from cli.admin.database import transact
from cli.errors import CommandError
from credits.ledger import Book, issue_credits, open_book
from database.transaction import Transaction
from kit.clock import SystemClock
from server.settings import load_settings


def run(*, action: str, **options: Any) -> int:
    """Run the action and return the exit status."""
    actions: dict[str, Callable[..., int]] = {"create": create, "list": list_all, "revoke": revoke}
    return actions[action](**options)


def create(
    *,
    name: str,
    plan: PlanName | None,
    credits: int,
    test: bool,
    scopes: list[Scope],
    expires: timedelta | None,
    spend_cap: int | None,
    account: str | None,
    data_dir: Path | None,
) -> int:
    """Create a key and print it, without other output."""
    if account is not None and plan is not None:
        raise CommandError("--plan applies to a new account, and --account names an existing one: leave one out.")
    settings = load_settings(data_directory=data_dir)
    now = SystemClock().now()

    def insert(transaction: Transaction) -> str:
        account_id = account or create_account(transaction, name=name, plan=plan or PlanName.FREE, at=now)
        key = insert_key(
            transaction,
            account_id,
            name=name,
            test_mode=test,
            secret=settings.secret,
            at=now,
            scopes=tuple(scopes),
            expires_at=None if expires is None else now + expires,
            spend_cap=spend_cap,
        )
        book = Book(account_id, test)
        open_book(transaction, book)
        if credits:
            issue_credits(transaction, book, amount=credits, at=now)
        return key

    sys.stdout.write(asyncio.run(transact(settings, insert)) + "\n")
    return 0


def list_all(*, account: str | None, data_dir: Path | None) -> int:
    """Print a line for each key: ids, mode, hint, state, last use, spend against the cap and name."""
    settings = load_settings(data_directory=data_dir)
    now = SystemClock().now()
    keys = asyncio.run(transact(settings, lambda transaction: list_keys(transaction.connection, account)))
    for key in keys:
        mode = "test" if key.test_mode else "live"
        state = _state(key, now)
        used = f"used {key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never used"
        cap = "" if key.spend_cap is None else f"{key.spent} of {key.spend_cap} credits  "
        sys.stdout.write(f"{key.id}  {key.account_id}  {mode}  …{key.hint}  {state}  {used}  {cap}{key.name}\n")
    return 0


def _state(key: ApiKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at is None:
        return "valid"
    return f"{'expired' if key.expires_at <= now else 'until'} {key.expires_at:%Y-%m-%d %H:%M}"


def revoke(*, key_id: str, data_dir: Path | None) -> int:
    """Revoke a key. A running server notices within five seconds."""
    settings = load_settings(data_directory=data_dir)
    now = SystemClock().now()
    asyncio.run(transact(settings, lambda transaction: revoke_key(transaction, key_id, at=now)))
    return 0
