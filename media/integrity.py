"""Verifying that a media store has every file that the database refers to, with its content."""

import hashlib
from collections.abc import Iterable

from kit.errors import NotFound
from media.store import MediaStore, parts_of


async def damaged_files(store: MediaStore, keys: Iterable[str]) -> list[str]:
    """Return the keys whose file is missing or has another content. Reads each file. Raises `StoreUnavailable`."""
    return [key for key in keys if not await _is_intact(store, key)]


async def _is_intact(store: MediaStore, key: str) -> bool:
    expected, _ = parts_of(key)
    digest = hashlib.sha256()
    try:
        async for piece in store.open(key):
            digest.update(piece)
    except NotFound:
        return False
    return digest.hexdigest() == expected
