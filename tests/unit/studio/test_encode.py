"""Encoding: formats, duration, level, colours and reproducible bytes."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from studio.encode import write_audio, write_video

RATE = 44_100  # samples per second
CODECS = {"wav": "pcm_s16le", "mp3": "mp3float", "flac": "flac", "opus": "opus", "ogg": "opus", "m4a": "aac"}


def a_tone(seconds: float, *, rate: int = RATE, hertz: float = 440.0) -> NDArray[np.float32]:
    time = np.arange(int(seconds * rate)) / rate
    return (0.4 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def fading_frames(count: int, *, width: int, height: int) -> Iterator[NDArray[np.uint8]]:
    frame = np.full((height, width, 4), 255, np.uint8)
    for index in range(count):
        frame[..., 0] = 255 * index // count
        yield frame


def decode_audio(path: Path) -> tuple[NDArray[np.float32], int]:
    """Return the samples of a file, of shape (channels, n), and their rate."""
    with av.open(str(path)) as container:
        resampler = av.AudioResampler("fltp")
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
        return np.concatenate([frame.to_ndarray() for frame in frames], axis=1), frames[0].sample_rate


@pytest.mark.parametrize("suffix", CODECS)
def test_audio_in_every_format_has_the_duration_and_level_of_the_samples(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"tone.{suffix}"
    tone = a_tone(1.3)
    write_audio(path, np.stack([tone, tone]), RATE)

    with av.open(str(path)) as container:
        assert container.streams.audio[0].codec_context.codec.name in (CODECS[suffix], f"lib{CODECS[suffix]}")
    samples, rate = decode_audio(path)
    assert len(samples) == 2
    assert samples.shape[1] / rate == pytest.approx(1.3, abs=0.1)
    assert np.sqrt(np.mean(samples**2)) == pytest.approx(0.4 / np.sqrt(2), rel=0.1)


def test_mono_audio_keeps_its_channel_and_sample_rate(tmp_path: Path) -> None:
    path = tmp_path / "speech.wav"
    write_audio(path, a_tone(0.5, rate=24_000), 24_000)

    samples, rate = decode_audio(path)
    assert (samples.shape, rate) == ((1, 12_000), 24_000)


def test_samples_that_are_too_loud_are_clipped_and_do_not_wrap_around(tmp_path: Path) -> None:
    path = tmp_path / "loud.wav"
    write_audio(path, np.full(1_000, 3.0, np.float32), RATE)

    assert decode_audio(path)[0].min() > 0.99


def test_a_video_has_its_size_its_frames_and_audio_of_the_same_duration(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    frames = fading_frames(30, width=96, height=160)
    write_video(path, frames, fps=20, width=96, height=160, audio=a_tone(1.5))

    with av.open(str(path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, audio.codec_context.name) == ("h264", "aac")
        assert (video.width, video.height, video.pix_fmt) == (96, 160, "yuv420p")
        assert container.duration is not None
        assert container.duration / av.time_base == pytest.approx(1.5, abs=0.1)
        pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(pictures) == 30
    assert pictures[29][..., 0].mean() - pictures[0][..., 0].mean() > 200
    samples, rate = decode_audio(path)
    assert samples.shape[1] / rate == pytest.approx(1.5, abs=1 / 20)


def test_colours_are_preserved(tmp_path: Path) -> None:
    path = tmp_path / "red.mp4"
    frame = np.full((64, 64, 4), (220, 60, 40, 255), np.uint8)
    write_video(path, [frame] * 3, fps=10, width=64, height=64)

    with av.open(str(path)) as container:
        pixel = next(container.decode(video=0)).to_ndarray(format="rgb24")[32, 32]
    assert np.abs(pixel.astype(int) - (220, 60, 40)).max() <= 3


def test_a_video_without_audio_has_no_audio_stream(tmp_path: Path) -> None:
    path = tmp_path / "silent.mp4"
    write_video(path, fading_frames(4, width=64, height=64), fps=8, width=64, height=64)

    with av.open(str(path)) as container:
        assert not container.streams.audio


def test_a_video_can_start_to_play_before_the_download_ends(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    write_video(path, fading_frames(8, width=64, height=64), fps=8, width=64, height=64, audio=a_tone(1))

    content = path.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


def test_the_same_frames_and_samples_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "1.mp4", tmp_path / "2.mp4"
    for path in (first, second):
        write_video(path, fading_frames(12, width=128, height=64), fps=12, width=128, height=64, audio=a_tone(1))

    assert first.read_bytes() == second.read_bytes()
