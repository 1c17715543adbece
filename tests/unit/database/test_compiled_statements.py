"""Statements that are compiled once return and store what SQLAlchemy does."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Column, Integer, MetaData, String, Table, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from database.compiled_statement import CompiledStatement, Row
from database.open import open_database
from database.pool_size import PoolSize
from database.postgresql import PostgreSQL
from database.transaction import Database, Transaction
from database.types import Moment

pytestmark = pytest.mark.anyio

TABLE = Table(
    "thing",
    MetaData(),
    Column("id", String, primary_key=True),
    Column("size", Integer),
    Column("is_new", Boolean),
    Column("stored_as", JSON(none_as_null=True), key="details"),
    Column("made_at", Moment()),
)
BY_ID = TABLE.c.id == bindparam("this_id")
INSERT = CompiledStatement(insert(TABLE))
LOAD = CompiledStatement(select(TABLE).where(BY_ID).with_for_update())
LOAD_ANY = CompiledStatement(select(TABLE).where(BY_ID))
LARGER = CompiledStatement(select(TABLE).where(TABLE.c.size > bindparam("least")).order_by(TABLE.c.size))
SAVE = CompiledStatement(update(TABLE).where(BY_ID))
GROW = CompiledStatement(update(TABLE).where(BY_ID).values(size=TABLE.c.size + 1).returning(TABLE.c.size))
CANCELLED_AFTER = 40  # turns of the event loop, more than a read takes
VIENNA = timezone(timedelta(hours=2))
ROWS: tuple[dict[str, Any], ...] = (
    {
        "id": "a",
        "size": 1,
        "is_new": True,
        "details": {"ä": [1, None]},
        "made_at": datetime(2026, 5, 1, 12, tzinfo=UTC),
    },
    {"id": "b", "size": 2, "is_new": False, "details": None, "made_at": None},
    {"id": "c", "size": None, "is_new": None, "details": [], "made_at": datetime(2026, 5, 1, 14, tzinfo=VIENNA)},
)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await open_database(database_url)
    await opened.transact(lambda t: TABLE.create(t.connection))
    yield opened
    await opened.close()


def by_key(row: Row) -> dict[str, Any]:
    return {key: row[key] for key in TABLE.c.keys()}  # noqa: SIM118  iterating over the columns yields no keys


async def insert_all(database: Database) -> None:
    await database.transact(lambda t: [INSERT.run(t.connection, row) for row in ROWS])


async def test_rows_are_read_as_sqlalchemy_reads_them(database: Database) -> None:
    await insert_all(database)

    def read(connection: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        own = [by_key(LOAD.one(connection, {"this_id": row["id"]})) for row in ROWS]
        return own, [by_key(row) for row in connection.execute(select(TABLE).order_by(TABLE.c.id)).mappings()]

    own, others = await database.transact(lambda t: read(t.connection))

    assert own == others == [dict(row) for row in ROWS]


async def test_the_columns_of_an_update_follow_from_its_parameters(database: Database) -> None:
    await insert_all(database)

    def write(transaction: Transaction) -> tuple[int, int, Any]:
        changed = SAVE.run(transaction.connection, {"this_id": "b", "details": {"x": 1}})
        missing = SAVE.run(transaction.connection, {"this_id": "z", "size": 9, "is_new": True})
        return changed, missing, by_key(LOAD.one(transaction.connection, {"this_id": "b"}))

    assert await database.transact(write) == (1, 0, {**ROWS[1], "details": {"x": 1}})


async def test_constants_and_returned_columns(database: Database) -> None:
    await insert_all(database)

    grown = await database.transact(lambda t: GROW.first(t.connection, {"this_id": "a"}))

    assert grown is not None
    assert dict(grown) == {"size": 2}


async def test_no_row_is_none_or_an_error(database: Database) -> None:
    await insert_all(database)

    found = await database.read(lambda connection: LOAD_ANY.first(connection, {"this_id": "z"}))
    listed = await database.read(lambda connection: LARGER.all(connection, {"least": 0}))

    assert found is None
    assert [row["id"] for row in listed] == ["a", "b"]
    with pytest.raises(LookupError, match="no row"):
        await database.read(lambda connection: LOAD_ANY.one(connection, {"this_id": "z"}))


async def test_errors_of_postgresql_are_those_of_sqlalchemy(database: Database) -> None:
    if not isinstance(database, PostgreSQL):
        pytest.skip("SQLite's driver raises its own")
    await insert_all(database)

    with pytest.raises(IntegrityError, match="duplicate key"):
        await database.transact(lambda t: INSERT.run(t.connection, ROWS[0]))


async def test_a_read_that_is_cancelled_at_any_await_leaves_a_usable_connection(database_url: str) -> None:
    database = await open_database(database_url, pool_size=PoolSize(kept=1, overflow=0))
    await database.transact(lambda t: TABLE.create(t.connection))

    for turns in range(CANCELLED_AFTER):
        reading = asyncio.create_task(database.read(lambda connection: LOAD_ANY.first(connection, {"this_id": "a"})))
        for _ in range(turns):
            await asyncio.sleep(0)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)

        assert await database.transact(lambda t: SAVE.run(t.connection, {"this_id": "a", "size": 7})) == 0
    await database.close()


async def test_a_savepoint_of_another_transaction_is_not_disturbed(database: Database) -> None:
    await insert_all(database)

    def fail(transaction: Transaction) -> None:
        SAVE.run(transaction.connection, {"this_id": "a", "size": 7})
        raise LookupError

    with pytest.raises(LookupError):
        await database.transact(fail)

    row = await database.read(lambda connection: LOAD_ANY.one(connection, {"this_id": "a"}))
    assert row["size"] == 1


async def test_a_list_of_values_is_refused(database: Database) -> None:
    statement = CompiledStatement(select(TABLE).where(TABLE.c.id.in_(bindparam("ids", expanding=True))))

    if not database.is_shared:
        with pytest.raises(ValueError, match="a list of values"):
            await database.read(lambda connection: statement.all(connection, {"ids": ["a"]}))
