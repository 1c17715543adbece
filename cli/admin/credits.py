"""`doitong credits grant`: more to spend."""

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
    """Add credits to one of the account's books."""
    settings = load_settings(data_directory=data_dir)
    now = SystemClock().now()

    def grant(transaction: Transaction) -> None:
        if load_account(transaction.connection, account) is None:
            raise NotFound(f"There is no account {account!r}; `doitong keys list` shows them.")
        book = Book(account, test)
        open_book(transaction, book)
        issue_credits(transaction, book, amount=amount, at=now)

    asyncio.run(transact(settings, grant))
    return 0
