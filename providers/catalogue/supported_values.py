"""The value of an upstream that is nearest to a requested one."""

import math
import re
from itertools import product

from providers.catalogue.model import Range, Value

RATIO = re.compile(r"(\d+):(\d+)")
RESOLUTION = re.compile(r"(\d{3,4})[pP]")


def nearest_supported_value(rule: tuple[Value, ...] | Range, value: Value) -> Value:
    """Return the value itself if the upstream has it, or the nearest one.

    Numbers, aspect ratios and resolutions are compared by size; otherwise the first of the supported values is used.
    """
    if isinstance(rule, Range):
        return value if isinstance(value, str | bool) else _in_range(rule, value)
    if value in rule:
        return value
    wanted = _size(value)
    sizes = [(size, choice) for choice in rule if (size := _size(choice)) is not None]
    if wanted is None or not sizes:
        return rule[0]
    return min(sizes, key=lambda known: (abs(known[0] - wanted), known[0]))[1]


def nearest_supported_size(
    width: int, height: int, *, pixels: Range, max_ratio: float | None, max_side: float | None
) -> tuple[int, int]:
    """Return the nearest sides that the upstream has: of the same shape where `max_ratio` allows it.

    Their product is in the range of `pixels`, both are multiples of `pixels.multiple`, and none is over `max_side`.
    """
    step, limit = pixels.multiple or 1, max_ratio or math.inf
    area, ratio = width * height, min(max(width / height, 1 / limit), limit)
    fitting = min(max(area, pixels.minimum or area), pixels.maximum or area)
    longer = math.sqrt(fitting * max(ratio, 1 / ratio))
    scale = min(1.0, (max_side or math.inf) / longer) * math.sqrt(fitting)
    across, down = scale * math.sqrt(ratio), scale / math.sqrt(ratio)
    choices = product(_multiples(across, step), _multiples(down, step))

    def distance(sides: tuple[int, int]) -> tuple[bool, float]:
        low, high = sorted(sides)
        fits = pixels.includes(low * high) and high <= low * limit and high <= (max_side or math.inf)
        return not fits, abs(sides[0] - across) + abs(sides[1] - down)

    return min(choices, key=distance)


def _multiples(side: float, step: int) -> list[int]:
    """Return the multiples of `step` around a length."""
    below = int(side / step + 1e-9) * step
    return [multiple for multiple in (below - step, below, below + step) if multiple > 0]


def _in_range(rule: Range, value: float) -> int | float:
    low, high = rule.minimum, rule.maximum
    inside = value if low is None else max(value, low)
    inside = inside if high is None else min(inside, high)
    if rule.multiple is None:
        return int(inside) if float(inside).is_integer() else inside
    least = math.ceil((low or 0) / rule.multiple)
    most = math.inf if high is None else math.floor(high / rule.multiple)
    return int(min(max(round(inside / rule.multiple), least), most)) * rule.multiple


def _size(value: Value) -> float | None:
    if isinstance(value, int | float):
        return float(value)
    if ratio := RATIO.fullmatch(value):
        return math.log(max(int(ratio[1]), 1) / max(int(ratio[2]), 1))
    lines = RESOLUTION.fullmatch(value)
    return float(lines[1]) if lines else None
