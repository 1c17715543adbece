"""Probing of media files: formats, invalid files, time limits and variants."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kit.errors import GenerationFailed
from media.probe import Prober, ProberUnavailable
from media.probe_result import ProbeRefused, ProbeResult, Variants
from tests.support import icc_profiles, sample_files
from tests.support.hostile_files import HOSTILE
from tests.support.log_events import events_of

pytestmark = pytest.mark.anyio


@pytest.fixture
async def prober() -> AsyncIterator[Prober]:
    async with Prober() as prober:
        yield prober


async def test_an_image_is_recognized_by_its_content(prober: Prober, tmp_path: Path) -> None:
    path = tmp_path / "picture.txt"
    path.write_bytes(sample_files.picture_bytes("JPEG"))

    probed = await prober.probe(path, expected=("image/",))

    assert probed == ProbeResult(media_type="image/jpeg", format="jpg", codec="jpg", width=40, height=30)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "AVIF"])
async def test_every_image_format_is_recognized(prober: Prober, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "picture"
    path.write_bytes(sample_files.picture_bytes(kind))

    assert (await prober.probe(path)).media_type == f"image/{kind.lower()}"


async def test_the_size_of_a_rotated_image_is_that_of_its_display(prober: Prober, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (60, 20)).save(tmp_path / "a.jpg", exif=exif)

    probed = await prober.probe(tmp_path / "a.jpg")

    assert (probed.width, probed.height) == (20, 60)


async def test_a_video_has_its_size_duration_and_codec(prober: Prober, tmp_path: Path) -> None:
    probed = await prober.probe(sample_files.video(tmp_path / "a.mp4"), expected=("video/",))

    assert probed == ProbeResult(
        media_type="video/mp4", format="mp4", codec="h264", width=64, height=48, duration=4.0, has_audio=False
    )


async def test_a_webm_video_is_recognized(prober: Prober, tmp_path: Path) -> None:
    probed = await prober.probe(sample_files.video(tmp_path / "a.webm", codec="libvpx", seconds=1))

    assert (probed.media_type, probed.codec, probed.duration) == ("video/webm", "vp8", 1.0)


async def test_uncompressed_audio_has_its_duration(prober: Prober, tmp_path: Path) -> None:
    probed = await prober.probe(sample_files.sound(tmp_path / "a.wav", seconds=1.5), expected=("audio/",))

    assert (probed.media_type, probed.duration, probed.has_audio) == ("audio/wav", 1.5, True)
    assert probed.width is None


@pytest.mark.parametrize(
    ("riff_length", "data_length"),
    [
        (0xFFFFFFFF, 0xFFFFFFFF),  # FFmpeg, OpenAI
        (0, 0),
        (36, 0),  # Python's wave module before it patches the header
        (0x7FFFF024, 0x7FFFF000),  # SoX
        (0x80000024, 0x80000000),  # ALSA
        (36 + 72_000, 0xFFFFFFFF),
        (0xFFFFFFFF, 72_000),
    ],
)
async def test_sound_from_a_pipe_is_read_to_its_end(
    prober: Prober, tmp_path: Path, riff_length: int, data_length: int
) -> None:
    path = sample_files.piped_sound(tmp_path / "a.wav", riff_length=riff_length, data_length=data_length)

    probed = await prober.probe(path, expected=("audio/",))

    assert (probed.media_type, probed.duration) == ("audio/wav", 1.5)


@pytest.mark.parametrize(
    ("container", "codec"),
    [
        ("wav", "pcm_s16le"),
        ("wav", "pcm_f32le"),
        ("wav", "adpcm_ima_wav"),
        ("flac", "flac"),
        ("ogg", "libopus"),
        ("mp3", "libmp3lame"),
        ("adts", "aac"),
        ("webm", "libopus"),
    ],
)
async def test_every_kind_of_sound_may_come_from_a_pipe(
    prober: Prober, tmp_path: Path, container: str, codec: str
) -> None:
    probed = await prober.probe(sample_files.encoded_to_pipe(tmp_path / "a", codec, container=container))

    assert probed.duration == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize("length", [0, 0xFFFFFFFF])
async def test_sound_from_a_pipe_without_a_sample_is_empty(prober: Prober, tmp_path: Path, length: int) -> None:
    path = sample_files.piped_sound(tmp_path / "a.wav", riff_length=length, data_length=length)
    path.write_bytes(path.read_bytes()[:44])

    with pytest.raises(ProbeRefused, match="is empty"):
        await prober.probe(path)


@pytest.mark.parametrize(
    ("name", "codec", "media_type"),
    [
        ("a.mp3", "libmp3lame", "audio/mpeg"),
        ("a.m4a", "aac", "audio/mp4"),
        ("a.ogg", "libopus", "audio/ogg"),
        ("a.aac", "aac", "audio/aac"),
        ("a.webm", "libopus", "audio/webm"),
        ("a.mp4", "aac", "audio/mp4"),
    ],
)
async def test_encoded_audio_is_recognized(
    prober: Prober, tmp_path: Path, name: str, codec: str, media_type: str
) -> None:
    probed = await prober.probe(sample_files.encoded_sound(tmp_path / name, codec), expected=("audio/",))

    assert probed.media_type == media_type
    assert probed.duration == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize(
    ("make", "message"),
    HOSTILE,
)
async def test_hostile_files_are_rejected(
    prober: Prober, tmp_path: Path, make: Callable[[Path], Path], message: str
) -> None:
    path = make(tmp_path / "picture.png")

    with pytest.raises(ProbeRefused, match=message):
        await prober.probe(path)


async def test_a_file_of_another_type_is_a_failed_generation(prober: Prober, tmp_path: Path) -> None:
    with pytest.raises(GenerationFailed, match="is image/png, not video"):
        await prober.probe(sample_files.picture(tmp_path / "a.png"), expected=("video/",))


@pytest.mark.parametrize(("program", "reason"), [("/bin/false", "exit status 1"), ("/nonexistent", "No such file")])
async def test_a_process_that_does_not_start_is_an_outage(
    program: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", program)

    async with Prober() as prober:
        with pytest.raises(ProberUnavailable) as failed:
            await prober.probe(sample_files.picture(tmp_path / "a.png"))

        assert reason in failed.value.reason
        monkeypatch.undo()
        assert await prober.probe(tmp_path / "a.png")


async def test_the_prober_works_after_a_timeout(tmp_path: Path) -> None:
    path = sample_files.picture(tmp_path / "a.png")

    async with Prober(time_limit=timedelta(0)) as prober:
        with pytest.raises(ProbeRefused, match="too long"):
            await prober.probe(path)
        variants = await prober.variants(path, tmp_path)

    assert variants.thumbnail is not None


async def test_the_prober_works_after_a_cancelled_call(prober: Prober, tmp_path: Path) -> None:
    path = sample_files.picture(tmp_path / "a.png")
    await prober.warm()

    call = asyncio.create_task(prober.probe(path))
    await asyncio.wait({call}, timeout=0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call

    assert (await prober.probe(path)).media_type == "image/png"


async def test_a_prober_that_starts_in_the_background_probes_the_first_file(tmp_path: Path) -> None:
    async with Prober() as prober:
        prober.start_warming()

        probed = await prober.probe(sample_files.picture(tmp_path / "a.png"))

    assert probed.media_type == "image/png"


async def test_a_prober_is_closed_while_it_starts() -> None:
    async with Prober() as prober:
        prober.start_warming()
        await asyncio.sleep(0)


async def test_a_child_that_does_not_start_in_the_background_is_logged(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/missing/python")

    async with Prober() as prober:
        prober.start_warming()
        while not events_of(caplog):
            await asyncio.sleep(0)

    (event,) = events_of(caplog)
    assert event["event"] == "prober_unavailable"
    assert "/missing/python" in str(event["reason"])


async def test_many_files_share_the_processes(tmp_path: Path) -> None:
    paths = [sample_files.picture(tmp_path / f"{number}.png", size=(number + 1, 9)) for number in range(12)]

    async with Prober(children=2) as prober:
        probed = await asyncio.gather(*(prober.probe(path) for path in paths))

    assert [result.width for result in probed] == list(range(1, 13))


async def test_an_image_gets_a_thumbnail_and_a_webp_of_the_same_size(prober: Prober, tmp_path: Path) -> None:
    variants = await prober.variants(sample_files.picture(tmp_path / "a.png", size=(800, 400)), tmp_path)

    assert variants == Variants(thumbnail=tmp_path / "thumbnail.webp", optimized=tmp_path / "optimized.webp")
    assert _size(tmp_path / "thumbnail.webp") == (320, 160)
    assert _size(tmp_path / "optimized.webp") == (800, 400)


async def test_a_transparent_image_stays_transparent(prober: Prober, tmp_path: Path) -> None:
    Image.new("RGBA", (20, 20), (255, 0, 0, 0)).save(tmp_path / "a.png")

    await prober.variants(tmp_path / "a.png", tmp_path)

    with Image.open(tmp_path / "optimized.webp") as optimized:
        assert optimized.mode == "RGBA"


async def test_transparency_is_white_in_a_thumbnail(prober: Prober, tmp_path: Path) -> None:
    Image.new("RGBA", (20, 20), (255, 0, 0, 0)).save(tmp_path / "a.png")

    await prober.variants(tmp_path / "a.png", tmp_path)

    assert _centre_colour(tmp_path / "thumbnail.webp") == pytest.approx((255, 255, 255), abs=2)


async def test_the_variants_of_a_picture_with_a_profile_are_in_srgb(prober: Prober, tmp_path: Path) -> None:
    Image.new("RGB", (20, 20), (200, 100, 50)).save(tmp_path / "a.png", icc_profile=icc_profiles.display_p3())

    await prober.variants(tmp_path / "a.png", tmp_path)
    await prober.avif(tmp_path / "a.png", tmp_path)

    for name in ("thumbnail.webp", "optimized.webp", "optimized.avif"):
        assert _centre_colour(tmp_path / name) == pytest.approx((215, 93, 31), abs=4)
        with Image.open(tmp_path / name) as variant:
            assert "icc_profile" not in variant.info


async def test_the_variants_of_a_picture_with_a_broken_profile_keep_its_colors(prober: Prober, tmp_path: Path) -> None:
    Image.new("RGB", (20, 20), (200, 100, 50)).save(tmp_path / "a.png", icc_profile=b"broken")

    await prober.variants(tmp_path / "a.png", tmp_path)

    for name in ("thumbnail.webp", "optimized.webp"):
        assert _centre_colour(tmp_path / name) == pytest.approx((200, 100, 50), abs=4)


async def test_a_16_bit_image_keeps_its_brightness(prober: Prober, tmp_path: Path) -> None:
    Image.fromarray(np.full((20, 20), 0x8000, np.uint16)).save(tmp_path / "a.png")

    await prober.variants(tmp_path / "a.png", tmp_path)

    for name in ("thumbnail.webp", "optimized.webp"):
        assert _centre_colour(tmp_path / name) == pytest.approx((128, 128, 128), abs=2)


async def test_an_animated_image_gets_only_a_thumbnail(prober: Prober, tmp_path: Path) -> None:
    frames = [Image.new("RGB", (30, 30), colour) for colour in ("red", "green")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])

    variants = await prober.variants(tmp_path / "a.gif", tmp_path)

    assert variants == Variants(thumbnail=tmp_path / "thumbnail.webp", optimized=None)


async def test_a_video_gets_a_poster_frame_and_audio_nothing(prober: Prober, tmp_path: Path) -> None:
    video_variants = await prober.variants(sample_files.video(tmp_path / "a.mp4", seconds=1), tmp_path)
    audio_variants = await prober.variants(sample_files.sound(tmp_path / "a.wav"), tmp_path)

    assert video_variants == Variants(thumbnail=tmp_path / "thumbnail.webp")
    assert _size(tmp_path / "thumbnail.webp") == (64, 48)
    assert audio_variants == Variants()


@pytest.mark.parametrize("sound_seconds", [0, 4])
async def test_a_video_that_ends_before_the_time_of_the_poster_gets_its_last_frame(
    prober: Prober, sound_seconds: int, tmp_path: Path
) -> None:
    video = sample_files.still_video(tmp_path / "a.mp4", sound_seconds=sound_seconds)

    assert await prober.variants(video, tmp_path) == Variants(thumbnail=tmp_path / "thumbnail.webp")
    assert _size(tmp_path / "thumbnail.webp") == (64, 48)


@pytest.mark.parametrize(
    ("name", "degrees", "mirrored", "quarters"),
    [
        ("a.mp4", 0, False, "red green black black"),
        ("a.mp4", 90, False, "green black red black"),
        ("a.mov", 90, False, "green black red black"),
        ("a.webm", 90, False, "green black red black"),
        ("a.mp4", 180, False, "black black green red"),
        ("a.mp4", 270, False, "black red black green"),
        ("a.mp4", 0, True, "green red black black"),
        ("a.mp4", 90, True, "black green black red"),
        ("a.mp4", 180, True, "black black red green"),
        ("a.mp4", 270, True, "red black green black"),
    ],
)
async def test_a_video_is_measured_and_shown_as_players_show_it(
    prober: Prober, tmp_path: Path, name: str, degrees: int, mirrored: bool, quarters: str
) -> None:
    display = sample_files.Display(degrees=degrees, mirrored=mirrored)
    path = sample_files.displayed_video(tmp_path / name, display)

    probed = await prober.probe(path, expected=("video/",))
    await prober.variants(path, tmp_path)

    size = (48, 64) if degrees in (90, 270) else (64, 48)
    assert (probed.width, probed.height) == size
    assert _size(tmp_path / "thumbnail.webp") == size
    assert _quarters(tmp_path / "thumbnail.webp") == quarters


@pytest.mark.parametrize(
    ("ratio", "degrees", "size"),
    [
        (Fraction(4, 3), 0, (85, 48)),
        (Fraction(4, 3), 90, (48, 85)),
        (Fraction(1, 2), 0, (64, 96)),
        (Fraction(100), 0, (64, 48)),
    ],
    ids=str,
)
async def test_pixels_that_are_not_square_are_shown_square(
    prober: Prober, tmp_path: Path, ratio: Fraction, degrees: int, size: tuple[int, int]
) -> None:
    display = sample_files.Display(degrees=degrees, pixel_ratio=ratio)
    path = sample_files.displayed_video(tmp_path / "a.mp4", display)

    probed = await prober.probe(path)
    await prober.variants(path, tmp_path)

    assert (probed.width, probed.height) == size
    assert _size(tmp_path / "thumbnail.webp") == size


async def test_a_video_turned_by_another_angle_is_shown_as_it_is_coded(prober: Prober, tmp_path: Path) -> None:
    path = sample_files.displayed_video(tmp_path / "a.mp4", sample_files.Display(degrees=45))

    probed = await prober.probe(path)

    assert (probed.width, probed.height) == (64, 48)


def _quarters(path: Path) -> str:
    """The colours of the four quarters, row by row."""
    with Image.open(path) as image:
        small = np.asarray(image.convert("RGB").resize((4, 4), Image.Resampling.BOX))[::2, ::2].reshape(4, 3)
    names = {(True, False): "red", (False, True): "green", (False, False): "black"}
    return " ".join(names[bool(red > 128), bool(green > 128)] for red, green, _ in small.tolist())


def _centre_colour(path: Path) -> tuple[int, ...]:
    with Image.open(path) as image:
        width, height = image.size
        colour = image.convert("RGB").getpixel((width // 2, height // 2))
        assert isinstance(colour, tuple)
        return colour


def _size(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size
