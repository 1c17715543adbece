"""The same bytes, stored by several generations at the same time on PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from database.open import open_database
from database.transaction import Database, Transaction
from kit.clock import SystemClock
from media.disk import DiskStore
from media.file_references import files_in_use, retain
from media.pinned_store import PinnedStore
from tests.support.postgres import PostgresDatabases

pytestmark = pytest.mark.anyio

TIMEOUT = 10  # seconds
DAY = timedelta(days=1)
PINS = "SELECT count(*) FROM media_use WHERE holder LIKE 'pin%'"


@pytest.fixture
def url(postgres_databases: PostgresDatabases, migrated_postgres: str) -> str:
    return postgres_databases.create(template=migrated_postgres)


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    opened = await open_database(url)
    yield opened
    await opened.close()


async def test_a_generation_does_not_wait_for_another_one_with_the_same_output(
    database: Database, url: str, tmp_path: Path
) -> None:
    clock = SystemClock()
    store = PinnedStore(DiskStore(tmp_path / "store"), database, clock)
    reached, lock = asyncio.Event(), await asyncpg.connect(url)
    loop = asyncio.get_running_loop()

    async def put() -> str:
        path = tmp_path / "source"
        path.write_bytes(b"abc")
        return (await store.put(path, "image/png")).key

    def retain_for(transaction: Transaction, key: str, holder: str) -> None:
        now = clock.now()
        retain(transaction, [key], holder=holder, expires_at=now + DAY, at=now)

    def retain_slowly(transaction: Transaction) -> None:
        retain_for(transaction, key, "gen_a")
        loop.call_soon(reached.set)
        transaction.connection.exec_driver_sql("SELECT pg_advisory_xact_lock(1)").all()

    key = await put()
    await lock.execute("SELECT pg_advisory_lock(1)")
    slow = asyncio.create_task(database.transact(retain_slowly))
    try:
        async with asyncio.timeout(TIMEOUT):
            await reached.wait()
            await put()
            await database.transact(lambda transaction: retain_for(transaction, key, "gen_b"))
    finally:
        await lock.close()
        await slow

    assert await database.read(lambda connection: connection.exec_driver_sql(PINS).scalar_one()) == 0
    assert await database.transact(lambda transaction: files_in_use(transaction, clock.now())) == [key]
