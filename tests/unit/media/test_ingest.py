"""Ingestion: stores a file with its thumbnail and optimized variant, idempotently."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from media.ingest import ingest
from media.probe import Prober
from media.probe_result import ProbeRefused
from media.store import MediaStore
from tests.support import sample_files

pytestmark = pytest.mark.anyio


@pytest.fixture
async def prober() -> AsyncIterator[Prober]:
    async with Prober() as prober:
        yield prober


async def test_an_image_is_stored_with_its_thumbnail_and_webp(
    prober: Prober, store: MediaStore, tmp_path: Path
) -> None:
    media = await ingest(sample_files.picture(tmp_path / "a.png", size=(400, 300)), store=store, prober=prober)

    assert (media.media_type, media.format, media.width, media.height) == ("image/png", "png", 400, 300)
    assert media.bytes == (tmp_path / "a.png").stat().st_size
    assert media.key == f"{media.sha256}.png"
    assert media.thumbnail_key is not None
    assert media.optimized_key is not None
    assert (await store.stat(media.thumbnail_key)).media_type == "image/webp"
    assert (await store.stat(media.optimized_key)).size > 0


async def test_ingesting_a_file_again_changes_nothing(prober: Prober, store: MediaStore, tmp_path: Path) -> None:
    path = sample_files.picture(tmp_path / "a.png")

    first = await ingest(path, store=store, prober=prober)
    files_before = _files(tmp_path / "store")
    second = await ingest(path, store=store, prober=prober)

    assert first == second
    assert _files(tmp_path / "store") == files_before
    assert not any("incoming" in name for name in files_before)


async def test_audio_has_no_variants(prober: Prober, store: MediaStore, tmp_path: Path) -> None:
    media = await ingest(sample_files.sound(tmp_path / "a.wav"), store=store, prober=prober, expected=("audio/",))

    assert (media.media_type, media.duration, media.has_audio) == ("audio/wav", 1.0, True)
    assert (media.thumbnail_key, media.optimized_key) == (None, None)


async def test_a_rejected_file_is_not_stored(prober: Prober, store: MediaStore, tmp_path: Path) -> None:
    path = sample_files.truncate(sample_files.video(tmp_path / "a.mp4"), part=0.5)

    with pytest.raises(ProbeRefused):
        await ingest(path, store=store, prober=prober)

    assert _files(tmp_path / "store") == []


def _files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
