"""Servers that start on one database at the same time."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from database.open import open_database
from database.transaction import Database
from server.dev_account import ensure_development_key
from server.given_settings import BadSetting
from server.media_location import MARKER, check_media_directory

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 1, tzinfo=UTC)


async def test_development_servers_that_start_at_once_have_one_account(database_url: str) -> None:
    databases = await asyncio.gather(*(open_database(database_url) for _ in range(4)))

    keys = await asyncio.gather(
        *(one.transact(lambda t: ensure_development_key(t, secret=b"s" * 32, at=NOW)) for one in databases)
    )

    count = "SELECT count(*) FROM account"
    assert len(set(keys)) == 1
    assert await databases[0].read(lambda connection: connection.exec_driver_sql(count).scalar_one()) == 1
    await asyncio.gather(*(one.close() for one in databases))


async def test_servers_share_a_media_directory(database: Database, tmp_path: Path) -> None:
    media = tmp_path / "media"
    media.mkdir()

    await asyncio.gather(*(check_media_directory(database, media) for _ in range(4)))
    await check_media_directory(database, media)


async def test_another_media_directory_is_refused_with_the_way_out(database: Database, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    await check_media_directory(database, first)

    with pytest.raises(BadSetting) as refused:
        await check_media_directory(database, second)

    identity = (first / MARKER).read_text().strip()
    assert f"{second} is not the directory" in str(refused.value)
    assert "DOITONG_MEDIA_STORE" in str(refused.value)
    assert f"write {identity} into {second / MARKER}" in str(refused.value)
    (second / MARKER).write_text(identity)
    await check_media_directory(database, second)
