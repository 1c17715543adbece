"""A city skyline and a street in perspective."""

from itertools import pairwise

import numpy as np
import skia

from studio.scene.brushes import across, box, down, fill, glow, line, polygon, soft
from studio.scene.colour import Colour, mix, rgb, shade
from studio.scene.flora import draw_round_tree
from studio.scene.places.terrain import draw_hills
from studio.scene.render_context import SceneCanvas
from studio.scene.sky import draw_haze, draw_sky

_CONCRETE = tuple(rgb(code) for code in ("#7f90a8", "#a08f8f", "#6f7fa0", "#8f9fb0", "#b09a88"))
_PLASTER = tuple(rgb(code) for code in ("#e8a87c", "#d96f5d", "#f0d6a0", "#8fb8c8", "#c98fa8", "#9fc08f", "#e0e0d8"))
_LAMPLIGHT: Colour = rgb("#ffdf94")
_NEON = tuple(rgb(code) for code in ("#00f0ff", "#ff3fb4", "#ffe14d", "#9a5cff", "#36ff9a"))


def city_back(stage: SceneCanvas) -> None:
    draw_sky(stage, 0.86)
    for number, depth in enumerate((0.66, 0.42, 0.16)):
        _draw_tower_row(stage, number, depth=depth)
        draw_haze(stage, stage.height * 0.88, thickness=stage.height * 0.3, alpha=0.3)


def _draw_tower_row(stage: SceneCanvas, number: int, *, depth: float) -> None:
    random = stage.random(f"towers {number}")
    x, foot = -0.02 * stage.width, stage.height * (0.9 + 0.02 * number)
    while x < stage.width:
        wide = stage.unit * (random.uniform(0.05, 0.1) + 0.018 * number)
        tall = stage.height * (0.2 + 0.44 * random.random() ** 1.5) * (1.12 - 0.24 * number)
        _draw_tower(stage, random, (x, foot - tall, x + wide, foot + stage.height * 0.1), depth=depth, near=number)
        x += wide * random.uniform(1.0, 1.22)


def _draw_tower(
    stage: SceneCanvas, random: np.random.Generator, area: tuple[float, float, float, float], *, depth: float, near: int
) -> None:
    left, top, right, bottom = area
    wide = right - left
    wall = stage.land(
        shade(_CONCRETE[int(random.integers(len(_CONCRETE)))], -0.35 if stage.light.dark else -0.05), depth=depth
    )
    canvas = stage.canvas
    face = down(top, bottom, (wall, mix(wall, stage.light.haze, 0.35)))
    kind = int(random.integers(5))
    if kind == 0:
        canvas.drawLine((left + right) / 2, top, (left + right) / 2, top - wide * 0.9, line(wall, wide * 0.05))
        canvas.drawRect(box(left + wide * 0.25, top - wide * 0.25, right - wide * 0.25, bottom), face)
    elif kind == 1:
        canvas.drawPath(polygon([left, left, right, right], [bottom, top - wide * 0.35, top + 1, bottom]), face)
    elif kind == 2:
        canvas.drawRect(box(left + wide * 0.15, top - wide * 0.3, right - wide * 0.3, bottom), face)
    canvas.drawRect(box(left, top, right, bottom), face)
    canvas.drawRect(box(left + wide * 0.68, top, right, bottom), fill(shade(wall, -0.5), 0.22))
    _draw_windows(stage, random, area, near=near)
    if stage.light.dark and near > 0 and random.random() < 0.3:
        _draw_sign(stage, random, left + wide * random.uniform(0.1, 0.7), top + (bottom - top) * 0.15, wide=wide)


def _draw_windows(
    stage: SceneCanvas, random: np.random.Generator, area: tuple[float, float, float, float], *, near: int
) -> None:
    """Draw a grid of window panes, some lit, as one path per colour."""
    left, top, right, bottom = area
    pitch = max(2.6, stage.unit * (0.013 + 0.005 * near))
    columns, rows = int((right - left) / pitch - 0.6), int((bottom - top) / pitch / 1.3 - 1)
    if columns < 1 or rows < 1:
        return
    lit = random.random((rows, columns))
    dark = stage.light.dark
    glass, shine = mix(stage.light.middle, stage.light.top, 0.5), mix(stage.light.sun, stage.light.horizon, 0.4)
    by_day = [(lit < 0.62, glass), (lit > 0.86, shine)]
    by_night = [(lit < 0.2, _LAMPLIGHT), ((lit > 0.2) & (lit < 0.36), stage.light.accent)]
    margin = (right - left - columns * pitch) / 2
    for chosen, colour in by_night if dark else by_day:
        panes = skia.Path()
        for row, column in np.argwhere(chosen).tolist():
            x, y = left + margin + (column + 0.22) * pitch, top + (row + 0.7) * pitch * 1.3
            panes.addRect(box(x, y, x + pitch * 0.56, y + pitch * 0.72))
        stage.canvas.drawPath(panes, fill(colour, (0.5 + 0.2 * near) if dark else 0.3 + 0.15 * near))


