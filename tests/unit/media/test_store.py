"""The interface of media stores, on a directory and on a bucket."""

import random
from pathlib import Path

import pytest

from kit.errors import NotFound
from media.store import MediaStore, StoredFile

pytestmark = pytest.mark.anyio

SHA256_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
KEY_OF_ABC = f"{SHA256_OF_ABC}.png"
INVALID_KEYS = [
    "../secret.png",
    f"{KEY_OF_ABC}/../../x",
    f"{SHA256_OF_ABC}.exe",
    f"{KEY_OF_ABC}\n",
    "",
    "a.png",
    "/etc",
]


def source(directory: Path, content: bytes = b"abc") -> Path:
    path = directory / "source"
    path.write_bytes(content)
    return path


async def read(store: MediaStore, key: str, *, start: int = 0, length: int | None = None) -> bytes:
    return b"".join([chunk async for chunk in store.open(key, start=start, length=length)])


async def test_a_file_is_stored_under_the_hash_of_its_content(store: MediaStore, tmp_path: Path) -> None:
    stored = await store.put(source(tmp_path), "image/png")

    assert stored == StoredFile(key=KEY_OF_ABC, sha256=SHA256_OF_ABC, media_type="image/png", size=3)
    assert await store.stat(KEY_OF_ABC) == stored
    assert await read(store, KEY_OF_ABC) == b"abc"
    assert (tmp_path / "source").exists()


async def test_identical_files_have_the_same_key(store: MediaStore, tmp_path: Path) -> None:
    first = await store.put(source(tmp_path), "image/png")
    second = await store.put(source(tmp_path), "image/png")

    assert first == second


async def test_a_range_of_a_file_can_be_read(store: MediaStore, tmp_path: Path) -> None:
    content = bytes(range(256)) * 4096
    key = (await store.put(source(tmp_path, content), "video/mp4")).key

    assert await read(store, key) == content
    assert await read(store, key, start=250, length=600_000) == content[250:600_250]
    assert await read(store, key, start=len(content) - 5) == content[-5:]
    assert await read(store, key, start=7, length=0) == b""


async def test_a_large_file_is_returned_unchanged(store: MediaStore, tmp_path: Path) -> None:
    content = random.Random(1).randbytes(20 << 20)

    key = (await store.put(source(tmp_path, content), "video/mp4")).key

    assert (await store.stat(key)).size == len(content)
    assert await read(store, key) == content


async def test_a_local_copy_outlives_the_stored_file(store: MediaStore, tmp_path: Path) -> None:
    key = (await store.put(source(tmp_path), "image/png")).key
    workspace = tmp_path / "work"
    workspace.mkdir()

    first = await store.copy_to(key, workspace)
    second = await store.copy_to(key, workspace)
    await store.delete(key)

    assert first == second
    assert first.suffix == ".png"
    assert first.read_bytes() == b"abc"
    assert list(workspace.iterdir()) == [first]


async def test_deleting_is_idempotent(store: MediaStore, tmp_path: Path) -> None:
    key = (await store.put(source(tmp_path), "image/png")).key

    await store.delete(key)
    await store.delete(key)

    with pytest.raises(NotFound):
        await store.stat(key)
    with pytest.raises(NotFound):
        await read(store, key, length=1)
    with pytest.raises(NotFound):
        await store.copy_to(key, tmp_path)


async def test_a_missing_source_file_is_an_error(store: MediaStore, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await store.put(tmp_path / "missing", "image/png")


@pytest.mark.parametrize("key", INVALID_KEYS)
async def test_an_invalid_key_is_not_found(store: MediaStore, tmp_path: Path, key: str) -> None:
    with pytest.raises(NotFound):
        await store.stat(key)
    with pytest.raises(NotFound):
        await read(store, key, length=1)
    with pytest.raises(NotFound):
        await store.copy_to(key, tmp_path)
    with pytest.raises(NotFound):
        await store.delete(key)
