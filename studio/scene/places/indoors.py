"""Interiors: a room with a window, and a table for small objects."""

import numpy as np
import skia

from studio.scene.brushes import Box, box, down, fill, glow, line, polygon, soft
from studio.scene.colour import Colour, mix, rgb, shade
from studio.scene.pen import Pen
from studio.scene.render_context import SceneCanvas

_WALL_COLOURS = tuple(rgb(code) for code in ("#e9d8c0", "#bfd0c4", "#d9b8ac", "#b9c6d8", "#e6dcc8", "#8fa39a"))
_WOOD: Colour = rgb("#b57f50")
_LAMPLIGHT: Colour = rgb("#ffdca0")
_SPINE_COLOURS = tuple(
    rgb(code) for code in ("#c0504d", "#4f81bd", "#9bbb59", "#e0b050", "#8064a2", "#4bacc6", "#d98060")
)


def _wall_colour(stage: SceneCanvas) -> Colour:
    colour = _WALL_COLOURS[int(stage.random("wall").choice(len(_WALL_COLOURS)))]
    if stage.description.tints:
        colour = mix(colour, stage.description.tints[0], 0.55)
    return mix(stage.light.on(colour), colour, 0.35)


def room_back(stage: SceneCanvas) -> None:
    floor_line, wall = stage.height * 0.74, _wall_colour(stage)
    stage.canvas.drawRect(box(0, 0, stage.width, floor_line), down(0, floor_line, (shade(wall, -0.12), wall)))
    skirting = box(0, floor_line - stage.unit * 0.03, stage.width, floor_line)
    _draw_floor(stage, floor_line)
    stage.canvas.drawRect(skirting, fill(shade(wall, 0.45)))
    if not stage.description.lacks("window"):
        _draw_window(stage)
    if not stage.description.lacks("books"):
        _draw_shelf(stage)
    _draw_framed_picture(stage)


def _draw_floor(stage: SceneCanvas, top: float) -> None:
    wood = mix(stage.light.on(_WOOD), _WOOD, 0.35)
    stage.canvas.drawRect(box(0, top, stage.width, stage.height), down(top, stage.height, (wood, shade(wood, -0.3))))
    middle = stage.width / 2
    for number in range(-14, 15):
        near = middle + number * stage.unit * 0.2
        far = middle + number * stage.unit * 0.115
        stage.canvas.drawLine(
            far,
            top,
            near * 1.0 + (near - far) * 0.6,
            stage.height,
            line(shade(wood, -0.35), max(0.8, stage.unit * 0.002), 0.6),
        )


def _window_area(stage: SceneCanvas) -> Box:
    wide, tall = stage.unit * 0.4, stage.height * 0.42
    x = stage.width * (0.5 if stage.width < stage.height * 0.9 else 0.36) - wide / 2
    return x, stage.height * 0.14, x + wide, stage.height * 0.14 + tall


def _draw_window(stage: SceneCanvas) -> None:
    """Draw a framed window with the view outside and its light on the floor."""
    left, top, right, bottom = area = _window_area(stage)
    unit, canvas, frame = stage.unit, stage.canvas, shade(_wall_colour(stage), 0.55)
    _draw_view(stage, area)
    bar = line(frame, unit * 0.016)
    canvas.drawRect(box(*area), bar)
    canvas.drawLine((left + right) / 2, top, (left + right) / 2, bottom, bar)
    canvas.drawLine(left, (top + bottom) / 2, right, (top + bottom) / 2, bar)
    canvas.drawRect(box(left - unit * 0.03, bottom, right + unit * 0.03, bottom + unit * 0.022), fill(frame))
    if not stage.description.lacks("curtains"):
        _draw_curtains(stage, area)
    spill_top, spill_bottom = stage.height * 0.78, stage.height * 0.95
    xs = (left, right, right + unit * 0.1, left - unit * 0.05)
    spill = polygon(xs, (spill_top, spill_top, spill_bottom, spill_bottom))
    canvas.drawPath(spill, soft(fill(stage.light.sun, 0.12 if stage.light.dark else 0.28), unit * 0.02))


def _draw_view(stage: SceneCanvas, area: Box) -> None:
    left, top, right, bottom = area
    wide, tall, light, canvas = right - left, bottom - top, stage.light, stage.canvas
    canvas.save()
    canvas.clipRect(box(*area))
    canvas.drawRect(box(*area), down(top, bottom, (light.top, light.middle, light.horizon)))
    if light.dark and not stage.description.lacks("stars"):
        for x, y in stage.random("stars outside").random((24, 2)).tolist():
            canvas.drawCircle(
                left + x * wide, top + y * tall * 0.7, max(0.6, stage.unit * 0.0016), fill(light.sun, 0.8)
            )
    x, y = left + wide * 0.68, top + tall * 0.3
    glow(canvas, x, y, radius=stage.unit * 0.2, colour=light.sun, alpha=0.6)
    canvas.drawCircle(x, y, stage.unit * 0.03, fill(light.sun))
    for lift, depth in ((0.34, 0.6), (0.2, 0.3)):
        hill = box(left - wide * (0.5 - depth), bottom - tall * lift, right + wide * depth, bottom + tall * lift * 2)
        canvas.drawOval(hill, fill(stage.land(stage.grass, depth=depth)))
    canvas.restore()


def _draw_curtains(stage: SceneCanvas, area: Box) -> None:
    left, top, right, bottom = area
    unit, canvas = stage.unit, stage.canvas
    rail, hem = top - unit * 0.03, bottom + unit * 0.12
    cloth = mix(stage.light.accent, _wall_colour(stage), 0.35)
    folds = down(top, bottom, (cloth, shade(cloth, -0.3)))
    for edge, inwards in ((left, 1), (right, -1)):
        xs = [edge + inwards * unit * share for share in (-0.06, 0.08, 0.04)]
        canvas.drawPath(polygon([xs[0], xs[1], xs[2], edge - inwards * unit * 0.07], [rail, rail, hem, hem]), folds)
    canvas.drawLine(left - unit * 0.12, rail, right + unit * 0.12, rail, line(rgb("#6a4a34"), unit * 0.012))


