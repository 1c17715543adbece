"""The colours of a subject under the light of the scene."""

from dataclasses import dataclass

from studio.scene.colour import Colour, mix, rgb, shade
from studio.scene.lighting import Light

_SKIN_COLOURS = ("#f2c9a4", "#e0ac80", "#c98a62", "#9a6242", "#6f4630")
_HAIR_COLOURS = ("#2c2226", "#4a3026", "#7a4a2a", "#c89a4c", "#9a9aa4", "#a8482c")
_UNLIT_SHARE = 0.34  # fraction of the unlit colour in the result, so that a subject stands out in any light


@dataclass(frozen=True, slots=True)
class Paints:
    """The palette of one subject.

    `requested` is the colour requested in the prompt. `chance`, 0 to 1, selects the skin and hair colour of people.
    """

    light: Light
    requested: Colour | None = None
    chance: float = 0.5

    def own(self, code: str) -> Colour:
        """Return the main colour: the requested one, or `code`."""
        return self._lit(self.requested or rgb(code))

    def on(self, code: str) -> Colour:
        """Return the secondary colour `code` under the light of the scene."""
        return self._lit(rgb(code))

    @property
    def skin(self) -> Colour:
        return self.on(_SKIN_COLOURS[int(self.chance * len(_SKIN_COLOURS)) % len(_SKIN_COLOURS)])

    @property
    def hair(self) -> Colour:
        return self.on(_HAIR_COLOURS[int(self.chance * 97) % len(_HAIR_COLOURS)])

    @property
    def lamp(self) -> Colour:
        """The colour of lit windows and lanterns."""
        return rgb("#ffe3a0") if self.light.dark else self._lit(rgb("#fff1c4"))

    @property
    def dark(self) -> bool:
        return self.light.dark

    @property
    def glass(self) -> Colour:
        return rgb("#ffe3a0") if self.light.dark else mix(self.light.top, rgb("#dff0ff"), 0.45)

    def trim(self) -> Colour:
        """Return a colour for details that contrasts with the main colour."""
        return shade(self._lit(self.requested or self.light.accent), -0.1)

    def _lit(self, colour: Colour) -> Colour:
        return mix(self.light.on(colour), colour, _UNLIT_SHARE)
