"""Trees and plants, distant and near."""

import math

import numpy as np
import skia

from studio.scene.brushes import fill, line
from studio.scene.colour import Colour, mix, rgb, shade
from studio.scene.pen import Pen
from studio.scene.render_context import SceneCanvas

_BARK: Colour = rgb("#5d4433")
_PINE: Colour = rgb("#2f5f50")
_TIERS = ((30, 62, 28), (44, 80, 23), (62, 100, 16))  # base, tip and half width, in percent of the tree height


def draw_pine(stage: SceneCanvas, x: float, y: float, *, height: float, depth: float = 0.0) -> None:
    """Draw a tiered conifer, snow-covered in winter; `depth` 0 is near, 1 at the horizon."""
    if stage.description.lacks("trees"):
        return
    needles = stage.land(_PINE, depth=depth)
    with Pen(stage.canvas, x, y, height=height) as pen:
        pen.box(-3, 0, 6, 32, stage.land(_BARK, depth=depth), flat=True)
        for foot, tip, half in ((14, 48, 32), *_TIERS):
            pen.shape(f"M {-half} {foot} Q 0 {foot - 7} {half} {foot} Q {half * 0.3} {(foot + tip) / 2} 0 {tip} "
                      f"Q {-half * 0.3} {(foot + tip) / 2} {-half} {foot} Z", needles)  # fmt: skip
            if stage.wintry:
                snow = stage.land((244, 248, 252), depth=depth * 0.7)
                middle = foot + (tip - foot) * 0.5
                pen.shape(f"M 0 {tip} Q {-half * 0.2} {middle + 5} {-half * 0.44} {middle} "
                          f"Q {-half * 0.1} {middle + 7} {half * 0.16} "
                              f"{middle + 2} Q {half * 0.1} {middle + 9} 0 {tip} Z",
                          snow, flat=True)  # fmt: skip


def pine_row(xs: np.ndarray, ys: np.ndarray, sizes: np.ndarray) -> skia.Path:
    """Return many distant conifers as one path; positions and sizes are in pixels."""
    path = skia.Path()
    for x, y, size in zip(xs.tolist(), ys.tolist(), sizes.tolist(), strict=True):
        half = size * 0.2
        path.moveTo(x, y - size)
        for step, out in ((0.62, 0.62), (0.3, 0.85), (0.0, 1.0)):
            path.lineTo(x + half * out, y - size * step)
            path.lineTo(x + half * out * 0.5, y - size * step)
        path.lineTo(x - half * 0.5, y)
        for step, out in ((0.0, 1.0), (0.3, 0.85), (0.62, 0.62)):
            path.lineTo(x - half * out, y - size * step)
            if step < 0.6:
                path.lineTo(x - half * out * 0.5, y - size * (step + 0.02))
        path.close()
    return path


def draw_round_tree(
    stage: SceneCanvas, x: float, y: float, *, height: float, random: np.random.Generator, depth: float = 0.0
) -> None:
    """Draw a deciduous tree whose crown of circles has the colour of the season."""
    if stage.description.lacks("trees"):
        return
    crown = stage.land(stage.leaf(random), depth=depth)
    bark = stage.land(_BARK, depth=depth)
    canvas = stage.canvas
    canvas.drawLine(x, y, x, y - height * 0.5, line(bark, height * 0.07))
    canvas.drawLine(x, y - height * 0.3, x + height * 0.13, y - height * 0.5, line(bark, height * 0.035))
    canvas.drawLine(x, y - height * 0.34, x - height * 0.13, y - height * 0.52, line(bark, height * 0.035))
    circles = [
        (math.cos(angle) * 0.2 * height, -math.sin(angle) * 0.16 * height, (0.15 + 0.06 * random.random()) * height)
        for angle in np.linspace(0, math.tau, 7, endpoint=False)
    ]
    for shift, colour in ((0.0, shade(crown, -0.18)), (0.035, crown)):
        for dx, dy, radius in circles:
            canvas.drawCircle(x + dx - shift * height, y - height * 0.68 + dy - shift * height, radius, fill(colour))
    for dx, dy, radius in circles[1:4]:
        canvas.drawCircle(
            x + dx - 0.08 * height, y - height * 0.7 + dy, radius * 0.55, fill(shade(crown, 0.16), 0.85)
        )  # fmt: skip


