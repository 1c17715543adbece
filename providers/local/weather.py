"""Rain, snow and drifting lights in front of a film."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import skia

from providers.local.wording import words_in, words_of

RAINDROPS = 220
SNOWFLAKES = 240
LIGHTS = 36
CALLS: Mapping[str, frozenset[str]] = {
    "rain": words_of("rain rainy raining storm stormy monsoon drizzle"),
    "snow": words_of("snow snowy snowing snowfall blizzard winter"),
    "glow": words_of("magic magical fairy fireflies sparkle sparkles sparkling dream dreamy lanterns embers"),
}


class Weather(Protocol):
    """Something that moves in front of the scene."""

    def draw(self, canvas: skia.Canvas, width: int, height: int, time: float) -> None:
        """Draw it as it is `time` seconds into the film."""
        ...


def weather_of(name: str, seed: int) -> Weather:
    """`rain`, `snow`, `glow` or, for any other name, a clear view."""
    generator = np.random.default_rng(seed + 1)
    match name:
        case "rain":
            return Rain(generator)
        case "snow":
            return Snow(generator)
        case "glow":
            return Lights(generator)
    return Clear()


def weather_called_for(prompt: str) -> str:
    """The weather a prompt speaks of, for a picture that came without any."""
    words = set(words_in(prompt))
    return next((name for name, calls in CALLS.items() if words & calls), "none")


class Clear:
    """Nothing."""

    def draw(self, canvas: skia.Canvas, width: int, height: int, time: float) -> None:
        pass


class Rain:
    """Slanting drops, the nearer the faster; drawn as one path."""

    def __init__(self, generator: np.random.Generator) -> None:
        self._x, self._y = generator.random((2, RAINDROPS))
        self._near = 0.35 + 0.65 * generator.random(RAINDROPS)

    def draw(self, canvas: skia.Canvas, width: int, height: int, time: float) -> None:
        x = (self._x * width - time * width * 0.18 * self._near) % width
        y = (self._y * height + time * height * 2.2 * self._near) % (height * 1.1) - height * 0.05
        length = height * 0.045 * self._near
        points = np.empty((2 * RAINDROPS, 2))
        points[0::2] = np.stack([x, y], axis=1)
        points[1::2] = np.stack([x - length * 0.16, y + length], axis=1)
        paint = skia.Paint(Color=0x70D8E6FF, StrokeWidth=max(1.0, height / 520), AntiAlias=True)
        lines = [skia.Point(*point) for point in points.tolist()]
        canvas.drawPoints(skia.Canvas.PointMode.kLines_PointMode, lines, paint)


class Snow:
    """Flakes in three sizes, swaying as they fall."""

    def __init__(self, generator: np.random.Generator) -> None:
        self._x, self._y, self._phase = generator.random((3, SNOWFLAKES))

    def draw(self, canvas: skia.Canvas, width: int, height: int, time: float) -> None:
        for size in range(3):
            flakes = slice(size, None, 3)
            speed = 0.09 * (size + 1)
            sway = np.sin(time * 1.3 + self._phase[flakes] * 6.28) * width * 0.012
            x = (self._x[flakes] * width + sway + time * width * 0.015) % width
            y = (self._y[flakes] + time * speed) % 1.0 * height
            paint = skia.Paint(
                Color=0xCCFFFFFF,
                StrokeWidth=max(1.5, height / 360) * (1 + size),
                StrokeCap=skia.Paint.kRound_Cap,
                AntiAlias=True,
            )
            points = [skia.Point(*point) for point in np.stack([x, y], axis=1).tolist()]
            canvas.drawPoints(skia.Canvas.PointMode.kPoints_PointMode, points, paint)


class Lights:
    """Specks that drift upwards and glimmer."""

    def __init__(self, generator: np.random.Generator) -> None:
        self._x, self._y, self._near = generator.random((3, LIGHTS))

    def draw(self, canvas: skia.Canvas, width: int, height: int, time: float) -> None:
        x = (self._x + time * 0.012 * (0.4 + self._near)) % 1.0 * width
        y = (self._y - time * 0.030 * (0.4 + self._near)) % 1.0 * height
        glimmer = 0.30 + 0.25 * np.sin(time * 2.4 * (0.4 + self._near) + self._x * 40)
        radius = height * (0.004 + 0.010 * self._near)
        for at_x, at_y, size, light in np.stack([x, y, radius, glimmer], axis=1).tolist():
            centre = skia.Point(at_x, at_y)
            colors = [skia.Color(255, 240, 205, int(255 * light)), skia.Color(255, 240, 205, 0)]
            shader = skia.GradientShader.MakeRadial(centre, size, colors)
            paint = skia.Paint(AntiAlias=True, BlendMode=skia.BlendMode.kScreen, Shader=shader)
            canvas.drawCircle(centre, size, paint)
