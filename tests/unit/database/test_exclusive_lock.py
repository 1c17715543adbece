"""The lock that limits a file to one server, and the unavailability of a PostgreSQL server."""

from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from database.open import open_database
from database.transaction import Database, DatabaseInUse, DatabaseUnavailable
from tests.support.postgres import PostgresDatabases

pytestmark = pytest.mark.anyio

TERMINATE_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"


async def test_a_file_is_locked_by_one_server_at_a_time(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'test.db'}"
    first = await open_database(url)
    second = await open_database(url)
    await first.lock_exclusively()

    with pytest.raises(DatabaseInUse):
        await second.lock_exclusively()
    await first.close()
    await second.close()

    third = await open_database(url)
    await third.lock_exclusively()
    await third.close()


async def test_a_postgresql_server_is_shared(postgres_databases: PostgresDatabases) -> None:
    url = postgres_databases.create()
    first, second = await open_database(url), await open_database(url)

    await first.lock_exclusively()
    await second.lock_exclusively()

    assert first.is_shared
    await first.close()
    await second.close()


async def end_sessions(databases: PostgresDatabases, url: str, *, allow: bool = True) -> None:
    """Terminate all sessions, as a restart of PostgreSQL does, and allow or forbid new ones."""
    name = urlsplit(url).path.removeprefix("/")
    connection = await asyncpg.connect(databases.url)
    await connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {allow}')
    await connection.execute(TERMINATE_SESSIONS, name)
    await connection.close()


async def test_an_unavailable_database_is_reported_and_used_again_later(postgres_databases: PostgresDatabases) -> None:
    url = postgres_databases.create()
    database = await open_database(url)
    await end_sessions(postgres_databases, url, allow=False)

    with pytest.raises(DatabaseUnavailable):
        await database.transact(lambda t: t.connection.exec_driver_sql("SELECT 1"))
    with pytest.raises(DatabaseUnavailable):
        await database.read(lambda connection: connection.exec_driver_sql("SELECT 1"))

    await end_sessions(postgres_databases, url, allow=True)
    assert await database.read(lambda connection: connection.exec_driver_sql("SELECT 1").scalar_one()) == 1
    await database.close()


async def test_database_errors_do_not_contain_parameters(database: Database) -> None:
    statement = text("INSERT INTO balance (account_id) VALUES (:value)")

    with pytest.raises(DBAPIError) as error:
        await database.transact(lambda t: t.connection.execute(statement, {"value": "a secret"}))
    assert "a secret" not in str(error.value)
