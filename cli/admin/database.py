"""Runs one transaction on the configured database."""

from collections.abc import Callable
from typing import TypeVar

from database.open import open_database
from database.transaction import Transaction
from server.settings import Settings

T = TypeVar("T")


async def transact(settings: Settings, work: Callable[[Transaction], T]) -> T:
    """Open the database, run `work` in a transaction and close the database."""
    database = await open_database(settings.database_url)
    try:
        return await database.transact(work)
    finally:
        await database.close()
