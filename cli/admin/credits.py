"""`doitong credits grant`."""

import asyncio
import sys
from datetime import datetime
from pathlib import Path

from accounts.repository import load_account
from cli.admin.database import settings_of_existing_database, transact
from credits.ledger import Balance, LedgerAccount, balance_of, issue_credits, open_ledger_account
from database.transaction import Transaction
from kit.errors import NotFound


def run(*, account: str, amount: int, test: bool, data_dir: Path | None) -> int:
    """Add credits to the account's live or test balance."""
    settings = settings_of_existing_database(data_dir)

    def grant(transaction: Transaction, now: datetime) -> Balance:
        if load_account(transaction.connection, account) is None:
            raise NotFound(f"Account {account!r} does not exist; `doitong keys list` shows account ids.")
        ledger_account = LedgerAccount(account, test)
        open_ledger_account(transaction, ledger_account)
        issue_credits(transaction, ledger_account, amount=amount, at=now)
        return balance_of(transaction.connection, ledger_account)

    balance = asyncio.run(transact(settings, grant))
    mode = "test" if test else "live"
    sys.stdout.write(
        f"Granted {amount} {mode} credits to {account}: {balance.available} available, {balance.held} held.\n"
    )
    return 0
