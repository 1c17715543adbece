"""Lighting presets per time of day and setting: sky colours and their effect on surface colours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from studio.scene.colour import Colour, brightness, mix, rgb, shade, times


@dataclass(frozen=True, slots=True)
class Light:
    """A lighting preset. `ambient` is the colour of the light on surfaces, `haze` that of distance fog."""

    top: Colour
    middle: Colour
    horizon: Colour
    haze: Colour
    ambient: Colour
    sun: Colour
    accent: Colour
    dark: bool = False
    tint: Colour | None = None

    def on(self, colour: Colour, *, depth: float = 0.0) -> Colour:
        """Return a surface colour as seen in this light at `depth` (0 near, 1 at the horizon)."""
        seen = times(colour, self.ambient)
        if self.tint is not None:
            seen = mix(seen, times(shade(self.tint, 0.1), self.ambient), 0.34)
        return mix(seen, self.haze, depth)


def _light(sky: str, haze: str, ambient: str, sun: str, accent: str, *, dark: bool = False) -> Light:
    top, middle, horizon = (rgb(code) for code in sky.split())
    return Light(top, middle, horizon, rgb(haze), rgb(ambient), rgb(sun), rgb(accent), dark=dark)


LIGHTS: Mapping[str, Light] = MappingProxyType(
    {
        "day": _light("#2f83d6 #7cc0f2 #dff2fa", "#b4d6e6", "#fff9ee", "#fffbe0", "#f2994a"),
        "dawn": _light("#6a8cc4 #f0b3b4 #ffe6c6", "#e3b9bd", "#ffdcd2", "#fff3d6", "#ff8fa3"),
        "sunset": _light("#2d1a5e #c2466b #ffb469", "#b9597a", "#e89a80", "#ffe9b0", "#ff6b4a"),
        "golden": _light("#5c8fb8 #f3c27f #fff0c4", "#e7b46f", "#ffd9a0", "#fff6d0", "#e76f26"),
        "dusk": _light("#141b4d #5a4a96 #e59bb0", "#76669f", "#9d8bc4", "#ffe3d0", "#ff9ec4", dark=True),
        "night": _light("#050a20 #10245a #31508c", "#25407a", "#6577b4", "#f6f1d8", "#ffd166", dark=True),
        "neon": _light("#0b0220 #40107a #ff2f92", "#6a1b86", "#8a5fd0", "#ff9ad5", "#00f0ff", dark=True),
        "storm": _light("#2b3644 #56677a #9fb0ba", "#71828f", "#a3b0bd", "#e8eef0", "#e0b050"),
        "overcast": _light("#8fa5b5 #b9c8d1 #dfe7ea", "#b7c5cd", "#d6dde2", "#fbfcf8", "#d98f5c"),
        "pastel": _light("#a7b8f0 #f3c6e0 #fff0dd", "#e4c9e6", "#fff0f2", "#fffaf0", "#ff9fc0"),
        "fire": _light("#170a10 #65201a #ff7a35", "#702a1e", "#d07a62", "#ffdf9a", "#ffb01f", dark=True),
        "space": _light("#04020f #120a33 #2a1560", "#2b1a66", "#c9c4f2", "#eae6ff", "#ff9e64", dark=True),
        "deep": _light("#6fdcea #1487b0 #053a66", "#15719c", "#9ed6e6", "#eafcff", "#ff8a5c"),
    }
)


def tint_light(light: Light, tints: Sequence[Colour]) -> Light:
    """Return the lighting preset tinted with the colours requested in the prompt."""
    if not tints:
        return light
    first, last = tints[0], tints[-1]
    strong = 0.62 if not light.dark else 0.5
    return replace(
        light,
        top=mix(light.top, shade(last, -0.35 if not light.dark else -0.7), strong),
        middle=mix(light.middle, first, strong),
        horizon=mix(light.horizon, shade(last, 0.45 if not light.dark else 0.05), strong),
        haze=mix(light.haze, shade(first, 0.1), strong),
        accent=first if brightness(first) > 0.12 else light.accent,
        tint=first,
    )
