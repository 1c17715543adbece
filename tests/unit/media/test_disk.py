"""The store on disk: content addressing, deduplication and cleanup of temporary files."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from media.disk import DiskStore
from media.store import StoredFile
from tests.support.manual_clock import NOON

pytestmark = pytest.mark.anyio

SHA256_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def source(folder: Path, content: bytes = b"abc") -> Path:
    path = folder / "source"
    path.write_bytes(content)
    return path


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


async def test_a_file_is_stored_under_the_hash_of_its_content(tmp_path: Path) -> None:
    store = DiskStore(tmp_path / "store")

    stored = await store.put(source(tmp_path), "image/png")

    key = f"{SHA256_OF_ABC}.png"
    assert stored == StoredFile(key=key, sha256=SHA256_OF_ABC, media_type="image/png", size=3)
    assert await store.stat(key) == stored
    assert files_in(tmp_path / "store") == [f"ba/{key}"]
    assert (tmp_path / "source").exists()


async def test_identical_files_are_stored_once(tmp_path: Path) -> None:
    store = DiskStore(tmp_path / "store")

    first = await store.put(source(tmp_path), "image/png")
    second = await store.put(source(tmp_path), "image/png")

    assert first == second
    assert len(files_in(tmp_path / "store")) == 1


async def test_a_failed_put_leaves_no_file(tmp_path: Path) -> None:
    store = DiskStore(tmp_path / "store")

    with pytest.raises(FileNotFoundError):
        await store.put(tmp_path / "missing", "image/png")

    assert files_in(tmp_path / "store") == []


async def test_a_sweep_deletes_only_old_temporary_files(tmp_path: Path) -> None:
    store = DiskStore(tmp_path / "store")
    key = (await store.put(source(tmp_path), "image/png")).key
    for name, age in (("old", 7200), ("new", 0)):
        partial = tmp_path / "store" / "incoming" / name
        partial.write_bytes(b"ab")
        os.utime(partial, (NOON.timestamp() - age,) * 2)

    assert await store.delete_incomplete(before=NOON - timedelta(hours=1)) == 1

    assert files_in(tmp_path / "store") == [f"ba/{key}", "incoming/new"]
