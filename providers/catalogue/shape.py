"""The size of a picture or film, from the options that speak of it, for its price and to complete the options."""

import math

from providers.backend import GenerationType, JSONObject
from providers.catalogue.model import Provider

STEP = 8  # pixels; the sides that follow from an aspect ratio are multiples of it
DEFAULT_SHORT_SIDE = 720  # pixels, of a film


def complete_size(provider: Provider, values: JSONObject) -> JSONObject:
    """With an aspect ratio and no sides, sides of that shape with the area of the default ones."""
    sides = ("width", "height")
    if any(side not in provider.options for side in sides) or any(side in values for side in sides):
        return values
    ratio = _ratio(values.get("aspectRatio"))
    if ratio is None:
        return values
    default = [provider.options[side].default for side in sides]
    area = math.prod(side if isinstance(side, int) else 1024 for side in default)
    width, height = (_rounded(math.sqrt(area * ratio)), _rounded(math.sqrt(area / ratio)))
    return {**values, "width": width, "height": height}


def output_size(provider: Provider, options: JSONObject) -> tuple[int, int] | None:
    """Width and height in pixels that the resolved options ask for; None for what has no size."""
    if provider.type in (GenerationType.AUDIO, GenerationType.MUSIC):
        return None
    width, height = options.get("width"), options.get("height")
    if isinstance(width, int) and isinstance(height, int):
        return width, height
    ratio = _ratio(options.get("aspectRatio")) or 16 / 9
    digits = "".join(filter(str.isdigit, str(options.get("resolution") or "")))
    short = int(digits) if digits else DEFAULT_SHORT_SIDE
    return (_even(short * ratio), short) if ratio >= 1 else (short, _even(short / ratio))


def _ratio(text: object) -> float | None:
    if not isinstance(text, str) or ":" not in text:
        return None
    across, down = text.split(":", 1)
    return float(across) / float(down)


def _rounded(side: float) -> int:
    return max(STEP, round(side / STEP) * STEP)


def _even(side: float) -> int:
    return round(side / 2) * 2
