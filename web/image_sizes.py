"""Image sizes by tier, such as `2K`, which several APIs use in place of width and height."""

import math

from providers.backend import JSONObject
from providers.catalogue.model import Provider

SIDES = {"1K": 1024, "2K": 2048, "3K": 3072, "4K": 4096}  # pixels of a square
STEP = 8  # pixels


def tier_size(provider: Provider, tier: str, aspect_ratio: str | None) -> JSONObject | None:
    """Return width and height of a tier and an aspect ratio within the limits of a provider.

    None unless it is a tier and the provider has the options width and height.
    """
    side, width = SIDES.get(tier.upper()), provider.options.get("width")
    if side is None or width is None or "resolution" in provider.options:
        return None
    across, _, down = (aspect_ratio or "1:1").partition(":")
    if not (across.isdecimal() and down.isdecimal() and int(across[:4]) and int(down[:4])):
        return {"width": side, "height": side}
    ratio = int(across[:4]) / int(down[:4])
    wide, high = side * math.sqrt(ratio), side / math.sqrt(ratio)
    scale = min(1.0, (width.maximum or side) / max(wide, high))
    return {"width": round(wide * scale / STEP) * STEP, "height": round(high * scale / STEP) * STEP}
