"""The colours a subject is drawn in: its own, under the light of the scene."""

from dataclasses import dataclass

from providers.local.scene.colour import Colour, mix, rgb, shade
from providers.local.scene.light import Light

_OWN_SHARE = 0.34  # of its own colour a subject keeps in any light, so that it stands out


@dataclass(frozen=True, slots=True)
class Paints:
    """`asked` is the colour a prompt gave the subject, if it did."""

    light: Light
    asked: Colour | None = None

    def own(self, code: str) -> Colour:
        """The main colour of the subject: the one asked for, else its natural one."""
        return self._seen(self.asked or rgb(code))

    def on(self, code: str) -> Colour:
        """Any other colour of it."""
        return self._seen(rgb(code))

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
