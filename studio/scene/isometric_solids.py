"""Solids in isometric projection: blocks, roofs, trees and panels on their faces."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import skia

from studio.scene.brushes import box, down, fill, polygon, soft, tone
from studio.scene.colour import Colour, rgb, shade
from studio.scene.render_context import SceneCanvas

_PROJECTION_X, _PROJECTION_Y = 0.866, 0.5
_BARK: Colour = rgb("#7a5538")
LEFT_SHADE, RIGHT_SHADE = -0.1, -0.3

Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Model:
    """An isometric coordinate system on a stage, in tile units: x to the lower right, y to the lower left, z up."""

    stage: SceneCanvas
    x: float  # canvas position of the grid origin, pixels
    y: float
    scale: float  # pixels per unit

    def at(self, x: float, y: float, z: float = 0.0) -> tuple[float, float]:
        """Project a grid point to canvas pixels."""
        across, along = (x - y) * _PROJECTION_X, (x + y) * _PROJECTION_Y
        return self.x + across * self.scale, self.y + (along - z) * self.scale

    def face(self, points: Sequence[Point], colour: Colour, *, alpha: float = 1.0) -> None:
        """Draw a flat polygon with a slight vertical gradient."""
        projected = [self.at(*point) for point in points]
        ys = [y for _, y in projected]
        paint = down(min(ys), max(ys) + 0.1, (shade(colour, 0.05), shade(colour, -0.06)), alphas=(alpha, alpha))
        self.stage.canvas.drawPath(polygon([x for x, _ in projected], ys), paint)

    def block(self, x: float, y: float, size: tuple[float, float, float], colour: Colour, *, z: float = 0.0) -> None:
        """Draw a box from its back corner; `size` is its extent along x, y and z."""
        right, front, top = x + size[0], y + size[1], z + size[2]
        lit = self.stage.light.on(colour)
        self.face([(x, front, z), (right, front, z), (right, front, top), (x, front, top)], shade(lit, LEFT_SHADE))
        self.face([(right, y, z), (right, front, z), (right, front, top), (right, y, top)], shade(lit, RIGHT_SHADE))
        self.face([(x, y, top), (right, y, top), (right, front, top), (x, front, top)], shade(lit, 0.1))

    def shadow(self, x: float, y: float, size: tuple[float, float], *, length: float) -> None:
        """Draw the shadow of a box on the ground to its right."""
        right, front = x + size[0], y + size[1]
        points = [
            (right, y),
            (right + length, y - length * 0.3),
            (right + length, front - length * 0.3),
            (right, front),
        ]
        projected = [self.at(*point) for point in points]
        dark = soft(fill((10, 12, 40), 0.26), self.scale * 0.08)
        self.stage.canvas.drawPath(polygon([at for at, _ in projected], [at for _, at in projected]), dark)

    def gable(self, x: float, y: float, size: tuple[float, float, float], colour: Colour, *, z: float) -> None:
        """Draw a gable roof over a box; the ridge runs along x and the gable end faces right in a darker shade."""
        over = 0.12
        left, right, back, front = x - over, x + size[0] + over, y - over, y + size[1] + over
        ridge, top, lit = y + size[1] / 2, z + size[2], self.stage.light.on(colour)
        self.face([(left, back, z), (right, back, z), (right, ridge, top), (left, ridge, top)], shade(lit, 0.12))
        self.face([(left, front, z), (right, front, z), (right, ridge, top), (left, ridge, top)], shade(lit, -0.06))
        self.face([(right, back, z), (right, front, z), (right, ridge, top)], shade(lit, -0.42))

    def spire(
        self, x: float, y: float, side: float, height: float, colour: Colour, *, z: float, over: float = 0.1
    ) -> None:
        """Draw a pyramid roof over a square base; `over` is the overhang on each side."""
        left, right, back, front = x - over, x + side + over, y - over, y + side + over
        tip, lit = (x + side / 2, y + side / 2, z + height), self.stage.light.on(colour)
        self.face([(left, front, z), (right, front, z), tip], shade(lit, LEFT_SHADE))
        self.face([(right, back, z), (right, front, z), tip], shade(lit, RIGHT_SHADE))

    def pane(self, corner: Point, *, along: str, wide: float, tall: float, colour: Colour) -> None:
        """Draw a flat, unshaded panel on a wall along x or y, from its lower near corner."""
        x, y, z = corner
        dx, dy = (wide, 0.0) if along == "x" else (0.0, -wide)
        projected = [
            self.at(x, y, z),
            self.at(x + dx, y + dy, z),
            self.at(x + dx, y + dy, z + tall),
            self.at(x, y, z + tall),
        ]
        self.stage.canvas.drawPath(polygon([at for at, _ in projected], [at for _, at in projected]), fill(colour))

    def fir(self, x: float, y: float, *, height: float, colour: Colour) -> None:
        self._ground_shadow(x, y, height * 0.3)
        self.block(x - 0.06, y - 0.06, (0.12, 0.12, height * 0.25), _BARK)
        for foot, share in ((0.18, 0.36), (0.42, 0.28), (0.66, 0.19)):
            side = height * share * 1.3
            self.spire(x - side / 2, y - side / 2, side, height * 0.42, colour, z=height * foot, over=0.0)

    def round_tree(self, x: float, y: float, *, height: float, colour: Colour) -> None:
        """Draw a deciduous tree: a sphere of leaves on a trunk."""
        self._ground_shadow(x, y, height * 0.4)
        self.block(x - 0.07, y - 0.07, (0.14, 0.14, height * 0.5), _BARK)
        self.ball(x, y, height * 0.72, radius=height * 0.36, colour=colour)

    def ball(self, x: float, y: float, z: float, *, radius: float, colour: Colour) -> None:
        """Draw a sphere lit from the upper left."""
        at_x, at_y = self.at(x, y, z)
        reach, lit = radius * self.scale, self.stage.light.on(colour)
        focus = skia.Point(at_x - reach * 0.4, at_y - reach * 0.45)
        tones = [tone(shade(lit, 0.34)), tone(lit), tone(shade(lit, -0.42))]
        shader = skia.GradientShader.MakeRadial(focus, reach * 1.5, tones, [0.0, 0.45, 1.0])
        self.stage.canvas.drawCircle(at_x, at_y, reach, skia.Paint(AntiAlias=True, Shader=shader))

    def disc(self, x: float, y: float, *, radius: float, colour: Colour, z: float = 0.0, alpha: float = 1.0) -> None:
        """Draw a flat disc at height `z`."""
        at_x, at_y = self.at(x, y, z)
        across, along = radius * self.scale * 1.22, radius * self.scale * 0.7
        self.stage.canvas.drawOval(box(at_x - across, at_y - along, at_x + across, at_y + along), fill(colour, alpha))

    def _ground_shadow(self, x: float, y: float, radius: float) -> None:
        self.disc(x + 0.14, y - 0.02, radius=radius, colour=(10, 14, 40), alpha=0.22)

    def random(self, part: str) -> np.random.Generator:
        return self.stage.random(f"isometric {part}")
