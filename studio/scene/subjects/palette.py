"""The colours a subject is drawn in: its own, under the light of the scene."""

from dataclasses import dataclass

from studio.scene.colour import Colour, mix, rgb, shade
from studio.scene.light import Light

_SKINS = ("#f2c9a4", "#e0ac80", "#c98a62", "#9a6242", "#6f4630")
_HAIRS = ("#2c2226", "#4a3026", "#7a4a2a", "#c89a4c", "#9a9aa4", "#a8482c")
_OWN_SHARE = 0.34  # of its own colour a subject keeps in any light, so that it stands out


@dataclass(frozen=True, slots=True)
class Paints:
    """`asked` is the colour a prompt gave the subject, if it did; `chance`, 0 to 1, chooses among people's looks."""

    light: Light
    asked: Colour | None = None
    chance: float = 0.5

    def own(self, code: str) -> Colour:
        """The main colour of the subject: the one asked for, else its natural one."""
        return self._seen(self.asked or rgb(code))

    def on(self, code: str) -> Colour:
        """Any other colour of it."""
        return self._seen(rgb(code))

    @property
    def skin(self) -> Colour:
        return self.on(_SKINS[int(self.chance * len(_SKINS)) % len(_SKINS)])

    @property
    def hair(self) -> Colour:
        return self.on(_HAIRS[int(self.chance * 97) % len(_HAIRS)])

    @property
    def lamp(self) -> Colour:
        """Light from inside: windows and lanterns."""
        return rgb("#ffe3a0") if self.light.dark else self._seen(rgb("#fff1c4"))

    @property
    def dark(self) -> bool:
        return self.light.dark

    @property
    def glass(self) -> Colour:
        return rgb("#ffe3a0") if self.light.dark else mix(self.light.top, rgb("#dff0ff"), 0.45)

    def trim(self) -> Colour:
        """A darker shade of the main colour is too close: this one sets details off."""
        return shade(self._seen(self.asked or self.light.accent), -0.1)

    def _seen(self, colour: Colour) -> Colour:
        return mix(self.light.on(colour), colour, _OWN_SHARE)
