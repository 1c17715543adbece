"""The store on disk: content names the file, nothing temporary stays, no key leads out."""

from pathlib import Path

import pytest

from kit.errors import NotFound
from media.disk import DiskStore
from media.store import Stored

pytestmark = pytest.mark.anyio

SHA256_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def source(folder: Path, content: bytes = b"abc") -> Path:
    path = folder / "source"
    path.write_bytes(content)
    return path


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


async def test_a_file_is_kept_under_the_hash_of_its_content(tmp_path: Path) -> None:
    store = DiskStore(tmp_path / "store")

    stored = await store.put(source(tmp_path), "image/png")

    key = f"{SHA256_OF_ABC}.png"
    assert stored == Stored(key=key, sha256=SHA256_OF_ABC, media_type="image/png", size=3)
    assert await store.stat(key) == stored
    assert files_in(tmp_path / "store") == [f"ba/{key}"]
    assert (tmp_path / "source").exists()


async def test_the_same_file_put_twice_is_kept_once(tmp_path: Path) -> None:
    store = DiskStore(tmp_path / "store")

    first = await store.put(source(tmp_path), "image/png")
    second = await store.put(source(tmp_path), "image/png")

    assert first == second
    assert len(files_in(tmp_path / "store")) == 1


async def test_a_part_of_a_file_is_read(tmp_path: Path) -> None:
    content = bytes(range(256)) * 4096
    store = DiskStore(tmp_path / "store")
    key = (await store.put(source(tmp_path, content), "video/mp4")).key

    assert b"".join([piece async for piece in store.open(key)]) == content
    assert b"".join([piece async for piece in store.open(key, start=250, length=600_000)]) == content[250:600_250]
    assert b"".join([piece async for piece in store.open(key, start=len(content) - 5)]) == content[-5:]


async def test_a_deleted_file_is_gone_and_may_be_deleted_again(tmp_path: Path) -> None:
    store = DiskStore(tmp_path / "store")
    key = (await store.put(source(tmp_path), "image/png")).key

    await store.delete(key)
    await store.delete(key)

    with pytest.raises(NotFound):
        await store.stat(key)
    with pytest.raises(NotFound):
        await anext(aiter(store.open(key, length=1)))


async def test_a_failed_put_leaves_nothing(tmp_path: Path) -> None:
    store = DiskStore(tmp_path / "store")

    with pytest.raises(FileNotFoundError):
        await store.put(tmp_path / "missing", "image/png")

    assert files_in(tmp_path / "store") == []


@pytest.mark.parametrize(
    "key",
    ["../secret.png", f"{SHA256_OF_ABC}.png/../../x", f"{SHA256_OF_ABC}.exe", f"{SHA256_OF_ABC}.png\n", "", "a.png"],
)
async def test_what_is_no_key_is_not_found(tmp_path: Path, key: str) -> None:
    with pytest.raises(NotFound):
        DiskStore(tmp_path).path_of(key)
