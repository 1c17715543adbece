"""The claim that limits a database to one server, across restarts of PostgreSQL."""

import asyncio
from urllib.parse import urlsplit

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from database.claim_renewal import ClaimRenewal
from database.open import open_database
from database.transaction import AlreadyClaimed, Database, DatabaseUnavailable
from tests.support.delegating_database import DelegatingDatabase
from tests.support.manual_clock import ManualClock
from tests.support.postgres import PostgresDatabases
from tests.support.use_case_harness import TIMEOUT

pytestmark = pytest.mark.anyio

TERMINATE_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"


async def test_a_database_has_one_claim_at_a_time(database_url: str) -> None:
    first = await open_database(database_url)
    second = await open_database(database_url)
    await first.claim()

    with pytest.raises(AlreadyClaimed):
        await second.claim()
    await first.close()
    await second.close()

    third = await open_database(database_url)
    await third.claim()
    await third.close()


async def end_sessions(databases: PostgresDatabases, url: str, *, allow: bool = True) -> None:
    """Terminate all sessions, as a restart of PostgreSQL does, and allow or forbid new ones."""
    name = urlsplit(url).path.removeprefix("/")
    connection = await asyncpg.connect(databases.url)
    await connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {allow}')
    await connection.execute(TERMINATE_SESSIONS, name)
    await connection.close()


async def test_a_claim_is_renewed_after_its_session_ended(postgres_databases: PostgresDatabases) -> None:
    url = postgres_databases.create()
    first, second = await open_database(url), await open_database(url)
    await first.claim()
    await end_sessions(postgres_databases, url)

    assert await first.renew_claim()
    with pytest.raises(AlreadyClaimed):
        await second.claim()
    await first.close()
    await second.close()


async def test_a_claim_taken_by_another_server_is_lost(postgres_databases: PostgresDatabases) -> None:
    url = postgres_databases.create()
    first, second = await open_database(url), await open_database(url)
    await first.claim()
    await end_sessions(postgres_databases, url)
    await second.claim()

    with pytest.raises(AlreadyClaimed):
        await first.renew_claim()
    assert await second.renew_claim()
    await first.close()
    await second.close()


async def test_an_unavailable_database_is_reported_and_used_again_later(postgres_databases: PostgresDatabases) -> None:
    url = postgres_databases.create()
    database = await open_database(url)
    await database.claim()
    await end_sessions(postgres_databases, url, allow=False)

    assert not await database.renew_claim()
    with pytest.raises(DatabaseUnavailable):
        await database.transact(lambda t: t.connection.exec_driver_sql("SELECT 1"))
    with pytest.raises(DatabaseUnavailable):
        await database.read(lambda connection: connection.exec_driver_sql("SELECT 1"))

    await end_sessions(postgres_databases, url, allow=True)
    assert await database.renew_claim()
    assert await database.read(lambda connection: connection.exec_driver_sql("SELECT 1").scalar_one()) == 1
    await database.close()


async def test_database_errors_do_not_contain_parameters(database: Database) -> None:
    statement = text("INSERT INTO balance (account_id) VALUES (:value)")

    with pytest.raises(DBAPIError) as error:
        await database.transact(lambda t: t.connection.execute(statement, {"value": "a secret"}))
    assert "a secret" not in str(error.value)


class ClaimedDatabase(DelegatingDatabase):
    """A database whose claim another server has taken."""

    async def renew_claim(self) -> bool:
        raise AlreadyClaimed("another server")


async def test_a_lost_claim_is_noticed_within_two_seconds(database: Database) -> None:
    clock = ManualClock()
    watch = ClaimRenewal(ClaimedDatabase(database), clock)
    task = asyncio.create_task(watch.run())

    async with asyncio.timeout(TIMEOUT):
        await clock.timer_was_set.wait()
        assert not watch.lost.is_set()
        clock.move(2)
        await watch.lost.wait()
        await task
