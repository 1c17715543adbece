"""The databases that tests create on PostgreSQL."""

import asyncpg
import pytest

from tests.support.postgres import PostgresDatabases

pytestmark = pytest.mark.anyio


async def _tables(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return [row["tablename"] for row in rows]
    finally:
        await connection.close()


async def test_each_database_is_new_and_empty(postgres_databases: PostgresDatabases) -> None:
    first, second = postgres_databases.create(), postgres_databases.create()
    connection = await asyncpg.connect(first)
    await connection.execute("CREATE TABLE example (id int)")
    await connection.close()

    assert first != second
    assert await _tables(first) == ["example"]
    assert await _tables(second) == []


async def test_a_database_with_open_connections_can_be_dropped(
    postgres_databases: PostgresDatabases,
) -> None:
    url = postgres_databases.create()
    connection = await asyncpg.connect(url)

    postgres_databases.drop_all()

    with pytest.raises(asyncpg.PostgresError):
        await connection.fetch("SELECT 1")
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(url)
