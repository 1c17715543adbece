"""Weather overlays for video: rain, snow and glowing particles."""

import math
from collections.abc import Mapping
from functools import cache
from typing import Protocol

import numpy as np
import skia
from numpy.typing import NDArray

from studio.prompt_words import words_in, words_of

RAINDROPS = 360
RAIN_SPEED = 1.9  # frame heights per second, for the nearest drops
RAIN_SLANT = 0.2  # horizontal per vertical distance
SNOWFLAKES = 300
GLOW_PARTICLES = 48
SPRITE_SIZE = 64  # pixels
WARM_WHITE = (255, 250, 222)
AMBER = (255, 214, 110)
WEATHER_WORDS: Mapping[str, frozenset[str]] = {
    "rain": words_of("rain rainy raining storm stormy monsoon drizzle"),
    "snow": words_of("snow snowy snowing snowfall blizzard winter"),
    "glow": words_of("magic magical fairy fireflies sparkle sparkles sparkling dream dreamy lanterns embers"),
}


class Weather(Protocol):
    """An animated overlay in front of the scene."""

    def draw(self, canvas: skia.Canvas, width: int, height: int, time: float) -> None:
        """Draw the overlay at `time` seconds into the video."""
        ...


def create_weather(name: str, seed: int) -> Weather:
    """Return the overlay for `rain`, `snow` or `glow`; any other name returns an empty one."""
    generator = np.random.default_rng(seed + 1)
    match name:
        case "rain":
            return Rain(generator)
        case "snow":
            return Snow(generator)
        case "glow":
            return GlowParticles(generator)
    return NoWeather()


def weather_in_prompt(prompt: str) -> str:
    """Return the weather named in a prompt, or `none`."""
    words = set(words_in(prompt))
    return next((name for name, keywords in WEATHER_WORDS.items() if words & keywords), "none")


class NoWeather:
    """An empty overlay."""

    def draw(self, canvas: skia.Canvas, width: int, height: int, time: float) -> None:
        pass


class Rain:
    """Slanted raindrops in two layers; the nearer one is thicker, brighter and faster."""

    def __init__(self, generator: np.random.Generator) -> None:
        self._far, self._near = generator.random((2, 3, RAINDROPS // 2))

    def draw(self, canvas: skia.Canvas, width: int, height: int, time: float) -> None:
        unit = (width + height) / 2
        for (across, down, size), near in ((self._far, 0.55), (self._near, 1.0)):
            fall = time * RAIN_SPEED * near * (0.85 + 0.3 * size)
            length = unit * 0.06 * near * (0.6 + 0.8 * size)
            y = (down + fall) % 1.15 * height - 0.1 * height
            # x follows from the distance fallen, so that each drop moves along its slant.
            x = (across * width - (down + fall) % 1.15 * height * RAIN_SLANT) % (width * 1.1)
            ends = np.stack([x, y, x - length * RAIN_SLANT, y + length], axis=1).reshape(-1, 2)
            color = skia.Color(216, 230, 255, int(60 + 90 * near**2))
            paint = skia.Paint(Color=color, StrokeWidth=max(0.8, unit / 480 * near), AntiAlias=True)
            _draw_points(canvas, skia.Canvas.PointMode.kLines_PointMode, ends, paint)


class Snow:
    """Snowflakes in three sizes that sway as they fall."""

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
                Color=skia.Color(255, 255, 255, 210 - 30 * size),
                StrokeWidth=max(1.5, (width + height) / 900) * (1 + size),
                StrokeCap=skia.Paint.kRound_Cap,
                AntiAlias=True,
            )
            _draw_points(canvas, skia.Canvas.PointMode.kPoints_PointMode, np.stack([x, y], axis=1), paint)


class GlowParticles:
    """Glowing particles that drift upwards and flicker."""

    def __init__(self, generator: np.random.Generator) -> None:
        self._x, self._y, self._near, self._phase = generator.random((4, GLOW_PARTICLES))
        self._sprite = _glow_sprite()

    def draw(self, canvas: skia.Canvas, width: int, height: int, time: float) -> None:
        unit, turn = (width + height) / 2, self._phase * math.tau
        wander = 0.018 * np.sin(time * 0.9 + turn) + time * 0.012 * (0.4 + self._near)
        x = (self._x + wander) % 1.0 * width
        y = (self._y - time * 0.035 * (0.4 + self._near)) % 1.0 * height
        glimmer = 0.6 + 0.4 * np.sin(time * (1.5 + 2 * self._near) + turn)
        radius = unit * (0.012 + 0.024 * self._near**2)
        sampling = skia.SamplingOptions(skia.FilterMode.kLinear)
        for at_x, at_y, size, light in np.stack([x, y, radius, glimmer], axis=1).tolist():
            place = skia.Rect.MakeXYWH(at_x - size, at_y - size, 2 * size, 2 * size)
            canvas.drawImageRect(self._sprite, place, sampling, skia.Paint(Alphaf=light))


@cache
def _glow_sprite() -> skia.Image:
    """Return a sprite of a warm point of light with a halo."""
    surface = skia.Surface(SPRITE_SIZE, SPRITE_SIZE)
    middle = SPRITE_SIZE / 2
    colors = [skia.Color(*WARM_WHITE, 255), skia.Color(*WARM_WHITE, 230), skia.Color(*AMBER, 95), skia.Color(*AMBER, 0)]
    shader = skia.GradientShader.MakeRadial(skia.Point(middle, middle), middle, colors, [0.0, 0.14, 0.3, 1.0])
    surface.getCanvas().drawPaint(skia.Paint(Shader=shader))
    return surface.makeImageSnapshot()


def _draw_points(
    canvas: skia.Canvas, mode: skia.Canvas.PointMode, points: NDArray[np.float64], paint: skia.Paint
) -> None:
    canvas.drawPoints(mode, [skia.Point(*point) for point in points.tolist()], paint)
