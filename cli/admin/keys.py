"""`doitong keys`: create, list and revoke API keys; `create` also creates an account unless `--account` names one."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from accounts.account_state import account_plan
from accounts.api_keys import ApiKey, list_keys, revoke_key
from accounts.creation import create_account, insert_key
from accounts.plans import PlanName
from accounts.principal import Scope
from cli.admin.database import select_database, settings_of_existing_database, transact
from cli.errors import CommandError
from credits.ledger import Balance, LedgerAccount, balance_of, issue_credits, open_ledger_account
from database.transaction import Transaction


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
        raise CommandError("--plan is for a new account, and --account for an existing one: omit one of them.")
    settings = select_database(data_dir) if account is None else settings_of_existing_database(data_dir)

    def insert(transaction: Transaction, now: datetime) -> str:
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
        ledger_account = LedgerAccount(account_id, test)
        open_ledger_account(transaction, ledger_account)
        if credits:
            issue_credits(transaction, ledger_account, amount=credits, at=now)
        return key

    sys.stdout.write(asyncio.run(transact(settings, insert)) + "\n")
    return 0


def list_all(*, account: str | None, data_dir: Path | None) -> int:
    """Print a line for each key, newest first; columns are separated by two spaces."""
    settings = settings_of_existing_database(data_dir)

    def load(transaction: Transaction, now: datetime) -> list[str]:
        connection = transaction.connection
        lines = []
        for key in list_keys(connection, account):
            plan, ledger_account = (
                account_plan(connection, key.account_id),
                LedgerAccount(key.account_id, key.test_mode),
            )
            lines.append("  ".join(_columns(key, plan, balance_of(connection, ledger_account), now)))
        return lines

    for line in asyncio.run(transact(settings, load)):
        sys.stdout.write(f"{line}\n")
    return 0


def _columns(key: ApiKey, plan: PlanName, balance: Balance, now: datetime) -> Iterator[str]:
    yield from (key.id, key.account_id, plan.value, "test" if key.test_mode else "live", f"…{key.hint}")
    yield ",".join(scope.value for scope in key.scopes)
    yield _state(key, now)
    yield f"used {key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never used"
    yield f"{balance.available} credits available, {balance.held} held"
    if key.spend_cap is not None:
        yield f"{key.spent} of {key.spend_cap} credits of its cap spent"
    yield key.name


def _state(key: ApiKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at is None:
        return "valid"
    return f"{'expired' if key.expires_at <= now else 'until'} {key.expires_at:%Y-%m-%d %H:%M}"


def revoke(*, key_id: str, data_dir: Path | None) -> int:
    """Revoke a key. Running servers reject it immediately on PostgreSQL, and within five seconds on SQLite."""
    settings = settings_of_existing_database(data_dir)
    asyncio.run(transact(settings, lambda transaction, now: revoke_key(transaction, key_id, at=now)))
    sys.stdout.write(f"{key_id} is revoked.\n")
    return 0
