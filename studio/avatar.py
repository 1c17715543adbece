"""Talking heads: a drawn one that follows the speech, or a portrait shown while it is heard."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import skia
from numpy.typing import NDArray

from studio.encode import write_video
from studio.head.backdrop import backdrop
from studio.head.body import draw_body, draw_hand
from studio.head.face import draw_back_of_head, draw_head, draw_neck
from studio.head.look import Look
from studio.head.motion import Pose, manner_for, poses
from studio.head.mouth import Track, mouth_track
from studio.progress import Report
from studio.speech.speech import Speech

PORTRAIT_NOTE = "the portrait is shown, not animated"

Frame = NDArray[np.uint8]

_UNITS = 720  # the head is drawn in a square of this size
_TALL_UNITS = 600  # a tall picture comes closer and cuts the shoulders
_REPORT_EVERY = 5  # frames
_ZOOM = 1.14  # how close the camera comes to a portrait
_BARS = 48
_BAR_SECONDS = 1.2  # of sound to each side of the present in the wave under a portrait


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
    """Draw a head that says the speech."""
    mouth = mouth_track(speech, fps=fps)
    moves = poses(speech, mouth, fps=fps, seed=seed, manner=manner_for(gesture))
    place = backdrop(background, width, height, seed=seed)
    frames = _reported(_head_frames(look, moves, place), len(moves), report)
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
    """Show a portrait, the camera moving slowly over it, with the wave of the speech. Returns what to tell of it."""
    energy = mouth_track(speech, fps=fps).energy
    frames = _reported(_portrait_frames(image, energy, (width, height), fps=fps, seed=seed), len(energy), report)
    _write(path, frames, speech, fps=fps, width=width, height=height)
    return PORTRAIT_NOTE


def _write(path: Path, frames: Iterator[Frame], speech: Speech, *, fps: int, width: int, height: int) -> None:
    write_video(path, frames, fps=fps, width=width, height=height, audio=speech.samples, audio_rate=speech.rate)


def _reported(frames: Iterator[Frame], count: int, report: Report) -> Iterator[Frame]:
    for done, frame in enumerate(frames, start=1):
        yield frame
        if done % _REPORT_EVERY == 0 or done == count:
            report(done / count)


def _head_frames(look: Look, moves: list[Pose], place: Frame) -> Iterator[Frame]:
    height, width = place.shape[:2]
    pixels = np.empty_like(place)
    canvas = skia.Surface(pixels, colorType=skia.kRGBA_8888_ColorType).getCanvas()
    scale, left, top = _framing(width, height)
    for pose in moves:
        pixels[:] = place
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


def _framing(width: int, height: int) -> tuple[float, float, float]:
    """Scale and offset: the head fills a wide picture's height, and sits in the upper half of a tall one."""
    scale = width / _TALL_UNITS if height > 1.3 * width else min(width, height) / _UNITS
    top = max(0.0, (height - _UNITS * scale) * 0.42)
    return scale, (width - _UNITS * scale) / 2, top


def _portrait_frames(image: Frame, energy: Track, size: tuple[int, int], *, fps: int, seed: int) -> Iterator[Frame]:
    width, height = size
    opaque = np.dstack([image[..., :3], np.full(image.shape[:2], 255, np.uint8)])
    # Opaque, and over zeros: sampling a clear layer lets a hair of what was in memory through.
    picture = skia.Image.fromarray(
        np.ascontiguousarray(opaque), colorType=skia.kRGBA_8888_ColorType, alphaType=skia.kOpaque_AlphaType
    )
    pixels = np.zeros((height, width, 4), np.uint8)
    canvas = skia.Surface(pixels, colorType=skia.kRGBA_8888_ColorType).getCanvas()
    direction = 1 if np.random.default_rng(seed).random() < 0.5 else -1
    sampling = skia.SamplingOptions(skia.FilterMode.kLinear, skia.MipmapMode.kLinear)
    whole = skia.Rect.MakeWH(width, height)
    for index in range(len(energy)):
        view = _view(picture, width / height, share=index / max(1, len(energy) - 1), direction=direction)
        canvas.drawImageRect(picture, view, whole, sampling, None)
        _draw_wave(canvas, energy, index, fps=fps, size=size)
        yield pixels.copy()


def _view(picture: skia.Image, aspect: float, *, share: float, direction: int) -> skia.Rect:
    """The part of the picture that is seen; a portrait's face is above its middle, so the camera stays there."""
    eased = share * share * (3 - 2 * share)
    zoom = 1 + (_ZOOM - 1) * eased
    wide = min(picture.width(), picture.height() * aspect) / zoom
    high = wide / aspect
    x = (picture.width() - wide) * (0.5 + 0.2 * direction * (eased - 0.5))
    y = (picture.height() - high) * (0.42 - 0.06 * eased)
    return skia.Rect.MakeXYWH(x, y, wide, high)


def _draw_wave(canvas: skia.Canvas, energy: Track, index: int, *, fps: int, size: tuple[int, int]) -> None:
    """Bars of the loudness around the present, the present in the middle."""
    width, height = size
    shadow = [skia.Point(0, height * 0.78), skia.Point(0, height)]
    dark = skia.GradientShader.MakeLinear(shadow, [skia.Color(0, 0, 0, 0), skia.Color(0, 0, 0, 150)])
    canvas.drawRect(skia.Rect.MakeLTRB(0, height * 0.78, width, height), skia.Paint(Shader=dark))
    offsets = np.linspace(-_BAR_SECONDS, _BAR_SECONDS, _BARS)
    levels = np.interp(index + offsets * fps, np.arange(len(energy)), energy, left=0, right=0)
    step = width * 0.7 / _BARS
    bar = skia.Paint(AntiAlias=True, StrokeWidth=step * 0.5, StrokeCap=skia.Paint.kRound_Cap)
    for place, (offset, level) in enumerate(zip(offsets, levels, strict=True)):
        x, reach = width * 0.15 + (place + 0.5) * step, height * (0.004 + 0.05 * level)
        bar.setColor(skia.Color(255, 255, 255, round(245 - 150 * abs(offset) / _BAR_SECONDS)))
        canvas.drawLine(x, height * 0.91 - reach, x, height * 0.91 + reach, bar)
