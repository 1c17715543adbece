"""Encoding of video (H.264 and AAC in MP4) and of audio (WAV, MP3, FLAC, Opus, AAC)."""

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

THREADS = 2  # fixed, because the output of x264 depends on it
X264_OPTIONS = {"crf": "23", "preset": "superfast", "threads": str(THREADS)}
VIDEO_AUDIO_BIT_RATE = 128_000  # bits per second
AUDIO_BIT_RATES = {"mp3": 128_000, "opus": 96_000, "ogg": 96_000, "m4a": 128_000}  # bits per second
CODECS = {"wav": "pcm_s16le", "mp3": "libmp3lame", "flac": "flac", "opus": "libopus", "ogg": "libopus", "m4a": "aac"}
OPUS_RATE = 48_000  # samples per second, the native rate of Opus
CHUNK_SIZE = 1024  # samples per frame for encoders without a fixed frame size


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
    """Write an MP4 file. The same frames and samples give the same bytes.

    `frames` yields RGBA arrays of (height, width, 4); width and height are even. `audio` has the shape (n,) or
    (channels, n) with samples from -1 to 1. Both streams are encoded as the frames are consumed, in constant memory.
    """
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        video = container.add_stream("libx264", rate=fps, options=X264_OPTIONS)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        video.codec_context.thread_count = THREADS
        _set_colour_metadata(video.codec_context)
        audio_track = (
            None if audio is None else _AudioTrack(container, "aac", audio, audio_rate, bit_rate=VIDEO_AUDIO_BIT_RATE)
        )
        for index, pixels in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgba")
            frame = frame.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709, interpolation="FAST_BILINEAR")
            frame.pts, frame.time_base = index, Fraction(1, fps)
            container.mux(video.encode(frame))
            if audio_track is not None:
                audio_track.encode_until((index + 1) / fps)
        container.mux(video.encode(None))
        if audio_track is not None:
            audio_track.finish()


def write_audio(path: Path, samples: Samples, rate: int) -> None:
    """Write samples from -1 to 1, of shape (n,) or (channels, n), in the format of the file's suffix."""
    suffix = path.suffix.removeprefix(".").lower()
    with av.open(str(path), "w") as container:
        _AudioTrack(container, CODECS[suffix], samples, rate, bit_rate=AUDIO_BIT_RATES.get(suffix)).finish()


def _set_colour_metadata(context: VideoCodecContext) -> None:
    """Tag the stream as BT.709. Players guess the colour space of untagged streams, and some guess wrong."""
    context.colorspace = Colorspace.ITU709
    context.color_primaries = ColorPrimaries.BT709
    context.color_trc = ColorTrc.BT709
    context.color_range = ColorRange.MPEG


class _AudioTrack:
    """An audio stream that is encoded up to the time of the video frames written so far."""

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
            context.format, self._layout, encoded_rate, frame_size=context.frame_size or CHUNK_SIZE
        )
        self._written = 0

    def encode_until(self, seconds: float) -> None:
        """Encode all samples before a time, in seconds."""
        end = min(self._samples.shape[1], round(seconds * self._rate))
        for start in range(self._written, end, CHUNK_SIZE):
            self._encode(self._resampler.resample(self._frame(start, min(start + CHUNK_SIZE, end))))
        self._written = max(self._written, end)

    def finish(self) -> None:
        """Encode the remaining samples and flush the encoder."""
        self.encode_until(self._samples.shape[1] / self._rate)
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
