"""Probing video and audio. Runs in the probe process alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av import AudioFrame, VideoFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video.stream import VideoStream

from media.formats import LENGTH_TAGS, SOUND_ONLY, WAV, Format
from media.image_probe import MAX_PIXELS, save_thumbnail
from media.probe_result import ProbeRefused, ProbeResult, Variants
from media.video_display import displayed_image, displayed_size
from media.wave_header import is_open_ended

OPEN_TIMEOUT = 10.0  # seconds
POSTER_SIDE = 640  # pixels
POSTER_TIME = 1.0  # seconds, or a tenth of a shorter video
TOLERATED_GAP = 0.5  # seconds that may be missing at the end, in addition to a fiftieth of the duration
TAG_BYTES = 256 << 10  # bytes by which a cover image may shift the first frame
LAST_PART = 1.0  # seconds before the end from which one frame must decode
MICROSECONDS = 1_000_000


def probe_av(path: Path, file_format: Format) -> ProbeResult:
    """Read every packet and decode at both ends. Raises `ProbeRefused` for damaged files and other formats."""
    with _opened(path, file_format) as container:
        video = _video_stream(container) if file_format.media_type.startswith("video/") else None
        sound = next(iter(container.streams.audio), None)
        main = video or sound
        if main is None:
            raise ProbeRefused("has neither video nor audio")
        open_ended = file_format is WAV and is_open_ended(path)
        has_duration = container.duration and not open_ended and _has_duration(path, file_format)
        stated_duration = container.duration / MICROSECONDS if container.duration and has_duration else None
        duration = _checked_duration(container, stated_duration, open_ended=open_ended)
        first = _check_both_ends(container, main, duration=duration)
        width, height = displayed_size(video, first) if video and isinstance(first, VideoFrame) else (None, None)
        real = file_format if video else SOUND_ONLY.get(file_format, file_format)
        return ProbeResult(
            media_type=real.media_type,
            format=real.extension,
            codec=main.codec_context.codec.canonical_name,
            width=width,
            height=height,
            duration=round(duration, 3),
            has_audio=sound is not None,
        )


def av_variants(path: Path, file_format: Format, *, directory: Path) -> Variants:
    """Write an early frame of a video to `thumbnail.webp` in `directory`; audio has no variants."""
    with _opened(path, file_format) as container:
        video = _video_stream(container)
        if video is None:
            return Variants()
        length = (container.duration or 0) / MICROSECONDS
        moment = min(POSTER_TIME, length / 10)
        frame = _frame_from(container, video, moment)
        if frame is None:
            raise ProbeRefused("has no frame to show")
        picture = displayed_image(video, frame, max_side=POSTER_SIDE)
        return Variants(thumbnail=save_thumbnail(picture, directory, side=POSTER_SIDE))


def _frame_from(container: InputContainer, video: VideoStream, moment: float) -> VideoFrame | None:
    """Return the first frame at or after that time, or the last of a video that ends earlier, as before its sound."""
    frame = None
    for frame in container.decode(video):
        if (frame.time or 0.0) >= moment:
            break
    return frame


@contextmanager
def _opened(path: Path, file_format: Format) -> Iterator[InputContainer]:
    try:
        # Passing an open file and a format prevents FFmpeg from following names inside the file.
        with path.open("rb") as file, av.open(file, "r", format=file_format.demuxer, timeout=OPEN_TIMEOUT) as container:
            _check_decoders(container)
            yield container
    except (FFmpegError, EOFError, ValueError, IndexError) as error:
        raise ProbeRefused(f"is damaged or cut short, or is no {file_format.extension.upper()} file") from error


def _check_decoders(container: InputContainer) -> None:
    if any(stream.codec_context is None for stream in (*container.streams.video, *container.streams.audio)):
        raise ProbeRefused("is encoded in a way that we cannot decode")


def _video_stream(container: InputContainer) -> VideoStream | None:
    """Return the video stream, ignoring cover images."""
    video = next((one for one in container.streams.video if not one.disposition & Disposition.attached_pic), None)
    if video is not None and not 0 < video.width * video.height <= MAX_PIXELS:
        raise ProbeRefused(f"has frames of more than {MAX_PIXELS:,} pixels, or of none")
    return video


def _has_duration(path: Path, file_format: Format) -> bool:
    tags = LENGTH_TAGS.get(file_format)
    if tags is None:
        return True
    with path.open("rb") as file:
        start = file.read(TAG_BYTES)
    return any(tag in start for tag in tags)


def _checked_duration(container: InputContainer, stated_duration: float | None, *, open_ended: bool) -> float:
    """Return the measured duration in seconds: the header of a truncated file still claims all of it.

    The last packet of an `open_ended` file is marked corrupt whenever it is not full.
    """
    start, end = None, 0.0
    for packet in container.demux():
        if packet.is_corrupt and not open_ended:
            raise ProbeRefused("is cut short")
        if packet.pts is None or packet.time_base is None or packet.size == 0:
            continue
        begins = float(packet.pts * packet.time_base)
        start = begins if start is None else min(start, begins)
        end = max(end, begins + float((packet.duration or 0) * packet.time_base))
    if start is None:
        raise ProbeRefused("is empty")
    there = end - min(start, 0.0)
    if stated_duration is not None and there < stated_duration - TOLERATED_GAP - stated_duration / 50:
        raise ProbeRefused(f"is cut short: {there:.1f} of {stated_duration:.1f} seconds are there")
    return stated_duration if stated_duration is not None else there


def _check_both_ends(
    container: InputContainer, stream: VideoStream | AudioStream, *, duration: float
) -> VideoFrame | AudioFrame:
    """Decode a frame at each end and return the first."""
    first, _ = (_frame_at(container, stream, moment) for moment in (0.0, max(0.0, duration - LAST_PART)))
    return first


def _frame_at(container: InputContainer, stream: VideoStream | AudioStream, moment: float) -> VideoFrame | AudioFrame:
    container.seek(int(moment * MICROSECONDS), backward=True)
    frame = next(iter(container.decode(stream)), None)
    if not isinstance(frame, VideoFrame | AudioFrame):
        raise ProbeRefused("cannot be decoded")
    return frame
