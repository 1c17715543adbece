"""Sizes, such as `1024x1536`, for providers with width and height and for those with a shape and a resolution."""

import math
import re

from kit.errors import InvalidInput
from kit.text import truncate
from providers.backend import JSONObject
from providers.catalogue import Provider

AUTO = "auto"
SIZE = re.compile(r"([1-9]\d{0,4})x([1-9]\d{0,4})", re.ASCII)
RESOLUTION, RATIO = re.compile(r"(\d{1,5})p", re.ASCII), re.compile(r"([1-9]\d?):([1-9]\d?)", re.ASCII)
SHAPES = ((16, 9), (9, 16), (1, 1), (4, 3), (3, 4), (3, 2), (2, 3), (21, 9))
RESOLUTION_HEIGHTS = (360, 480, 540, 720, 1080, 1440, 2160)


def size_options(size: str | None, provider: Provider | None, *, is_image: bool) -> JSONObject:
    """Return the options for `1024x1536`: width and height, or shape and resolution for a provider without them.

    A usual shape or resolution stands for one that is close to it: 1024x1792 is 9:16 at 1080p.
    """
    if size is None or size == AUTO:
        return {}
    match = SIZE.fullmatch(size)
    if match is None:
        raise InvalidInput(f"`size` is width x height, such as 1024x1024, not {truncate(size)}.", field="input.size")
    width, height = int(match[1]), int(match[2])
    if is_image if provider is None else "width" in provider.options:
        return {"width": width, "height": height}
    has_resolution = provider is None or "resolution" in provider.options
    return {
        "aspectRatio": _shape(width, height),
        **({"resolution": _resolution(width, height)} if has_resolution else {}),
    }


def size_of(options: JSONObject) -> str:
    """Return the size that the options stand for, or an empty text."""
    if "width" in options and "height" in options:
        return f"{options['width']}x{options['height']}"
    lines = RESOLUTION.fullmatch(str(options.get("resolution")))
    ratio = RATIO.fullmatch(str(options.get("aspectRatio")))
    if lines is None or ratio is None:
        return ""
    short, width, height = int(lines[1]), int(ratio[1]), int(ratio[2])
    long = round(short * max(width, height) / min(width, height) / 2) * 2
    return f"{long}x{short}" if width >= height else f"{short}x{long}"


def with_allowed_sizes(error: InvalidInput, size: str | None) -> InvalidInput:
    """Return the error with the sizes that are allowed, if it is about the shape or the resolution of this size."""
    match = SIZE.fullmatch(size or "")
    option = (error.field or "").removeprefix("input.options.")
    values = error.extensions.get("allowedValues")
    if match is None or option not in ("aspectRatio", "resolution") or not isinstance(values, list):
        return error
    width, height = int(match[1]), int(match[2])
    short = min(width, height)
    lines = min(RESOLUTION_HEIGHTS, key=lambda usual: abs(math.log(usual / short)))
    given: JSONObject = {"aspectRatio": _shape(width, height), "resolution": f"{lines}p"}
    allowed = [allowed for value in values if (allowed := size_of({**given, option: value}))]
    message = f"'size' cannot be {size!r}: it may be {', '.join(allowed)}."
    return InvalidInput(message, field="input.size", allowed=allowed)


def _resolution(width: int, height: int) -> str:
    short = min(width, height)
    return f"{next((lines for lines in RESOLUTION_HEIGHTS if math.isclose(short, lines, rel_tol=0.06)), short)}p"


def _shape(width: int, height: int) -> str:
    for across, down in SHAPES:
        if math.isclose(width / height, across / down, rel_tol=0.02):
            return f"{across}:{down}"
    divisor = math.gcd(width, height)
    return f"{width // divisor}:{height // divisor}"
