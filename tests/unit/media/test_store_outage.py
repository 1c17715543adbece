"""A bucket whose server does not respond: the same error for every call within seconds, with one log line each."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from kit.errors import NotFound
from media.s3 import S3Store
from media.store import StoreUnavailable
from tests.support.interruptible_s3 import InterruptibleS3

pytestmark = [pytest.mark.anyio, pytest.mark.serial]

MAX_SECONDS = 10
UNKNOWN = f"{'0' * 64}.png"


async def first(chunks: AsyncIterator[bytes]) -> bytes:
    return await anext(chunks)


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


CALLS: Sequence[Callable[[S3Store, str, Path], Awaitable[object]]] = (
    lambda store, key, _: store.stat(key),
    lambda store, key, _: first(store.open(key)),
    lambda store, key, _: first(store.open(key, start=1, length=2)),
    lambda store, key, folder: store.copy_to(key, folder),
    lambda store, _, folder: store.put(folder / "other", "image/png"),
    lambda store, key, _: store.delete(key),
)


@pytest.mark.parametrize("state", ["frozen", "stopped"])
async def test_every_call_fails_within_seconds_during_an_outage(
    interruptible_s3: InterruptibleS3, tmp_path: Path, caplog: pytest.LogCaptureFixture, state: str
) -> None:
    store = S3Store(interruptible_s3.location)
    for name, content in (("source", b"abc"), ("other", b"def")):
        (tmp_path / name).write_bytes(content)
    key = (await store.put(tmp_path / "source", "image/png")).key
    interruptible_s3.interrupt(state)

    started = time.monotonic()
    errors = await asyncio.gather(*(call(store, key, tmp_path) for call in CALLS), return_exceptions=True)

    assert time.monotonic() - started < MAX_SECONDS
    for error in errors:
        assert isinstance(error, StoreUnavailable)
        assert (error.status, error.code, error.retryable) == (503, "PROVIDER_UNAVAILABLE", True)
    assert files_in(tmp_path) == ["other", "source"]
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * len(CALLS)
    assert not any(record.exc_info for record in caplog.records)


async def test_the_store_works_again_after_an_outage(interruptible_s3: InterruptibleS3, tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"abc")
    store = S3Store(interruptible_s3.location)
    key = (await store.put(tmp_path / "source", "image/png")).key
    interruptible_s3.freeze()
    with pytest.raises(StoreUnavailable):
        await store.stat(key)
    interruptible_s3.resume()

    assert (await store.stat(key)).size == 3
    with pytest.raises(NotFound):
        await store.stat(UNKNOWN)