def _draw_sign(stage: SceneCanvas, random: np.random.Generator, x: float, y: float, *, wide: float) -> None:
    colour = _NEON[int(random.integers(len(_NEON)))] if stage.description.hour == "neon" else stage.light.accent
    tall = wide * random.uniform(0.6, 1.4)
    glow(stage.canvas, x + wide * 0.08, y + tall / 2, radius=tall, colour=colour, alpha=0.5)
    stage.canvas.drawRoundRect(box(x, y, x + wide * 0.16, y + tall), wide * 0.04, wide * 0.04, fill(colour, 0.95))
    for share in np.linspace(0.12, 0.8, 4).tolist():
        stage.canvas.drawRect(
            box(x + wide * 0.04, y + tall * share, x + wide * 0.12, y + tall * (share + 0.09)),
            fill((255, 255, 255), 0.8),
        )


def city_front(stage: SceneCanvas) -> None:
    """Draw the road in front of the towers, with reflections at night and in rain."""
    top, light = stage.height * 0.91, stage.light
    road = stage.land(rgb("#4a4f5e"))
    stage.canvas.drawRect(
        box(0, top, stage.width, stage.height), down(top, stage.height, (mix(road, light.haze, 0.3), shade(road, -0.5)))
    )
    stage.canvas.drawRect(
        box(0, top - stage.unit * 0.006, stage.width, top + stage.unit * 0.006), fill(shade(road, 0.3))
    )
    random = stage.random("wet road")
    if light.dark or stage.description.weather == "rain":
        colours = (_LAMPLIGHT, light.accent, light.horizon, *_NEON[:2])
        for near in random.random(round(90 * max(1.0, stage.width / stage.height))).tolist():
            x, y = random.random() * stage.width, top + (stage.height - top) * near
            colour = colours[int(random.integers(len(colours) if stage.description.hour == "neon" else 3))]
            stage.canvas.drawLine(
                x, y, x, y + stage.unit * 0.035 * random.random(), line(colour, stage.unit * 0.004, 0.4)
            )
    for number in range(int(stage.width / (stage.unit * 0.2)) + 1):
        dash = stage.unit * 0.2 * number
        stage.canvas.drawRect(
            box(dash, stage.height * 0.955, dash + stage.unit * 0.1, stage.height * 0.96), fill((240, 236, 210), 0.55)
        )


def street_back(stage: SceneCanvas) -> None:
    draw_sky(stage, 0.7)
    if not stage.description.lacks("buildings"):
        _draw_tower_row(stage, 0, depth=0.6)
    draw_haze(stage, stage.height * 0.7, thickness=stage.height * 0.25, alpha=0.5)
    if stage.description.lacks("houses"):
        draw_hills(stage, "verge", base=0.68, rise=0.05, colour=stage.grass, depth=0.2)
    else:
        for mirrored in (False, True):
            _draw_house_row(stage, mirrored=mirrored)
    _draw_roadway(stage)


def _draw_house_row(stage: SceneCanvas, *, mirrored: bool) -> None:
    """Draw the houses of one side in perspective, from far to near."""
    random = stage.random(f"houses {mirrored}")
    middle, horizon = stage.width / 2, stage.height * 0.66
    edges = [0.07, 0.13, 0.22, 0.34, 0.52, 0.8]
    for far, close in pairwise(edges):
        near_x, far_x = (middle + (1 if mirrored else -1) * share * stage.width for share in (close, far))
        tall = random.uniform(0.85, 1.2)
        tops = [horizon - share * stage.height * tall * 0.95 for share in (far, close)]
        feet = [horizon + share * stage.height * 0.34 for share in (far, close)]
        wall = stage.land(_PLASTER[int(random.integers(len(_PLASTER)))], depth=0.5 * (1 - close / 0.8))
        if stage.light.dark:
            wall = shade(wall, -0.3)
        quad = polygon([far_x, near_x, near_x, far_x], [tops[0], tops[1], feet[1], feet[0]])
        stage.canvas.drawPath(quad, across(far_x, near_x, (mix(wall, stage.light.haze, 0.25), wall)))
        roof = stage.land(rgb("#8a4b3c"), depth=0.4 * (1 - close))
        lift = close * stage.height * 0.09
        stage.canvas.drawPath(
            polygon([far_x, near_x, near_x, far_x], [tops[0], tops[1], tops[1] - lift, tops[0] - lift * far / close]),
            fill(roof),
        )
        _draw_facade(stage, random, far_x, near_x, tops=tops, feet=feet)


