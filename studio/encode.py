"""Writes frames and samples as files: H.264 with AAC in MP4, and sound in WAV, MP3, FLAC, Opus or AAC."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from numpy.typing import NDArray

Frames = Iterable[NDArray[np.uint8]]
Samples = NDArray[np.float32]

THREADS = 2  # fixed, for the bytes that x264 writes depend on it
QUALITY = {"crf": "23", "preset": "superfast", "threads": str(THREADS)}
VIDEO_SOUND_RATE = 128_000  # bits a second
SOUND_RATES = {"mp3": 128_000, "opus": 96_000, "ogg": 96_000, "m4a": 128_000}  # bits a second
CODECS = {"wav": "pcm_s16le", "mp3": "libmp3lame", "flac": "flac", "opus": "libopus", "ogg": "libopus", "m4a": "aac"}
OPUS_RATE = 48_000  # samples a second, the only one Opus has
CHUNK = 1024  # samples handed over at once where the encoder does not mind


def write_video(
    path: Path,
    frames: Frames,
    *,
    fps: int,
    width: int,
    height: int,
    audio: Samples | None = None,
    audio_rate: int = 44_100,
) -> None:
    """Write frames of height x width x 4 RGBA, with sound of (n,) or (channels, n) from -1 to 1; the sides are even.

    Sound and picture are written side by side as the frames come, so a long film needs little memory. The same frames
    and samples give the same bytes.
    """
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        video = container.add_stream("libx264", rate=fps, options=QUALITY)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        video.codec_context.thread_count = THREADS
        _declare_colors(video.codec_context)
        sound = None if audio is None else _Sound(container, "aac", audio, audio_rate, bit_rate=VIDEO_SOUND_RATE)
        for index, pixels in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgba")
            frame = frame.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709, interpolation="FAST_BILINEAR")
            frame.pts, frame.time_base = index, Fraction(1, fps)
            container.mux(video.encode(frame))
            if sound is not None:
                sound.write_until((index + 1) / fps)
        container.mux(video.encode(None))
        if sound is not None:
            sound.finish()


def write_audio(path: Path, samples: Samples, rate: int) -> None:
    """Write sound of (n,) or (channels, n) from -1 to 1, in the format that the file's suffix names."""
    suffix = path.suffix.removeprefix(".").lower()
    with av.open(str(path), "w") as container:
        _Sound(container, CODECS[suffix], samples, rate, bit_rate=SOUND_RATES.get(suffix)).finish()


def _declare_colors(context: VideoCodecContext) -> None:
    """Say that the colours are BT.709: a player that must guess shows reds and greens that are off."""
    context.colorspace = Colorspace.ITU709
    context.color_primaries = ColorPrimaries.BT709
    context.color_trc = ColorTrc.BT709
    context.color_range = ColorRange.MPEG


class _Sound:
    """One stream of sound, written as far as the picture has come."""

    def __init__(
        self, container: OutputContainer, codec: str, samples: Samples, rate: int, *, bit_rate: int | None
    ) -> None:
        self._container = container
        self._samples = np.ascontiguousarray(np.atleast_2d(np.clip(samples, -1.0, 1.0)), dtype=np.float32)
        self._rate = rate
        self._layout = "stereo" if len(self._samples) == 2 else "mono"
        encoded_rate = OPUS_RATE if codec == "libopus" else rate
        self._stream = cast(AudioStream, container.add_stream(codec, rate=encoded_rate, layout=self._layout))
        if bit_rate is not None:
            self._stream.bit_rate = bit_rate
        context = self._stream.codec_context
        context.open(strict=False)
        self._resampler = av.AudioResampler(
            context.format, self._layout, encoded_rate, frame_size=context.frame_size or CHUNK
        )
        self._written = 0

    def write_until(self, seconds: float) -> None:
        """Encode all samples before this time."""
        end = min(self._samples.shape[1], round(seconds * self._rate))
        for start in range(self._written, end, CHUNK):
            self._encode(self._resampler.resample(self._frame(start, min(start + CHUNK, end))))
        self._written = max(self._written, end)

    def finish(self) -> None:
        """Encode what is left."""
        self.write_until(self._samples.shape[1] / self._rate)
        self._encode(chain(self._resampler.resample(None), (None,)))

    def _frame(self, start: int, end: int) -> av.AudioFrame:
        samples = np.ascontiguousarray(self._samples[:, start:end])
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout=self._layout)
        frame.sample_rate, frame.pts, frame.time_base = self._rate, start, Fraction(1, self._rate)
        return frame

    def _encode(self, frames: Iterable[av.AudioFrame | None]) -> None:
        for packets in self._packets(frames):
            self._container.mux(packets)

    def _packets(self, frames: Iterable[av.AudioFrame | None]) -> "Iterator[list[av.Packet[AudioStream]]]":
        for frame in frames:
            yield self._stream.encode(frame)
