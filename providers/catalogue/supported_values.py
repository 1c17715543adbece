"""The value of an upstream that is nearest to a requested one."""

import math
import re

from providers.catalogue.model import Range, Value

RATIO = re.compile(r"(\d+):(\d+)")
LINES = re.compile(r"(\d{3,4})[pP]")


def nearest(rule: tuple[Value, ...] | Range, value: Value) -> Value:
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


def scaled(pixels: Range, width: int, height: int) -> tuple[int, int]:
    """Return the sides, scaled so that their product is in the range; to multiples of `multiple` pixels."""
    area = width * height
    factor = math.sqrt(min(max(area, pixels.minimum or area), pixels.maximum or area) / area)
    step = pixels.multiple or 1
    if factor == 1 and width % step == height % step == 0:
        return width, height
    rounding = math.ceil if factor > 1 else math.floor if factor < 1 else round
    across, down = (max(step, int(rounding(side * factor / step)) * step) for side in (width, height))
    return across, down


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
    lines = LINES.fullmatch(value)
    return float(lines[1]) if lines else None