def _draw_facade(
    stage: SceneCanvas,
    random: np.random.Generator,
    far_x: float,
    near_x: float,
    *,
    tops: list[float],
    feet: list[float],
) -> None:
    """Draw windows on a wall in perspective."""
    glass = mix(stage.light.middle, stage.light.top, 0.5) if not stage.light.dark else shade(stage.light.top, 0.05)

    def corner(along: float, up: float) -> tuple[float, float]:
        x = far_x + (near_x - far_x) * along
        top, foot = tops[0] + (tops[1] - tops[0]) * along, feet[0] + (feet[1] - feet[0]) * along
        return x, foot + (top - foot) * up

    for up in (0.08, 0.4, 0.68):
        for along in (0.14, 0.58):
            ground_floor = up < 0.1
            high = up + (0.24 if ground_floor else 0.19)
            points = [corner(along, up), corner(along + 0.28, up), corner(along + 0.28, high), corner(along, high)]
            lit = random.random() < (0.6 if stage.light.dark else 0.08)
            colour = (
                (stage.light.accent if stage.description.hour == "neon" and ground_floor else _LAMPLIGHT)
                if lit
                else glass
            )
            pane = polygon([x for x, _ in points], [y for _, y in points])
            if lit and stage.light.dark:
                reach = abs(near_x - far_x) * 0.5
                glow(stage.canvas, *points[2], radius=reach, colour=colour, alpha=0.3)
            stage.canvas.drawPath(pane, fill(colour, 0.92))


def _draw_roadway(stage: SceneCanvas) -> None:
    middle, horizon = stage.width / 2, stage.height * 0.66
    road, pavement = stage.land(rgb("#6a6d78")), stage.land(rgb("#b8b0a4"))
    bottom, drop = stage.height, stage.height - horizon
    for half_far, half_near, colour in ((0.075, 1.0, pavement), (0.05, 0.62, road)):
        xs = [
            middle - half_far * stage.width,
            middle + half_far * stage.width,
            middle + half_near * stage.width,
            middle - half_near * stage.width,
        ]
        stage.canvas.drawPath(
            polygon(xs, [horizon, horizon, bottom, bottom]),
            down(horizon, bottom, (mix(colour, stage.light.haze, 0.5), shade(colour, -0.25))),
        )
    for share in (0.05, 0.14, 0.28, 0.48, 0.76):
        y0, y1 = horizon + drop * share, horizon + drop * (share + 0.05 + share * 0.12)
        w0, w1 = (stage.width * 0.012 * (0.12 + (y - horizon) / drop) for y in (y0, y1))
        stage.canvas.drawPath(
            polygon([middle - w0, middle + w0, middle + w1, middle - w1], [y0, y0, y1, y1]),
            fill(stage.land((244, 238, 214)), 0.8),
        )


def street_front(stage: SceneCanvas) -> None:
    """Draw lamps and trees along the pavement."""
    random = stage.random("pavement")
    for side in (0.13, 0.87):
        x, foot = stage.width * side, stage.height * 0.9
        if stage.description.lacks("lamps") or (random.random() < 0.5 and not stage.light.dark):
            draw_round_tree(stage, x, foot, height=stage.unit * 0.5, random=random)
        else:
            _draw_street_lamp(stage, x, foot, height=stage.unit * 0.52, inwards=1 if side < 0.5 else -1)


def _draw_street_lamp(stage: SceneCanvas, x: float, foot: float, *, height: float, inwards: int) -> None:
    iron = stage.land(rgb("#2c303c"))
    top, arm = foot - height, height * 0.16 * inwards
    stage.canvas.drawLine(x, foot, x, top, line(iron, height * 0.026))
    stage.canvas.drawLine(x, top, x + arm, top, line(iron, height * 0.02))
    lamp = fill(_LAMPLIGHT if stage.light.dark else stage.land((250, 246, 226)))
    stage.canvas.drawCircle(x + arm, top + height * 0.035, height * 0.032, lamp)
    if stage.light.dark:
        glow(stage.canvas, x + arm, top + height * 0.04, radius=height * 0.42, colour=_LAMPLIGHT, alpha=0.75)
        pool = box(x + arm - height * 0.3, foot - height * 0.02, x + arm + height * 0.3, foot + height * 0.06)
        stage.canvas.drawOval(pool, soft(fill(_LAMPLIGHT, 0.22), height * 0.06))
