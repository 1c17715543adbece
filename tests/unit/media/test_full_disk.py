"""Uploads that cannot be written down."""

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


async def pieces() -> AsyncIterator[bytes]:
    yield sample_files.picture_bytes()


async def test_an_upload_that_finds_no_place_is_told_so_and_takes_no_room(
    use_cases: UseCaseHarness, tmp_path: Path
) -> None:
    owner = await use_cases.create_account()
    async with Prober() as prober:
        nowhere, somewhere = (
            Uploads(DiskStore(tmp_path / "store"), prober, use_cases.database, use_cases.clock, tmp_path / incoming)
            for incoming in ("missing", "")
        )
        with pytest.raises(StoreUnavailable):
            await nowhere.receive(owner, pieces(), declared=None)

        assert (await somewhere.receive(owner, pieces(), declared=None)).media_type == "image/png"
