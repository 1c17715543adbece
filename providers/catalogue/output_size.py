"""Image and video size from the options that determine it, for the price and the defaults."""

import math
import re
from functools import lru_cache

from providers.backend import Adjustment, GenerationType, JSONObject
from providers.catalogue.model import Option, Provider

STEP = 8  # pixels; sides computed from an aspect ratio are multiples of it
DEFAULT_SIDE = 1024  # pixels of an image
DEFAULT_SHORT_SIDE = 720  # pixels of a video
WIDE = 16 / 9
SIDES = ("width", "height")
ASPECT_RATIO = "aspectRatio"
RESOLUTION = re.compile(r"(\d{3,4})p")
ASPECT_RATIO_FORM = re.compile(r"[1-9]\d{0,2}:[1-9]\d{0,2}")


def complete_size(provider: Provider, values: JSONObject) -> tuple[JSONObject, list[Adjustment]]:
    """Set both sides from an aspect ratio: of that shape, with the area of the defaults.

    Two given sides take precedence over a contradicting aspect ratio, which is dropped and reported.
    """
    ratio = _ratio(values.get(ASPECT_RATIO))
    if ratio is None or any(side not in provider.options for side in SIDES):
        return values, []
    width, height = (_pixels(values.get(side)) for side in SIDES)
    if width and height:
        return _without_contradiction(values, width, height, ratio=ratio)
    if not width and not height:
        area = math.prod(_pixels(provider.options[side].default) or DEFAULT_SIDE for side in SIDES)
        width = _rounded(math.sqrt(area * ratio))
        return {**values, "width": width, "height": _rounded(math.sqrt(area / ratio))}, []
    sides = _fitted(provider, width or (height or 0) * ratio, ratio=ratio)
    return {**values, **sides}, [
        Adjustment(
            f"the aspect ratio makes the other side larger or smaller than {provider.name} supports",
            f"options.{side}",
            requested=values[side],
            used=used,
        )
        for side, used in sides.items()
        if side in values and values[side] != used
    ]


def output_size(provider: Provider, options: JSONObject) -> tuple[int, int] | None:
    """Return width and height in pixels, or None."""
    if provider.type in (GenerationType.AUDIO, GenerationType.MUSIC):
        return None
    width, height = (_pixels(options.get(side)) for side in SIDES)
    if width and height:
        return width, height
    ratio = _ratio(options.get(ASPECT_RATIO)) or WIDE
    named = RESOLUTION.fullmatch(str(options.get("resolution")))
    short = int(named[1]) if named else DEFAULT_SHORT_SIDE
    return (_even(short * ratio), short) if ratio >= 1 else (short, _even(short / ratio))


def _without_contradiction(
    values: JSONObject, width: int, height: int, *, ratio: float
) -> tuple[JSONObject, list[Adjustment]]:
    if abs(width - height * ratio) <= STEP / 2 * (1 + ratio):
        return values, []
    reason = f"the width and height that were given make {width}x{height}"
    dropped = Adjustment(reason, f"options.{ASPECT_RATIO}", requested=values[ASPECT_RATIO])
    return {name: value for name, value in values.items() if name != ASPECT_RATIO}, [dropped]


def _fitted(provider: Provider, width: float, *, ratio: float) -> dict[str, int]:
    """Return sides of that ratio, as close to `width` as the limits allow."""
    across, down = (provider.options[side] for side in SIDES)
    least = max(across.minimum or STEP, (down.minimum or STEP) * ratio)
    most = min(across.maximum or math.inf, (down.maximum or math.inf) * ratio)
    width = min(max(width, least), most)
    return {"width": _within(across, width), "height": _within(down, width / ratio)}


def _within(option: Option, side: float) -> int:
    """Return the given value where it is whole, within the limits."""
    whole = round(side) if math.isclose(side, round(side), abs_tol=1e-6) else _rounded(side)
    return int(min(max(whole, option.minimum or STEP), option.maximum or whole))


def _ratio(text: object) -> float | None:
    if not isinstance(text, str) or ":" not in text:
        return None
    across, down = text.split(":", 1)
    return float(across) / float(down)


def _pixels(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _rounded(side: float) -> int:
    return max(STEP, round(side / STEP) * STEP)


def _even(side: float) -> int:
    return round(side / 2) * 2


def nearest_ratio(provider: Provider, options: JSONObject) -> str | None:
    """Return the aspect ratio of the provider that is closest to the size of these options, if it has any."""
    size, option = output_size(provider, options), provider.options.get(ASPECT_RATIO)
    if size is None or option is None or not option.allowed:
        return None
    return _nearest(tuple(str(value) for value in option.allowed), size[0] / size[1])


@lru_cache(maxsize=1_000)
def _nearest(allowed: tuple[str, ...], ratio: float) -> str:
    return min(allowed, key=lambda value: abs(math.log((_ratio(value) or ratio) / ratio)))
