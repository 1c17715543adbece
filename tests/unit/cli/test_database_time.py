"""The administration commands take the time of the database server."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from cli.admin.database import transact
from server.settings import load_settings
from tests.support.postgres import PostgresDatabases

pytestmark = pytest.mark.anyio

AHEAD = timedelta(minutes=10)
SHIFT = (
    "CREATE SCHEMA shifted",
    "CREATE FUNCTION shifted.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS "
    "$$ SELECT pg_catalog.clock_timestamp() + interval '10 minutes' $$",
    "ALTER DATABASE {name} SET search_path = shifted, pg_catalog, public",
)
"""Makes a database whose time is ahead of that of this machine."""


@pytest.fixture
async def shifted_database(postgres_databases: PostgresDatabases, migrated_postgres: str) -> str:
    url = postgres_databases.create(template=migrated_postgres)
    connection = await asyncpg.connect(url)
    for statement in SHIFT:
        await connection.execute(statement.format(name=urlsplit(url).path.removeprefix("/")))
    await connection.close()
    return url


async def test_a_command_on_a_machine_with_a_wrong_clock_has_the_time_of_the_database(
    shifted_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOITONG_DATABASE_URL", shifted_database)
    settings = load_settings(data_directory=tmp_path / "data")

    now = await transact(settings, lambda _, now: now)

    assert abs(now - datetime.now(UTC) - AHEAD) < AHEAD / 2
