"""An underwater setting: light shafts from above, seaweed and corals on the sea floor."""

import numpy as np
import skia

from studio.scene.brushes import down, fill, ground, line, polygon, soft
from studio.scene.colour import Colour, mix, rgb, shade
from studio.scene.pen import Pen
from studio.scene.places.terrain import height_at, mounds
from studio.scene.render_context import SceneCanvas

_CORALS: tuple[Colour, ...] = tuple(rgb(code) for code in ("#ff6f61", "#ffa552", "#d65db1", "#ffd166", "#8f7bff"))
_WEED: Colour = rgb("#2f9e6b")


def underwater_back(stage: SceneCanvas) -> None:
    light = stage.light
    stage.canvas.drawPaint(down(0, stage.height, (light.top, light.middle, light.horizon)))
    _draw_light_shafts(stage)
    for number, (base, rise, depth) in enumerate(((0.78, 0.26, 0.72), (0.86, 0.18, 0.5))):
        ys = mounds(stage, f"reef {number}", base=base, rise=rise)
        rock = mix(rgb("#4a6a8a"), light.horizon, depth)
        stage.canvas.drawPath(
            ground(stage.xs, ys, stage.height), down(float(ys.min()), stage.height, (shade(rock, 0.08), light.horizon))
        )
    _draw_shoal(stage)
    if not stage.description.lacks("bubbles"):
        _draw_bubbles(stage)


def _draw_light_shafts(stage: SceneCanvas) -> None:
    random = stage.random("shafts")
    for _ in range(7):
        x, wide = stage.width * random.uniform(0.0, 1.0), stage.unit * random.uniform(0.04, 0.13)
        lean, bottom = stage.unit * random.uniform(-0.3, 0.1), stage.height * random.uniform(0.6, 0.95)
        band = polygon([x, x + wide, x + wide * 2.2 + lean, x + lean - wide], [0, 0, bottom, bottom])
        paint = down(0, bottom, ((255, 255, 255),) * 2, alphas=(0.34, 0.0))
        paint.setBlendMode(skia.BlendMode.kScreen)
        stage.canvas.drawPath(band, soft(paint, wide * 0.4))


def _draw_shoal(stage: SceneCanvas) -> None:
    if stage.description.lacks("fish"):
        return
    random = stage.random("shoal")
    x, y = stage.width * random.uniform(0.2, 0.8), stage.height * random.uniform(0.2, 0.5)
    colour = mix(stage.light.middle, (20, 50, 90), 0.55)
    for _ in range(22):
        at = (x + random.normal(0, 0.12) * stage.unit, y + random.normal(0, 0.06) * stage.unit)
        with Pen(stage.canvas, *at, height=stage.unit * random.uniform(0.02, 0.035)) as pen:
            pen.shape("M -50 0 Q -10 30 36 2 L 62 20 L 56 0 L 62 -20 L 36 -2 Q -10 -30 -50 0 Z", colour, flat=True)


def _draw_bubbles(stage: SceneCanvas) -> None:
    random = stage.random("bubbles")
    for _ in range(34):
        x, y = random.random() * stage.width, random.random() * stage.height
        radius = stage.unit * (0.003 + 0.012 * random.random() ** 3)
        stage.canvas.drawCircle(x, y, radius, fill((255, 255, 255), 0.16))
        stage.canvas.drawCircle(x, y, radius, line((255, 255, 255), max(0.7, radius * 0.18), 0.55))


def underwater_front(stage: SceneCanvas) -> None:
    ys = mounds(stage, "near", base=0.9, rise=0.06)
    sand = stage.light.on(rgb("#e6d3a0"))
    stage.canvas.drawPath(
        ground(stage.xs, ys, stage.height), down(float(ys.min()), stage.height, (sand, shade(sand, -0.4)))
    )
    random = stage.random("garden of corals")
    for side in random.random(round(18 * max(1.0, stage.width / stage.height))):
        x = stage.width * (0.34 * float(side) if random.random() < 0.5 else 1 - 0.34 * float(side))
        y = height_at(stage, ys, x) + stage.unit * 0.05 * random.random()
        height = stage.unit * random.uniform(0.07, 0.2) * (1.3 - float(side))
        if random.random() < 0.45:
            _draw_weed(stage, x, y, height=height * 1.5, random=random)
        elif not stage.description.lacks("corals"):
            _draw_coral(stage, x, y, height=height, random=random)


def _draw_weed(stage: SceneCanvas, x: float, y: float, *, height: float, random: np.random.Generator) -> None:
    green = stage.light.on(shade(_WEED, random.uniform(-0.3, 0.15)))
    for lean in (-0.28, -0.1, 0.1, 0.3):
        path = skia.Path()
        path.moveTo(x + lean * height * 0.3, y)
        tip = height * random.uniform(0.7, 1.1)
        path.cubicTo(
            x + (lean - 0.22) * height,
            y - tip * 0.35,
            x + (lean + 0.25) * height,
            y - tip * 0.65,
            x + lean * height,
            y - tip,
        )
        stage.canvas.drawPath(path, line(green, height * 0.06))


def _draw_coral(stage: SceneCanvas, x: float, y: float, *, height: float, random: np.random.Generator) -> None:
    colour = stage.light.on(_CORALS[int(random.integers(len(_CORALS)))])
    with Pen(stage.canvas, x, y, height=height) as pen:
        if random.random() < 0.4:
            for dx, radius in ((-26, 24), (22, 28), (0, 36)):
                pen.oval(dx, radius * 0.7, radius, radius, colour)
            for dx, dy in ((-8, 40), (10, 30), (-24, 22), (26, 24), (0, 58)):
                pen.dot(dx, dy, 3.2, shade(colour, 0.4))
            return
        for text, width in (
            ("M 0 -4 Q 2 40 0 96", 13), ("M 0 22 Q 24 34 28 78", 10), ("M 0 30 Q -26 40 -30 84", 10),
            ("M 14 40 Q 36 44 48 62", 8), ("M -16 46 Q -38 50 -50 66", 8), ("M 0 60 Q 12 70 14 92", 8),
        ):  # fmt: skip
            pen.stroke(text, colour, width)
            pen.stroke(text, shade(colour, 0.22), width * 0.3)
