"""`doitong keys create`: a key, and an account for it where none is named."""

import asyncio
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from accounts.keys import Scope, create_account, create_key
from accounts.plans import PlanName
from credits.ledger import Book, issue_credits, open_book
from database.open import open_database
from database.transaction import Transaction
from kit.clock import SystemClock
from server.settings import Settings, load_settings


def run(
    *,
    name: str,
    plan: PlanName,
    credits: int,
    test: bool,
    scopes: list[Scope],
    expires: timedelta | None,
    account: str | None,
    data_dir: Path | None,
) -> int:
    """Print only the new key."""
    settings = load_settings(data_directory=data_dir)
    now = SystemClock().now()

    def create(transaction: Transaction) -> str:
        account_id = account or create_account(transaction, name=name, plan=plan, at=now)
        key = create_key(
            transaction,
            account_id,
            name=name,
            test_mode=test,
            secret=settings.secret,
            at=now,
            scopes=tuple(scopes),
            expires_at=None if expires is None else now + expires,
        )
        book = Book(account_id, test)
        open_book(transaction, book)
        if credits:
            issue_credits(transaction, book, amount=credits, at=now)
        return key

    sys.stdout.write(asyncio.run(_transact(settings, create)) + "\n")
    return 0


async def _transact(settings: Settings, work: Callable[[Transaction], str]) -> str:
    database = await open_database(settings.database_url)
    try:
        return await database.transact(work)
    finally:
        await database.close()
