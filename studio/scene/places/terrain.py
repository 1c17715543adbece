"""Distant land: hills, snow-capped mountains, rows of trees, and the ground in the foreground."""

from collections.abc import Sequence

import numpy as np
import skia

from studio.scene.brushes import down, fill, ground, polygon
from studio.scene.colour import WHITE, Colour, mix, shade
from studio.scene.flora import draw_round_tree, pine_row
from studio.scene.noise import Field, rolling, skyline
from studio.scene.render_context import SceneCanvas
from studio.scene.sky import draw_haze

_FLANK_POINTS = 24


def draw_hills(
    stage: SceneCanvas, name: str, *, base: float, rise: float, colour: Colour, depth: float, bumps: float = 2.0,
    soft: bool = True,
) -> Field:  # fmt: skip
    """Draw a range of hills and return its outline in pixels; `base` and `rise` are fractions of the height."""
    random = stage.random(name)
    count = len(stage.xs)
    bumps *= max(1.0, stage.width / stage.height)
    line = rolling(random, count, bumps=bumps) if soft else skyline(random, count, bumps=bumps)
    ys = stage.height * (base - rise * (0.08 if stage.description.lacks("hills") else 1.0) * line)
    near, far = stage.land(colour, depth=depth), stage.land(colour, depth=min(1.0, depth + 0.22))
    top, bottom = float(ys.min()), stage.height * min(1.0, base + 0.1)
    stage.canvas.drawPath(ground(stage.xs, ys, stage.height), down(top, bottom, (shade(near, 0.05), far)))
    return ys


def draw_peaks(
    stage: SceneCanvas, name: str, *, base: float, rise: float, depth: float, count: int, snow: bool
) -> None:
    """Draw a range of sharp mountains lit from one side."""
    if stage.description.lacks("mountains"):
        return
    random = stage.random(name)
    spread = max(1.0, stage.width / stage.height / 1.3)
    count = max(2, round(count * spread))
    peak_xs = (np.arange(count) + 0.5 + random.uniform(-0.3, 0.3, count)) / count * stage.width
    heights = stage.height * rise * random.uniform(0.5, 1.0, count)
    heights[int(random.integers(count))] = stage.height * rise
    for order in np.argsort(heights)[::-1]:
        half = min(float(heights[order]) * random.uniform(0.9, 1.25), stage.unit * 0.6)
        _draw_peak(
            stage, random, float(peak_xs[order]), foot=stage.height * base, height=float(heights[order]), half=half,
            depth=depth, snow=snow,
        )  # fmt: skip
    draw_haze(
        stage, stage.height * base, thickness=stage.height * rise * 0.55, alpha=0.55 if not stage.light.dark else 0.35
    )


def _draw_peak(
    stage: SceneCanvas, random: np.random.Generator, x: float, *, foot: float, height: float, half: float, depth: float,
    snow: bool,
) -> None:  # fmt: skip
    rock: Colour = (104, 112, 136)
    left, right = _flank(random, half, height), _flank(random, half * random.uniform(0.8, 1.2), height)
    xs = np.concatenate([x - left[0], x + right[0][::-1]])
    ys = np.concatenate([foot - left[1], foot - right[1][::-1]])
    body = polygon(xs, ys)
    colour = stage.land(rock, depth=depth)
    canvas = stage.canvas
    canvas.drawPath(body, down(foot - height, foot, (colour, stage.land(rock, depth=min(1, depth + 0.3)))))
    canvas.save()
    canvas.clipPath(body, skia.ClipOp.kIntersect, True)
    if snow and not stage.description.lacks("snow"):
        cap = stage.land((238, 244, 250), depth=depth * 0.55)
        canvas.drawPath(_snow_line(random, x, foot=foot, height=height, half=half), fill(cap))
    spine = np.cumsum(random.normal(0.02, 0.11, 9)) * half * 0.5
    down_spine = np.linspace(foot - height * 1.02, foot + 1, 9)
    shaded = polygon([*(x + spine), x + half * 1.6, x + half * 1.6], [*down_spine, foot + 1, foot - height])
    canvas.drawPath(shaded, fill(mix(stage.light.top, (20, 24, 60), 0.4), 0.32))
    canvas.restore()


def _flank(random: np.random.Generator, half: float, height: float) -> tuple[Field, Field]:
    """Return one side of a mountain from foot to peak: distances from the axis and heights."""
    up = np.linspace(0, 1, _FLANK_POINTS)
    rough = np.interp(up * 9, np.arange(10), random.normal(0, 0.045, 10)) * np.sin(up * np.pi)
    out = half * np.clip((1 - up**0.85) + rough, 0, 1.2)
    return out.astype(np.float32), (up * height).astype(np.float32)


def _snow_line(random: np.random.Generator, x: float, *, foot: float, height: float, half: float) -> skia.Path:
    """Return the region above a jagged line at about 60 % of the height."""
    teeth = 15
    xs = np.linspace(x - half, x + half, teeth)
    ys = foot - height * (0.6 + 0.12 * (np.arange(teeth) % 2) + random.uniform(-0.07, 0.07, teeth))
    return polygon([x - half, *xs, x + half], [foot - height * 1.1, *ys, foot - height * 1.1])


def plant_pines(
    stage: SceneCanvas, name: str, ys: Field, *, count: int, size: float, colour: Colour, depth: float
) -> None:
    """Draw distant firs along the outline of hills."""
    if stage.description.lacks("trees"):
        return
    random = stage.random(name)
    count = round(count * max(1.0, stage.width / stage.height))
    at = np.sort(random.integers(0, len(stage.xs), count))
    sizes = stage.unit * size * random.uniform(0.6, 1.2, count)
    path = pine_row(stage.xs[at], ys[at] + stage.unit * 0.012, sizes)
    stage.canvas.drawPath(path, fill(stage.land(colour, depth=depth)))


def plant_trees(stage: SceneCanvas, name: str, ys: Field, *, count: int, size: float, depth: float) -> None:
    """Draw broadleaf trees along the outline of hills."""
    random = stage.random(name)
    count = round(count * max(1.0, stage.width / stage.height))
    for at in np.sort(random.integers(0, len(stage.xs), count)):
        height = stage.unit * size * random.uniform(0.7, 1.2)
        foot = float(ys[at]) + height * 0.04
        draw_round_tree(stage, float(stage.xs[at]), foot, height=height, random=random, depth=depth)


def mounds(stage: SceneCanvas, name: str, *, base: float, rise: float) -> Field:
    """Return the outline of the foreground ground, in pixels."""
    return stage.height * (base - rise * rolling(stage.random(name), len(stage.xs), bumps=0.8))


def height_at(stage: SceneCanvas, ys: Field, x: float) -> float:
    return float(np.interp(x, stage.xs, ys))


def draw_ground(stage: SceneCanvas, ys: Field, colours: Sequence[Colour]) -> None:
    """Fill the ground from its outline to the bottom of the picture."""
    top = float(ys.min())
    stage.canvas.drawPath(ground(stage.xs, ys, stage.height), down(top, stage.height, list(colours)))


def draw_rim(stage: SceneCanvas, ys: Field, *, colour: Colour = WHITE, alpha: float = 0.2) -> None:
    """Draw a light rim along the outline of the ground."""
    edge = polygon([*stage.xs, *stage.xs[::-1]], [*ys, *(ys[::-1] + stage.unit * 0.012)])
    stage.canvas.drawPath(edge, fill(stage.light.on(colour), alpha))
