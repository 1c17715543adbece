"""`doitong credits grant`."""

import asyncio
from pathlib import Path

from accounts.repository import load_account
from cli.admin.database import transact
from credits.ledger import Book, issue_credits, open_book
from database.transaction import Transaction
from kit.clock import SystemClock
from kit.errors import NotFound
from server.settings import load_settings


def run(*, account: str, amount: int, test: bool, data_dir: Path | None) -> int:
    """Add credits to the account's live or test balance."""
    settings = load_settings(data_directory=data_dir)
    now = SystemClock().now()

    def grant(transaction: Transaction) -> None:
        if load_account(transaction.connection, account) is None:
            raise NotFound(f"Account {account!r} does not exist; `doitong keys list` shows account ids.")
        book = Book(account, test)
        open_book(transaction, book)
        issue_credits(transaction, book, amount=amount, at=now)

    asyncio.run(transact(settings, grant))
    return 0
