"""What a place and its subjects are drawn on, and all they need to know."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import skia

from studio.scene.colour import Colour, mix
from studio.scene.light import Light
from studio.scene.prompt_parser import Brief
from studio.scene.texture import Field, generator_for

_POINTS_ACROSS = 260


@dataclass(frozen=True)
class Stage:
    """One picture in the making; every size is in pixels of the canvas."""

    canvas: skia.Canvas
    surface: skia.Surface
    width: int
    height: int
    brief: Brief
    light: Light
    place: str
    key: str  # the seed and all the words, from which every part takes its randomness

    @cached_property
    def unit(self) -> float:
        """The size things are measured by: the shorter side, or less where the picture is very long."""
        return min(self.height, self.width * 1.15)

    @cached_property
    def xs(self) -> Field:
        """Where a line of land has its points, a little beyond both edges."""
        return np.linspace(-0.02 * self.width, 1.02 * self.width, _POINTS_ACROSS, dtype=np.float32)

    def random(self, part: str) -> np.random.Generator:
        return generator_for(self.key, part)

    def land(self, colour: Colour, *, depth: float = 0.0) -> Colour:
        """The colour of country in this light, with the season and the colours asked for in it."""
        return self.light.on(colour, depth=depth)

    @property
    def wintry(self) -> bool:
        if self.brief.lacks("snow") and self.place != "snowfield":
            return False
        return self.brief.season == "winter" or self.brief.weather == "snow" or self.place == "snowfield"

    def leaf(self, random: np.random.Generator) -> Colour:
        """The colour of one crown of leaves, by the season."""
        crowns = _CROWNS.get(self.brief.season or "summer", _CROWNS["summer"])
        first, second = crowns[int(random.integers(len(crowns)))], crowns[int(random.integers(len(crowns)))]
        return mix(first, second, float(random.random()))

    @property
    def grass(self) -> Colour:
        if self.wintry:
            return (232.0, 240.0, 248.0)
        return _GRASS.get(self.brief.season or "summer", _GRASS["summer"])


_GRASS: dict[str, Colour] = {
    "summer": (108, 168, 74),
    "spring": (132, 190, 92),
    "autumn": (186, 148, 74),
    "winter": (232, 240, 248),
}
_CROWNS: dict[str, tuple[Colour, ...]] = {
    "summer": ((58, 122, 64), (86, 150, 72), (44, 104, 72)),
    "spring": ((250, 176, 200), (244, 150, 186), (255, 206, 218), (140, 190, 96)),
    "autumn": ((214, 92, 36), (232, 148, 40), (180, 58, 38), (240, 182, 62)),
    "winter": ((214, 226, 238), (186, 204, 222), (234, 240, 248)),
}
