"""Weather and particle effects in front of a scene: rain, snow, mist and glowing particles."""

import numpy as np
import skia

from studio.scene.brushes import fill, glow, line, texture, veil
from studio.scene.colour import WHITE, rgb
from studio.scene.noise import clouds
from studio.scene.prompt_parser import SceneDescription
from studio.scene.render_context import SceneCanvas

_MAX_PARTICLES = 1500
_PLACES_WITHOUT_WEATHER = frozenset({"room", "table", "windowsill", "underwater", "space", "abstract"})


def falls(description: SceneDescription, place: str) -> bool:
    """Return whether weather is drawn in this place."""
    return description.weather == "glow" or (description.weather != "none" and place not in _PLACES_WITHOUT_WEATHER)


def draw_weather(stage: SceneCanvas) -> None:
    """Draw the weather of the scene as a still image."""
    if not falls(stage.description, stage.place):
        return
    match stage.description.weather:
        case "rain":
            _draw_rain(stage)
        case "snow":
            _draw_snow(stage)
        case "glow":
            _draw_glowing_particles(stage)


def draw_mist(stage: SceneCanvas, *, alpha: float) -> None:
    """Draw mist over the lower half if the scene has fog."""
    if not stage.description.shows("fog") or stage.place in _PLACES_WITHOUT_WEATHER:
        return
    random, rows = stage.random("mist"), 120
    columns = min(500, max(24, round(rows * stage.width / stage.height)))
    field = clouds(random, columns, rows, cells=2.4, stretch=3)
    share = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    band = np.exp(-(((share - 0.66) / 0.2) ** 2))
    opacity = np.clip(field * 0.75 + 0.28, 0, 1) * band * alpha
    texture(stage.canvas, veil(stage.light.haze, opacity), (0, 0, stage.width, stage.height))


def _particle_count(stage: SceneCanvas, count: int) -> int:
    return min(_MAX_PARTICLES, round(count * max(1.0, stage.width / stage.height, stage.height / stage.width)))


def _draw_rain(stage: SceneCanvas) -> None:
    random = stage.random("rain")
    for alpha, share in ((0.2, 0.6), (0.36, 1.0)):
        path = skia.Path()
        for x, y, size in random.random((_particle_count(stage, 260), 3)).tolist():
            length = stage.unit * share * (0.03 + 0.035 * size)
            path.moveTo(x * 1.1 * stage.width, y * stage.height)
            path.lineTo(x * 1.1 * stage.width - length * 0.22, y * stage.height + length)
        stage.canvas.drawPath(path, line(rgb("#d5e4f6"), max(0.8, stage.unit * 0.0019 * share), alpha))


def _draw_snow(stage: SceneCanvas) -> None:
    random = stage.random("snow")
    for x, y, size in random.random((_particle_count(stage, 330), 3)).tolist():
        radius = max(0.6, stage.unit * (0.0013 + 0.0058 * size**4))
        stage.canvas.drawCircle(x * stage.width, y * stage.height, radius, fill(WHITE, 0.45 + 0.45 * size))


def _draw_glowing_particles(stage: SceneCanvas) -> None:
    random = stage.random("lights")
    warm = rgb("#fff0b0")
    for x, y, size in random.random((_particle_count(stage, 46), 3)).tolist():
        position = (x * stage.width, stage.height * (0.25 + 0.72 * y))
        glow(stage.canvas, *position, radius=stage.unit * (0.012 + 0.026 * size), colour=warm, alpha=0.8)
        stage.canvas.drawCircle(*position, max(0.7, stage.unit * (0.0016 + 0.002 * size)), fill(rgb("#fffbe0"), 0.95))
