"""A windowsill: the landscape behind window panes, and the sill as ground."""

import numpy as np

from studio.scene.brushes import box, down, fill, line, polygon
from studio.scene.colour import Colour, mix, rgb, shade
from studio.scene.places.terrain import draw_hills, plant_trees
from studio.scene.render_context import SceneCanvas
from studio.scene.sky import draw_sky

_FRAME: Colour = rgb("#f4eee2")
_SILL_LEVEL = 0.79  # fraction of the picture height
_WALL: Colour = rgb("#c9b49c")


def sill_back(stage: SceneCanvas) -> None:
    """Draw hills and sky behind a large window."""
    draw_sky(stage, 0.6)
    far = draw_hills(stage, "far", base=0.62, rise=0.14, colour=mix(stage.grass, rgb("#4f7f8f"), 0.5), depth=0.5)
    plant_trees(stage, "far trees", far, count=9, size=0.05, depth=0.45)
    near = draw_hills(stage, "close", base=0.74, rise=0.12, colour=stage.grass, depth=0.25)
    plant_trees(stage, "close trees", near, count=6, size=0.13, depth=0.2)
    _draw_shine(stage)
    _draw_frame(stage)


def _draw_shine(stage: SceneCanvas) -> None:
    """Draw two slanted reflections on the glass."""
    for left, wide in ((0.2, 0.09), (0.33, 0.03)):
        xs = np.array([left, left + wide, left + wide - 0.16, left - 0.16]) * stage.width
        streak = polygon(xs, np.array([0.05, 0.05, _SILL_LEVEL, _SILL_LEVEL]) * stage.height)
        stage.canvas.drawPath(streak, fill((255, 255, 255), 0.09))


def _draw_frame(stage: SceneCanvas) -> None:
    wall, frame = (mix(stage.light.on(colour), colour, 0.3) for colour in (_WALL, _FRAME))
    unit, width, sill = stage.unit, stage.width, stage.height * _SILL_LEVEL
    margin, top = max(unit * 0.08, width * 0.07), unit * 0.06
    canvas = stage.canvas
    for area in (box(0, 0, margin, sill), box(width - margin, 0, width, sill), box(0, 0, width, top)):
        canvas.drawRect(area, down(0, sill, (shade(wall, -0.15), wall)))
    bar = line(frame, unit * 0.026)
    canvas.drawRect(box(margin, top, width - margin, sill), bar)
    panes = max(2, round((width - 2 * margin) / (unit * 0.46)))
    for number in range(1, panes):
        x = margin + (width - 2 * margin) * number / panes
        canvas.drawLine(x, top, x, sill, line(frame, unit * 0.018))
    canvas.drawLine(margin, stage.height * 0.34, width - margin, stage.height * 0.34, line(frame, unit * 0.018))
    if not stage.description.lacks("curtains"):
        _draw_curtains(stage, margin=margin)


def _draw_curtains(stage: SceneCanvas, *, margin: float) -> None:
    cloth = mix(stage.light.accent, mix(stage.light.on(_WALL), _WALL, 0.3), 0.4)
    unit, sill = stage.unit, stage.height * _SILL_LEVEL
    for side in (0, 1):
        for fold in range(4):
            near, far = margin * 1.7 * (4 - fold) / 4, margin * 1.7 * (3 - fold) / 4
            xs = [near, far, far, near - unit * 0.02 * (fold == 0)]
            xs = [stage.width - x for x in xs] if side else xs
            colour = shade(cloth, -0.2 if fold % 2 else 0.05)
            stage.canvas.drawPath(polygon(xs, [0, 0, sill, sill]), down(0, sill, (colour, shade(colour, -0.2))))
    rail = line(rgb("#6a4a34"), unit * 0.014)
    stage.canvas.drawLine(0, unit * 0.025, stage.width, unit * 0.025, rail)


def sill_front(stage: SceneCanvas) -> None:
    """Draw the sill and the wall below it."""
    top, edge, unit = stage.height * _SILL_LEVEL, stage.height * 0.9, stage.unit
    board = mix(stage.light.on(_FRAME), _FRAME, 0.3)
    wall = mix(stage.light.on(_WALL), _WALL, 0.3)
    stage.canvas.drawRect(
        box(0, edge, stage.width, stage.height), down(edge, stage.height, (shade(wall, -0.3), shade(wall, -0.1)))
    )
    stage.canvas.drawRect(box(0, top, stage.width, edge), down(top, edge, (shade(board, -0.12), board)))
    stage.canvas.drawRect(box(0, edge, stage.width, edge + unit * 0.022), fill(shade(board, -0.28)))
    glow = polygon(np.array([0.3, 0.62, 0.74, 0.34]) * stage.width, [top, top, edge, edge])
    stage.canvas.drawPath(glow, fill(stage.light.sun, 0.1 if stage.light.dark else 0.35))
