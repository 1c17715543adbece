"""Opens the database of the settings, and checks that it has the tables of every package."""

from sqlmodel import SQLModel

import database.schedules
import database.shared_values  # noqa: F401
import webhooks.tables  # noqa: F401
from database.open import open_database
from database.transaction import Database
from server.settings import Settings

METADATA = SQLModel.metadata
"""The tables of these packages; importing them registers their tables."""


async def open_configured_database(settings: Settings) -> Database:
    """Open and migrate the database. Raises `UnusableDatabase`."""
    return await open_database(settings.database_url, metadata=METADATA, pool_size=settings.pool_size)
