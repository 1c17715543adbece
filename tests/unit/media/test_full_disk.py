"""Uploads to a directory that cannot be written to, and to a full disk."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kit.disk_space import DiskSpace, OutOfSpace
from media.disk import DiskStore
from media.probe import Prober
from media.store import StoreUnavailable
from media.uploads import Uploads
from tests.support import sample_files
from tests.support.services import EMPTY_DISK
from tests.support.use_case_harness import UseCaseHarness

pytestmark = pytest.mark.anyio


async def chunks() -> AsyncIterator[bytes]:
    yield sample_files.picture_bytes()


def uploads_to(
    use_cases: UseCaseHarness, prober: Prober, incoming: Path, *, disk_space: DiskSpace = EMPTY_DISK
) -> Uploads:
    store = DiskStore(incoming.parent / "store")
    return Uploads(store, prober, use_cases.database, use_cases.clock, incoming, disk_space)


async def test_an_upload_that_cannot_be_written_fails_and_reserves_nothing(
    use_cases: UseCaseHarness, tmp_path: Path
) -> None:
    owner = await use_cases.create_account()
    async with Prober() as prober:
        unwritable, writable = (uploads_to(use_cases, prober, tmp_path / incoming) for incoming in ("missing", ""))
        with pytest.raises(StoreUnavailable):
            await unwritable.receive(owner, chunks(), content_length=None)

        assert (await writable.receive(owner, chunks(), content_length=None)).media_type == "image/png"


async def test_an_upload_that_does_not_fit_is_refused_before_it_is_read(
    use_cases: UseCaseHarness, tmp_path: Path
) -> None:
    owner = await use_cases.create_account()
    disk_space = DiskSpace(tmp_path, usage=lambda _: (10**9, 0, 60_000_000))
    async with Prober() as prober:
        uploads = uploads_to(use_cases, prober, tmp_path, disk_space=disk_space)
        with pytest.raises(OutOfSpace):
            await uploads.receive(owner, chunks(), content_length=20_000_000)

        assert (await uploads.receive(owner, chunks(), content_length=1_000_000)).media_type == "image/png"
