"""Output size of an image or video in pixels, from the width, height, resolution and aspect ratio options."""

import math
import re

from providers.backend import GenerationType, JSONObject

Size = tuple[int, int]

MIN_SIDE = 64  # pixels
MAX_SIDE = {  # pixels
    GenerationType.IMAGE: 4096,
    GenerationType.VIDEO: 1920,
    GenerationType.AVATAR: 1280,
    GenerationType.MUSIC: 1024,
}
DEFAULT_SHORT_SIDE = {  # pixels
    GenerationType.IMAGE: 1024,
    GenerationType.VIDEO: 720,
    GenerationType.AVATAR: 720,
    GenerationType.MUSIC: 1024,
}
DEFAULT_ASPECT = {
    GenerationType.IMAGE: 1.0,
    GenerationType.VIDEO: 16 / 9,
    GenerationType.AVATAR: 1.0,
    GenerationType.MUSIC: 1.0,
}
NAMED_LONG_SIDES = {"1k": 1024, "2k": 2048, "4k": 4096, "hd": 1280, "uhd": 3840}  # pixels of the longer side


def requested_size(kind: GenerationType, options: JSONObject, *, source: Size | None = None) -> Size:
    """Return the requested size. Without an aspect ratio option, use the ratio of `source`, the input image."""
    width, height = _parse_pixels(options.get("width")), _parse_pixels(options.get("height"))
    if width and height:
        return width, height
    aspect = _parse_aspect(options.get("aspectRatio")) or (source[0] / source[1] if source else DEFAULT_ASPECT[kind])
    if width or height:
        return (width, round(width / aspect)) if width else (round((height or 0) * aspect), height or 0)
    return _size_from_resolution(kind, aspect, options.get("resolution"))


def frame_size(kind: GenerationType, requested: Size) -> Size:
    """Return the nearest size that can be rendered: within the limits, same aspect ratio, even sides for video."""
    scale = min(1.0, MAX_SIDE[kind] / max(requested))
    step = 1 if kind is GenerationType.IMAGE else 2

    def fit(side: int) -> int:
        return min(MAX_SIDE[kind], max(MIN_SIDE, round(side * scale / step) * step))

    return fit(requested[0]), fit(requested[1])


def _size_from_resolution(kind: GenerationType, aspect: float, resolution: object) -> Size:
    named = str(resolution or "").strip().lower()
    if match := re.fullmatch(r"(\d{2,4})\s*[x×*]\s*(\d{2,4})", named):
        return int(match[1]), int(match[2])
    if long_side := NAMED_LONG_SIDES.get(named):
        return (long_side, round(long_side / aspect)) if aspect >= 1 else (round(long_side * aspect), long_side)
    if match := re.fullmatch(r"(\d{3,4})p?", named):
        return _size_from_short_side(int(match[1]), aspect)
    if kind is GenerationType.IMAGE:
        side = DEFAULT_SHORT_SIDE[kind]  # another aspect ratio keeps the area of the square
        return _round_to_multiple(side * math.sqrt(aspect)), _round_to_multiple(side / math.sqrt(aspect))
    return _size_from_short_side(DEFAULT_SHORT_SIDE[kind], aspect)


def _size_from_short_side(short: int, aspect: float) -> Size:
    return (round(short * aspect), short) if aspect >= 1 else (short, round(short / aspect))


def _round_to_multiple(side: float, step: int = 16) -> int:
    return round(side / step) * step


def _parse_pixels(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 1:
        return None
    return int(value)


def _parse_aspect(value: object) -> float | None:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*[:x/]\s*(\d+(?:\.\d+)?)\s*", str(value or ""))
    if match is None or not float(match[1]) or not float(match[2]):
        return None
    return min(8.0, max(1 / 8, float(match[1]) / float(match[2])))
