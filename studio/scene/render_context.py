"""The render context passed to all functions that draw a place or its subjects."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import skia

from studio.scene.colour import Colour, mix
from studio.scene.lighting import Light
from studio.scene.noise import Field, generator_for
from studio.scene.prompt_parser import SceneDescription

_TERRAIN_POINTS = 260


@dataclass(frozen=True)
class SceneCanvas:
    """Canvas, dimensions in pixels, lighting and description of the scene being rendered."""

    canvas: skia.Canvas
    surface: skia.Surface
    width: int
    height: int
    description: SceneDescription
    light: Light
    place: str
    key: str  # seed and affirmed prompt text; input of every random generator

    @cached_property
    def unit(self) -> float:
        """The base length for sizes: the height, limited to 1.15 times the width."""
        return min(self.height, self.width * 1.15)

    @cached_property
    def xs(self) -> Field:
        """The x coordinates of terrain outlines, extending slightly beyond both edges."""
        return np.linspace(-0.02 * self.width, 1.02 * self.width, _TERRAIN_POINTS, dtype=np.float32)

    def random(self, part: str) -> np.random.Generator:
        return generator_for(self.key, part)

    def land(self, colour: Colour, *, depth: float = 0.0) -> Colour:
        """Return a landscape colour in the light of the scene at `depth` (0 near, 1 at the horizon)."""
        return self.light.on(colour, depth=depth)

    @property
    def wintry(self) -> bool:
        if self.description.lacks("snow") and self.place != "snowfield":
            return False
        return self.description.season == "winter" or self.description.weather == "snow" or self.place == "snowfield"

    def leaf(self, random: np.random.Generator) -> Colour:
        """Return a random foliage colour for the season."""
        palette = _FOLIAGE.get(self.description.season or "summer", _FOLIAGE["summer"])
        first, second = palette[int(random.integers(len(palette)))], palette[int(random.integers(len(palette)))]
        return mix(first, second, float(random.random()))

    @property
    def grass(self) -> Colour:
        if self.wintry:
            return (232.0, 240.0, 248.0)
        return _GRASS.get(self.description.season or "summer", _GRASS["summer"])


_GRASS: dict[str, Colour] = {
    "summer": (108, 168, 74),
    "spring": (132, 190, 92),
    "autumn": (186, 148, 74),
    "winter": (232, 240, 248),
}
_FOLIAGE: dict[str, tuple[Colour, ...]] = {
    "summer": ((58, 122, 64), (86, 150, 72), (44, 104, 72)),
    "spring": ((250, 176, 200), (244, 150, 186), (255, 206, 218), (140, 190, 96)),
    "autumn": ((214, 92, 36), (232, 148, 40), (180, 58, 38), (240, 182, 62)),
    "winter": ((214, 226, 238), (186, 204, 222), (234, 240, 248)),
}
