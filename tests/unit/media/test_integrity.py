"""Verifying the files of a media store against their keys."""

from pathlib import Path

import pytest

from media.disk import DiskStore
from media.integrity import damaged_files
from media.store import MediaStore

pytestmark = pytest.mark.anyio

MISSING = f"{'0' * 64}.png"


async def stored(store: MediaStore, directory: Path, content: bytes) -> str:
    file = directory / "source"
    file.write_bytes(content)
    return (await store.put(file, "image/png")).key


async def test_a_missing_file_is_damaged_and_a_stored_one_is_not(store: MediaStore, tmp_path: Path) -> None:
    key = await stored(store, tmp_path, b"abc")

    assert await damaged_files(store, [key, MISSING]) == [MISSING]


async def test_a_file_with_another_content_is_damaged(tmp_path: Path) -> None:
    store = DiskStore(tmp_path / "store")
    key, other = await stored(store, tmp_path, b"abc"), await stored(store, tmp_path, b"def")
    store.path_of(key).write_bytes(b"ab")

    assert await damaged_files(store, [key, other]) == [key]
