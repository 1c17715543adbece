"""Migrated, empty databases: each test that uses `database` runs on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from anyio.from_thread import BlockingPortal

from database.open import open_database
from database.transaction import Database
from tests.support.postgres import PostgresDatabases


@pytest.fixture(scope="session")
def migrated_postgres(postgres_url: str, postgres_portal: BlockingPortal) -> Iterator[str]:
    """The name of a migrated PostgreSQL database, used as a template."""
    databases = PostgresDatabases(postgres_url, postgres_portal)
    url = databases.create()
    postgres_portal.call(_migrate, url)
    yield urlsplit(url).path.removeprefix("/")
    databases.drop_all()


async def _migrate(url: str) -> None:
    await (await open_database(url)).close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.db'}"
    databases: PostgresDatabases = request.getfixturevalue("postgres_databases")
    return databases.create(template=request.getfixturevalue("migrated_postgres"))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await open_database(database_url)
    yield opened
    await opened.close()
