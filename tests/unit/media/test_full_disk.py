"""Uploads to a directory that cannot be written to."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from media.disk import DiskStore
from media.probe import Prober
from media.store import StoreUnavailable
from media.uploads import Uploads
from tests.support import sample_files
from tests.support.use_case_harness import UseCaseHarness

pytestmark = pytest.mark.anyio


async def chunks() -> AsyncIterator[bytes]:
    yield sample_files.picture_bytes()


async def test_an_upload_that_cannot_be_written_fails_and_reserves_nothing(
    use_cases: UseCaseHarness, tmp_path: Path
) -> None:
    owner = await use_cases.create_account()
    async with Prober() as prober:
        unwritable, writable = (
            Uploads(DiskStore(tmp_path / "store"), prober, use_cases.database, use_cases.clock, tmp_path / incoming)
            for incoming in ("missing", "")
        )
        with pytest.raises(StoreUnavailable):
            await unwritable.receive(owner, chunks(), declared=None)

        assert (await writable.receive(owner, chunks(), declared=None)).media_type == "image/png"
