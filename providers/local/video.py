"""Films from a prompt or a picture: a camera that moves through the layers, weather in front, sound underneath."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import skia
from numpy.typing import NDArray

from providers.local.encode import write_video
from providers.local.music import bed
from providers.local.picture import layers
from providers.local.progress import Report
from providers.local.weather import Weather, sound_of, weather_of

Pixels = NDArray[np.uint8]

TRAVEL = {"low": 0.06, "medium": 0.16, "high": 0.32}  # how far the camera goes, as a share of the picture
MARGIN = {"low": 1.12, "medium": 1.25, "high": 1.45}  # how much larger than the frame the scene is painted
PARALLAX = 1.8  # how much further the front moves than the back
DISSOLVE = 0.35  # share of a film with a last picture in which it comes in
SAMPLING = skia.SamplingOptions(skia.FilterMode.kLinear, skia.MipmapMode.kNone)


def render_text_video(
    path: Path,
    prompt: str,
    *,
    width: int,
    height: int,
    duration: float,
    fps: int = 24,
    seed: int,
    motion: str = "medium",
    negative: str = "",
    silent: bool = False,
    report: Report,
) -> tuple[str, ...]:
    """Film the scene of a prompt; returns the words that shaped it. The same arguments give the same bytes."""
    margin = MARGIN[motion]
    scene = layers(prompt, _even(width * margin), _even(height * margin), seed=seed)
    count = max(2, round(duration * fps))
    stage = Stage(width, height)
    move = camera_move(seed, motion)
    frames = stage.film(
        [_image(scene.back), _image(scene.front)], count, fps, move=move, weather=weather_of(scene.weather, seed)
    )
    sound = None if silent else sound_of(scene.weather, bed(prompt, count / fps, seed=seed), seed=seed)
    write_video(path, _reported(frames, count, report), fps=fps, width=width, height=height, audio=sound)
    return scene.followed


def render_image_video(
    path: Path,
    image: Pixels,
    prompt: str,
    *,
    width: int,
    height: int,
    duration: float,
    fps: int,
    seed: int,
    motion: str,
    silent: bool,
    report: Report,
    last: Pixels | None = None,
) -> None:
    """Film a picture (height x width x 3), dissolving into `last` where there is one."""
    count = max(2, round(duration * fps))
    stage = Stage(width, height)
    move = camera_move(seed, motion)
    weather = "glow" if not prompt else _weather_in(prompt)
    frames = stage.film([_image(_opaque(image))], count, fps, move=move, weather=weather_of(weather, seed))
    if last is not None:
        ending = stage.film([_image(_opaque(last))], count, fps, move=move, weather=weather_of("none", seed))
        frames = _dissolved(frames, ending, count)
    sound = None if silent else sound_of(weather, bed(prompt or "calm", count / fps, seed=seed), seed=seed)
    write_video(path, _reported(frames, count, report), fps=fps, width=width, height=height, audio=sound)


@dataclass(frozen=True, slots=True)
class Move:
    """Where the camera is at the beginning and at the end: shares of the free way, and the zoom."""

    start: tuple[float, float, float]
    end: tuple[float, float, float]

    def at(self, time: float) -> tuple[float, float, float]:
        """At a time from 0 to 1, gently off and gently to a halt."""
        eased = time * time * (3 - 2 * time)
        across, down, zoom = (a + (b - a) * eased for a, b in zip(self.start, self.end, strict=True))
        return across, down, zoom


def camera_move(seed: int, motion: str) -> Move:
    """A push in, a pull out, a pan or a rise, by the seed."""
    generator = np.random.default_rng(seed)
    travel = TRAVEL[motion]
    side = 1 if generator.random() < 0.5 else -1
    near, far = 1.0 + travel, 1.0
    match int(generator.integers(4)):
        case 0:
            return Move((0.5, 0.5, far), (0.5 + 0.1 * side, 0.45, near + travel / 2))
        case 1:
            return Move((0.5 + 0.1 * side, 0.45, near + travel / 2), (0.5, 0.5, far))
        case 2:
            return Move((0.5 - 0.5 * side, 0.5, 1.0 + travel / 3), (0.5 + 0.5 * side, 0.5, 1.0 + travel / 3))
    return Move((0.5 - 0.15 * side, 1.0, 1.0 + travel / 3), (0.5 + 0.15 * side, 0.1, 1.0 + travel / 2))


class Stage:
    """Draws frames of one size. The array that is yielded is used again for the next frame."""

    def __init__(self, width: int, height: int) -> None:
        self._width, self._height = width, height

    def film(self, images: list[skia.Image], count: int, fps: int, *, move: Move, weather: Weather) -> Iterator[Pixels]:
        """`count` frames of height x width x 4 RGBA: the images one over another, each further moved than the last."""
        frame = np.empty((self._height, self._width, 4), np.uint8)
        surface = skia.Surface(frame, colorType=skia.kRGBA_8888_ColorType)
        canvas = surface.getCanvas()
        for index in range(count):
            position = move.at(index / (count - 1))
            for depth, image in enumerate(images):
                self._draw(canvas, image, position, depth=PARALLAX if depth else 1.0)
            weather.draw(canvas, self._width, self._height, index / fps)
            yield frame

    def _draw(
        self, canvas: skia.Canvas, image: skia.Image, position: tuple[float, float, float], *, depth: float
    ) -> None:
        across, down, zoom = position
        zoom = 1 + (zoom - 1) * depth
        scale = max(self._width / image.width(), self._height / image.height())
        wide, high = self._width / scale / zoom, self._height / scale / zoom
        # A front layer swings wider around the middle, but never off the edge of its picture.
        left = _within((image.width() - wide) * (0.5 + (across - 0.5) * min(1.0, depth)), image.width() - wide)
        top = _within((image.height() - high) * (0.5 + (down - 0.5) * min(1.0, depth)), image.height() - high)
        source = skia.Rect.MakeXYWH(left, top, wide, high)
        canvas.drawImageRect(image, source, skia.Rect.MakeWH(self._width, self._height), SAMPLING, None)


def _within(offset: float, most: float) -> float:
    return min(max(0.0, offset), max(0.0, most))


def _reported(frames: Iterator[Pixels], count: int, report: Report) -> Iterator[Pixels]:
    for index, frame in enumerate(frames):
        yield frame
        report((index + 1) / count)


def _dissolved(frames: Iterator[Pixels], ending: Iterator[Pixels], count: int) -> Iterator[Pixels]:
    start = 1 - DISSOLVE
    for index, (frame, last) in enumerate(zip(frames, ending, strict=True)):
        share = min(1.0, max(0.0, (index / (count - 1) - start) / (DISSOLVE * 0.9)))
        mixed = frame.astype(np.float32) * (1 - share) + last.astype(np.float32) * share
        yield mixed.astype(np.uint8)


def _image(pixels: Pixels) -> skia.Image:
    return skia.Image.fromarray(np.ascontiguousarray(pixels), colorType=skia.kRGBA_8888_ColorType)


def _opaque(pixels: Pixels) -> Pixels:
    return np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])


def _even(side: float) -> int:
    return math.ceil(side / 2) * 2


def _weather_in(prompt: str) -> str:
    words = set(prompt.lower().split())
    if words & {"rain", "rainy", "storm", "stormy"}:
        return "rain"
    return "snow" if words & {"snow", "snowy", "winter", "blizzard"} else "glow"
