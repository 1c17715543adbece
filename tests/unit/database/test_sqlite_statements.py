"""What a statement on SQLite costs besides itself."""

from pathlib import Path

import pytest

from database.sqlite import SQLite

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