def draw_palm(stage: SceneCanvas, x: float, y: float, *, height: float, lean: float) -> None:
    """Draw a coconut palm; `lean` is the sideways offset of its crown as a fraction of the height."""
    if stage.description.lacks("palms"):
        return
    leaf, bark = stage.land(rgb("#3c8f52")), stage.land(rgb("#8a6642"))
    with Pen(stage.canvas, x, y, height=height) as pen:
        head = lean * 100
        pen.shape(f"M -5 -4 Q {head * 0.1 - 4} 50 {head - 2} 84 L {head + 2} 84 Q {head * 0.1 + 4} 46 6 -4 Z", bark)
        for angle, reach in ((150, 46), (190, 44), (30, 46), (-10, 44), (100, 30), (230, 34), (-50, 34), (65, 40)):
            _draw_frond(pen, head, angle=angle, reach=reach, colour=shade(leaf, 0.06 * math.sin(angle)))
        for dx, dy in ((-4, 80), (4, 79), (0, 76)):
            pen.dot(head + dx, dy, 3.6, stage.land(rgb("#6e4a2c")))


def _draw_frond(pen: Pen, head: float, *, angle: float, reach: float, colour: Colour) -> None:
    dx, dy = math.cos(math.radians(angle)) * reach, math.sin(math.radians(angle)) * reach
    tip_x, tip_y = head + dx, 84 + dy * 0.75 - 8
    mid_x, mid_y = head + dx * 0.55, 84 + dy * 0.6 + 12
    pen.shape(f"M {head:.1f} 84 Q {mid_x:.1f} {mid_y + 7:.1f} {tip_x:.1f} {tip_y:.1f} "
              f"Q {mid_x:.1f} {mid_y - 7:.1f} {head:.1f} 82 Z", colour)  # fmt: skip


def draw_cactus(stage: SceneCanvas, x: float, y: float, *, height: float) -> None:
    green = stage.land(rgb("#4f8f58"))
    with Pen(stage.canvas, x, y, height=height) as pen:
        for text, width in (
            ("M 0 0 L 0 88", 17),
            ("M 0 32 Q 24 32 24 44 L 24 62", 11),
            ("M 0 44 Q -22 44 -22 56 L -22 72", 11),
        ):
            pen.stroke(text, shade(green, -0.14), width)
            pen.stroke(text, green, width * 0.72)
            pen.stroke(text, shade(green, 0.16), width * 0.16)


def draw_grass(
    stage: SceneCanvas, x: float, y: float, *, height: float, colour: Colour, random: np.random.Generator
) -> None:
    """Draw one tuft of grass."""
    if stage.description.lacks("grass"):
        return
    path = skia.Path()
    for lean in (-0.5, -0.2, 0.1, 0.35, 0.6):
        tip = height * (0.7 + 0.5 * random.random())
        path.moveTo(x - height * 0.07 + lean * height * 0.2, y)
        path.quadTo(x + lean * height * 0.3, y - tip * 0.6, x + lean * height, y - tip)
        path.quadTo(x + lean * height * 0.4, y - tip * 0.4, x + height * 0.07 + lean * height * 0.2, y)
        path.close()
    stage.canvas.drawPath(path, fill(colour))


def draw_bush(stage: SceneCanvas, x: float, y: float, *, height: float, random: np.random.Generator) -> None:
    if stage.description.lacks("bushes"):
        return
    leaves = stage.land(mix(stage.leaf(random), rgb("#3f7a48"), 0.5 if not stage.wintry else 0.0))
    for shift, colour in ((0.0, shade(leaves, -0.2)), (0.09, leaves), (0.2, shade(leaves, 0.12))):
        for dx, radius in ((-0.55, 0.42), (0.0, 0.6), (0.55, 0.4)):
            stage.canvas.drawCircle(
                x + (dx - shift * 0.5) * height, y - (0.3 + shift) * height, radius * height * (1 - shift), fill(colour)
            )  # fmt: skip
