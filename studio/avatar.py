"""Talking-head video: an animated drawing in sync with the speech, or a still portrait with a waveform."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import skia
from numpy.typing import NDArray

from studio.encode import write_video
from studio.head.appearance import Look
from studio.head.backdrop import render_backdrop
from studio.head.body import draw_body, draw_hand
from studio.head.face import draw_back_of_head, draw_head, draw_neck
from studio.head.head_motion import HeadPose, compute_poses, gesture_style
from studio.head.lip_sync import FrameValues, mouth_track
from studio.progress import Report
from studio.speech.synthesizer import Speech

NOT_ANIMATED = "the portrait is shown, not animated"

Frame = NDArray[np.uint8]

_HEAD_UNITS = 720  # side of the square coordinate space that the head is drawn in
_TALL_FRAME_UNITS = 600  # units across a portrait-format frame: closer, with the shoulders cropped
_REPORT_INTERVAL = 5  # frames
_PORTRAIT_ZOOM = 1.14  # zoom factor at the end of the video
_WAVEFORM_BARS = 48
_WAVEFORM_SECONDS = 1.2  # of sound shown before and after the current time


def render_avatar(
    path: Path,
    speech: Speech,
    *,
    width: int = 720,
    height: int = 720,
    fps: int = 25,
    seed: int,
    look: Look,
    background: str | None,
    gesture: str | None,
    report: Report,
) -> None:
    """Render a video at `path` of a head drawn from `look` that speaks `speech`."""
    mouth = mouth_track(speech, fps=fps)
    head_poses = compute_poses(speech, mouth, fps=fps, seed=seed, style=gesture_style(gesture))
    backdrop = render_backdrop(background, width, height, seed=seed)
    frames = _with_progress(_head_frames(look, head_poses, backdrop), len(head_poses), report)
    _write(path, frames, speech, fps=fps, width=width, height=height)


def render_portrait(
    path: Path,
    image: NDArray[np.uint8],
    speech: Speech,
    *,
    width: int = 720,
    height: int = 720,
    fps: int = 25,
    seed: int,
    report: Report,
) -> str:
    """Render a slow zoom over `image` with the waveform of the speech; return why it is not animated."""
    energy = mouth_track(speech, fps=fps).energy
    frames = _with_progress(_portrait_frames(image, energy, (width, height), fps=fps, seed=seed), len(energy), report)
    _write(path, frames, speech, fps=fps, width=width, height=height)
    return NOT_ANIMATED


def _write(path: Path, frames: Iterator[Frame], speech: Speech, *, fps: int, width: int, height: int) -> None:
    write_video(path, frames, fps=fps, width=width, height=height, audio=speech.samples, audio_rate=speech.rate)


def _with_progress(frames: Iterator[Frame], count: int, report: Report) -> Iterator[Frame]:
    for done, frame in enumerate(frames, start=1):
        yield frame
        if done % _REPORT_INTERVAL == 0 or done == count:
            report(done / count)


def _head_frames(look: Look, head_poses: list[HeadPose], backdrop: Frame) -> Iterator[Frame]:
    height, width = backdrop.shape[:2]
    pixels = np.empty_like(backdrop)
    canvas = skia.Surface(pixels, colorType=skia.kRGBA_8888_ColorType).getCanvas()
    scale, left, top = _head_transform(width, height)
    for pose in head_poses:
        pixels[:] = backdrop
        canvas.save()
        canvas.translate(left, top)
        canvas.scale(scale, scale)
        draw_back_of_head(canvas, look, pose)
        draw_neck(canvas, look, pose)
        draw_body(canvas, look, pose)
        draw_head(canvas, look, pose)
        draw_hand(canvas, look, pose)
        canvas.restore()
        yield pixels.copy()


def _head_transform(width: int, height: int) -> tuple[float, float, float]:
    """Return scale, left and top of the head: full height in a wide frame, in the upper half of a tall one."""
    scale = width / _TALL_FRAME_UNITS if height > 1.3 * width else min(width, height) / _HEAD_UNITS
    top = max(0.0, (height - _HEAD_UNITS * scale) * 0.42)
    return scale, (width - _HEAD_UNITS * scale) / 2, top


def _portrait_frames(
    image: Frame, energy: FrameValues, size: tuple[int, int], *, fps: int, seed: int
) -> Iterator[Frame]:
    width, height = size
    opaque = np.dstack([image[..., :3], np.full(image.shape[:2], 255, np.uint8)])
    # Opaque image, zeroed canvas: resampling at the edges could otherwise blend in uninitialized memory.
    picture = skia.Image.fromarray(
        np.ascontiguousarray(opaque), colorType=skia.kRGBA_8888_ColorType, alphaType=skia.kOpaque_AlphaType
    )
    pixels = np.zeros((height, width, 4), np.uint8)
    canvas = skia.Surface(pixels, colorType=skia.kRGBA_8888_ColorType).getCanvas()
    direction = 1 if np.random.default_rng(seed).random() < 0.5 else -1
    sampling = skia.SamplingOptions(skia.FilterMode.kLinear, skia.MipmapMode.kLinear)
    whole = skia.Rect.MakeWH(width, height)
    for index in range(len(energy)):
        view = _crop(picture, width / height, share=index / max(1, len(energy) - 1), direction=direction)
        canvas.drawImageRect(picture, view, whole, sampling, None)
        _draw_waveform(canvas, energy, index, fps=fps, size=size)
        yield pixels.copy()


def _crop(picture: skia.Image, aspect: float, *, share: float, direction: int) -> skia.Rect:
    """Return the visible rectangle at `share` (0 to 1) of the video, centred on the face, above the middle."""
    progress = share * share * (3 - 2 * share)
    zoom = 1 + (_PORTRAIT_ZOOM - 1) * progress
    crop_width = min(picture.width(), picture.height() * aspect) / zoom
    crop_height = crop_width / aspect
    x = (picture.width() - crop_width) * (0.5 + 0.2 * direction * (progress - 0.5))
    y = (picture.height() - crop_height) * (0.42 - 0.06 * progress)
    return skia.Rect.MakeXYWH(x, y, crop_width, crop_height)


def _draw_waveform(canvas: skia.Canvas, energy: FrameValues, index: int, *, fps: int, size: tuple[int, int]) -> None:
    """Draw the loudness around frame `index` as bars, with the current time in the middle."""
    width, height = size
    shadow = [skia.Point(0, height * 0.78), skia.Point(0, height)]
    dark = skia.GradientShader.MakeLinear(shadow, [skia.Color(0, 0, 0, 0), skia.Color(0, 0, 0, 150)])
    canvas.drawRect(skia.Rect.MakeLTRB(0, height * 0.78, width, height), skia.Paint(Shader=dark))
    offsets = np.linspace(-_WAVEFORM_SECONDS, _WAVEFORM_SECONDS, _WAVEFORM_BARS)
    levels = np.interp(index + offsets * fps, np.arange(len(energy)), energy, left=0, right=0)
    step = width * 0.7 / _WAVEFORM_BARS
    bar = skia.Paint(AntiAlias=True, StrokeWidth=step * 0.5, StrokeCap=skia.Paint.kRound_Cap)
    for number, (offset, level) in enumerate(zip(offsets, levels, strict=True)):
        x, reach = width * 0.15 + (number + 0.5) * step, height * (0.004 + 0.05 * level)
        bar.setColor(skia.Color(255, 255, 255, round(245 - 150 * abs(offset) / _WAVEFORM_SECONDS)))
        canvas.drawLine(x, height * 0.91 - reach, x, height * 0.91 + reach, bar)
