"""What a statement on SQLite costs besides itself."""

import asyncio
import sqlite3
from pathlib import Path
from typing import cast

import pytest

from database.sqlite import SQLite
from database.transaction import Transaction

pytestmark = pytest.mark.anyio


async def test_statements_look_for_no_listeners(tmp_path: Path) -> None:
    database = SQLite(tmp_path / "statements.db")

    written = await database.transact(lambda t: t.connection.engine._has_events)
    read = await database.read(lambda connection: connection.engine._has_events)

    assert (written, read) == (False, False)
    await database.close()


async def test_a_read_sees_one_snapshot(tmp_path: Path) -> None:
    database = SQLite(tmp_path / "statements.db")

    in_transaction = await database.read(
        lambda connection: connection.connection.driver_connection.in_transaction  # type: ignore[union-attr]
    )

    assert in_transaction
    await database.close()


async def test_transactions_begun_in_the_same_turn_of_the_event_loop_are_committed_together(tmp_path: Path) -> None:
    database, statements = SQLite(tmp_path / "statements.db"), list[str]()

    def trace(transaction: Transaction) -> None:
        driver = cast(sqlite3.Connection, transaction.connection.connection.driver_connection)
        driver.set_trace_callback(statements.append)

    await database.transact(trace)

    await asyncio.gather(*(database.transact(lambda _: None) for _ in range(20)))

    assert statements.count("BEGIN IMMEDIATE") == 1
    await database.close()