def _draw_shelf(stage: SceneCanvas) -> None:
    """Draw bookshelves on the wall to the right, if the picture is wide enough."""
    if stage.width < stage.height * 0.9:
        return
    random, wood = stage.random("shelf"), stage.light.on(shade(_WOOD, -0.2))
    left, right = stage.width * 0.5 + stage.unit * 0.12, min(stage.width * 0.97, stage.width * 0.5 + stage.unit * 0.62)
    for y in (stage.height * 0.34, stage.height * 0.5):
        x = left + stage.unit * 0.01
        while x < right - stage.unit * 0.06:
            wide, tall = stage.unit * random.uniform(0.014, 0.026), stage.unit * random.uniform(0.07, 0.11)
            if random.random() < 0.82:
                spine = stage.light.on(_SPINE_COLOURS[int(random.integers(len(_SPINE_COLOURS)))])
                stage.canvas.drawRect(box(x, y - tall, x + wide * 0.92, y), fill(spine))
                stage.canvas.drawRect(
                    box(x, y - tall * 0.82, x + wide * 0.92, y - tall * 0.74), fill(shade(spine, 0.4))
                )
            x += wide
        stage.canvas.drawRect(box(left, y, right, y + stage.unit * 0.016), fill(wood))


def _draw_framed_picture(stage: SceneCanvas) -> None:
    if stage.width < stage.height * 1.4:
        return
    left, top = stage.width * 0.06, stage.height * 0.2
    wide = min(stage.unit * 0.2, stage.width * 0.1)
    stage.canvas.drawRect(box(left, top, left + wide, top + wide * 1.25), fill(rgb("#5a4030")))
    inner = box(left + wide * 0.1, top + wide * 0.1, left + wide * 0.9, top + wide * 1.15)
    stage.canvas.drawRect(inner, down(top, top + wide, (stage.light.middle, stage.light.accent)))


def room_front(stage: SceneCanvas) -> None:
    """Draw a rug and a plant in the corner."""
    middle, y = stage.width / 2, stage.height * 0.88
    rug = mix(stage.light.on(stage.light.accent), stage.light.on(rgb("#a0485a")), 0.4)
    for share, colour in (
        () if stage.description.lacks("rug") else ((1.0, shade(rug, -0.2)), (0.9, shade(rug, 0.35)), (0.84, rug))
    ):
        half = stage.unit * 0.46 * share
        stage.canvas.drawOval(box(middle - half, y - half * 0.2, middle + half, y + half * 0.24), fill(colour))
    if stage.description.lacks("plants"):
        return
    x = stage.width * 0.5 - min(stage.width * 0.42, stage.unit * 0.62)
    with Pen(stage.canvas, x, stage.height * 0.86, height=stage.unit * 0.42) as pen:
        leaf = stage.light.on(rgb("#3f8a5a"))
        for text in ("M 0 24 Q -40 50 -44 84 Q -12 70 0 24 Z", "M 0 24 Q 36 46 46 78 Q 10 66 0 24 Z",
                     "M 0 24 Q -16 70 2 104 Q 20 70 0 24 Z", "M 0 24 Q 40 30 58 50 Q 22 52 0 24 Z",
                     "M 0 24 Q -40 26 -56 50 Q -20 54 0 24 Z"):  # fmt: skip
            pen.shape(text, leaf)
        pen.shape("M -18 26 L 18 26 L 13 0 L -13 0 Z", stage.light.on(rgb("#d08058")))


def table_back(stage: SceneCanvas) -> None:
    """Draw an out-of-focus wall with bokeh lights."""
    wall = shade(_wall_colour(stage), -0.16 if not stage.light.dark else -0.5)
    stage.canvas.drawPaint(down(0, stage.height * 0.8, (shade(wall, -0.3), wall, shade(wall, 0.1))))
    random = stage.random("bokeh")
    tones = (_LAMPLIGHT, stage.light.accent, stage.light.sun, stage.light.horizon)
    for _ in range(round(22 * max(1.0, stage.width / stage.height))):
        x, y = random.random() * stage.width, stage.height * 0.66 * random.random()
        radius, colour = stage.unit * random.uniform(0.02, 0.085), tones[int(random.integers(len(tones)))]
        disc = soft(fill(colour, random.uniform(0.1, 0.32)), radius * 0.16)
        disc.setBlendMode(skia.BlendMode.kScreen)
        stage.canvas.drawCircle(x, y, radius, disc)


def table_front(stage: SceneCanvas) -> None:
    top, wood = stage.height * 0.7, mix(stage.light.on(_WOOD), _WOOD, 0.4)
    stage.canvas.drawRect(
        box(0, top, stage.width, stage.height), down(top, stage.height, (shade(wood, 0.16), shade(wood, -0.32)))
    )
    random = stage.random("grain")
    for share in np.sort(random.random(26)).tolist():
        y = top + (stage.height - top) * share
        x, length = random.random() * stage.width, stage.unit * random.uniform(0.2, 0.9)
        grain = line(shade(wood, -0.34), max(0.8, stage.unit * 0.0022 * (0.5 + share)), 0.32)
        stage.canvas.drawLine(x - length / 2, y, x + length / 2, y + stage.unit * 0.004, grain)
    stage.canvas.drawRect(box(0, top, stage.width, top + stage.unit * 0.006), fill(shade(wood, 0.45), 0.7))
