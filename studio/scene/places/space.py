"""Space: nebulae, stars, planets, and a moon surface as ground."""

import numpy as np
import skia
from numpy.typing import NDArray

from studio.scene.brushes import box, down, fill, glow, line, texture, veil
from studio.scene.colour import Colour, mix, rgb, shade
from studio.scene.noise import clouds
from studio.scene.places.terrain import draw_ground, draw_rim, mounds
from studio.scene.render_context import SceneCanvas
from studio.scene.sky import draw_stars

_NEBULA_ROWS = 300
_PLANET_SIDE = 260
_NEBULA_COLOURS = ((rgb("#8a3cff"), rgb("#ff5fa8")), (rgb("#2a6bff"), rgb("#35e0d0")), (rgb("#ff6a3c"), rgb("#8a2be2")))
_PLANET_COLOURS = (rgb("#d9905a"), rgb("#5fa8d8"), rgb("#c47fd0"), rgb("#6fc0a0"), rgb("#e0b86a"))


def space_back(stage: SceneCanvas) -> None:
    light = stage.light
    stage.canvas.drawPaint(down(0, stage.height, (light.top, light.middle, light.top)))
    if not stage.description.lacks("nebula"):
        _draw_nebula(stage)
    draw_stars(stage, stage.height * 1.4, count=420)
    if "planet" not in stage.description.excluded:
        _draw_planets(stage)


def _draw_nebula(stage: SceneCanvas) -> None:
    random = stage.random("nebula")
    colours = _NEBULA_COLOURS[int(random.integers(len(_NEBULA_COLOURS)))]
    if stage.description.tints:
        colours = (stage.description.tints[0], shade(stage.description.tints[-1], 0.25))
    columns = min(1000, max(24, round(_NEBULA_ROWS * stage.width / stage.height)))
    area = (0.0, 0.0, float(stage.width), float(stage.height))
    first = clouds(random, columns, _NEBULA_ROWS, cells=2, octaves=6)
    second = clouds(random, columns, _NEBULA_ROWS, cells=2, octaves=6)
    for field, colour, share in ((first, colours[0], 0.8), (second, colours[1], 0.55)):
        texture(stage.canvas, veil(colour, np.clip(field * 1.7 - 0.7, 0, 1) * share), area, screen=True)
    core = np.clip(first * second * 3 - 0.9, 0, 1) ** 1.5
    texture(stage.canvas, veil((255, 236, 248), core * 0.7), area, screen=True)
    dust = np.clip(clouds(random, columns, _NEBULA_ROWS, cells=3) * 2 - 1.15, 0, 1)
    texture(stage.canvas, veil(stage.light.top, dust * 0.6), area)


def _draw_planets(stage: SceneCanvas) -> None:
    random = stage.random("worlds")
    prominent = stage.description.shows("planet")
    x, y = stage.width * random.uniform(0.6, 0.76), stage.height * random.uniform(0.3, 0.44)
    radius = stage.unit * (random.uniform(0.2, 0.25) if prominent else random.uniform(0.1, 0.17))
    colour = _PLANET_COLOURS[int(random.integers(len(_PLANET_COLOURS)))]
    if stage.description.tints:
        colour = mix(colour, stage.description.tints[0], 0.65)
    ringed = stage.description.shows("rings") or random.random() < 0.5
    glow(stage.canvas, x, y, radius=radius * 1.7, colour=colour, alpha=0.45)
    if ringed:
        _draw_rings(stage, x, y, radius=radius, colour=colour, behind=True)
    globe = _planet_texture(random, colour, stage.light.accent)
    texture(stage.canvas, globe, (x - radius, y - radius, x + radius, y + radius))
    if ringed:
        _draw_rings(stage, x, y, radius=radius, colour=colour, behind=False)
    moon = (stage.width * random.uniform(0.12, 0.36), stage.height * random.uniform(0.12, 0.3))
    small = stage.unit * random.uniform(0.025, 0.045)
    texture(
        stage.canvas, _planet_texture(random, rgb("#b9b6c6"), rgb("#8a8798")),
        (moon[0] - small, moon[1] - small, moon[0] + small, moon[1] + small),
    )  # fmt: skip


def _planet_texture(random: np.random.Generator, colour: Colour, band_colour: Colour) -> NDArray[np.uint8]:
    """Return the RGBA texture of a banded planet lit from the upper left."""
    side = _PLANET_SIDE
    x, y = np.meshgrid(np.linspace(-1, 1, side), np.linspace(-1, 1, side))
    distance = np.hypot(x, y)
    front = np.sqrt(np.clip(1 - distance**2, 0, 1))
    lit = np.clip(-0.55 * x - 0.5 * y + 0.68 * front, 0.06, 1)
    storms = clouds(random, side, side, cells=4, stretch=3.5)
    bands = np.clip(0.5 + 0.32 * np.sin(y * 11 + storms * 4) + 0.4 * (storms - 0.5), 0, 1)[..., None]
    low, high = np.array(shade(colour, -0.25)), np.array(mix(shade(colour, 0.4), band_colour, 0.25))
    surface = (low + (high - low) * bands) * lit[..., None]
    edge = np.clip((1 - distance) * side / 3, 0, 1)
    rim = np.clip(distance - 0.82, 0, 1)[..., None] * 2.2 * lit[..., None] * np.array(shade(colour, 0.5))
    return np.dstack([np.clip(surface + rim, 0, 255), edge * 255]).astype(np.uint8)


def _draw_rings(stage: SceneCanvas, x: float, y: float, *, radius: float, colour: Colour, behind: bool) -> None:
    canvas = stage.canvas
    canvas.save()
    canvas.translate(x, y)
    canvas.rotate(-17)
    canvas.clipRect(box(-3 * radius, -3 * radius if behind else 0, 3 * radius, 0 if behind else 3 * radius))
    for number, share in enumerate(np.linspace(1.32, 2.0, 22).tolist()):
        alpha = 0.2 + 0.55 * abs(np.sin(number * 1.9))
        oval = box(-radius * share, -radius * share * 0.22, radius * share, radius * share * 0.22)
        canvas.drawOval(oval, line(shade(colour, 0.45), radius * 0.026, float(alpha)))
    canvas.restore()


def space_front(stage: SceneCanvas) -> None:
    """Draw nothing: the moon surface is drawn only under standing subjects."""


def draw_moonscape(stage: SceneCanvas) -> None:
    """Draw grey, cratered ground."""
    ys = mounds(stage, "moonscape", base=0.88, rise=0.06)
    rock = stage.light.on(rgb("#b3afc4"))
    draw_ground(stage, ys, (rock, shade(rock, -0.55)))
    draw_rim(stage, ys, alpha=0.5)
    random = stage.random("craters")
    for near in np.sort(random.random(16)).tolist():
        x, y = random.random() * stage.width, stage.height * (0.9 + 0.1 * near)
        wide = stage.unit * (0.015 + 0.06 * near) * random.uniform(0.6, 1.2)
        stage.canvas.drawOval(box(x - wide, y - wide * 0.26, x + wide, y + wide * 0.26), fill(shade(rock, -0.45)))
        rim = skia.Path()
        rim.addArc(box(x - wide, y - wide * 0.26, x + wide, y + wide * 0.26), 20, 140)
        stage.canvas.drawPath(rim, line(shade(rock, 0.35), max(0.8, wide * 0.09)))
