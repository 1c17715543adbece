"""How many pixels wide and high a picture or a film is, from the options that speak of it."""

import math
import re

from providers.backend import GenerationType, JSONObject

Size = tuple[int, int]

SMALLEST_SIDE = 64  # pixels
LARGEST_SIDE = {  # pixels
    GenerationType.IMAGE: 4096,
    GenerationType.VIDEO: 1920,
    GenerationType.AVATAR: 1280,
    GenerationType.MUSIC: 1024,
}
SHORT_SIDE = {  # pixels, when nothing is said
    GenerationType.IMAGE: 1024,
    GenerationType.VIDEO: 720,
    GenerationType.AVATAR: 720,
    GenerationType.MUSIC: 1024,
}
ASPECT = {
    GenerationType.IMAGE: 1.0,
    GenerationType.VIDEO: 16 / 9,
    GenerationType.AVATAR: 1.0,
    GenerationType.MUSIC: 1.0,
}
NAMED_SIDES = {"1k": 1024, "2k": 2048, "4k": 4096, "hd": 1280, "uhd": 3840}  # pixels of the longer side


def asked_size(kind: GenerationType, options: JSONObject, *, source: Size | None = None) -> Size:
    """The size the options ask for. Without a word on the shape it is that of `source`, the picture to start from."""
    width, height = _pixels(options.get("width")), _pixels(options.get("height"))
    if width and height:
        return width, height
    aspect = _aspect(options.get("aspectRatio")) or (source[0] / source[1] if source else ASPECT[kind])
    if width or height:
        return (width, round(width / aspect)) if width else (round((height or 0) * aspect), height or 0)
    return _sized(kind, aspect, options.get("resolution"))


def frame_size(kind: GenerationType, asked: Size) -> Size:
    """The nearest size that can be rendered: within the limits, of the same shape, even for a film."""
    scale = min(1.0, LARGEST_SIDE[kind] / max(asked))
    step = 1 if kind is GenerationType.IMAGE else 2

    def fit(side: int) -> int:
        return min(LARGEST_SIDE[kind], max(SMALLEST_SIDE, round(side * scale / step) * step))

    return fit(asked[0]), fit(asked[1])


def _sized(kind: GenerationType, aspect: float, resolution: object) -> Size:
    named = str(resolution or "").strip().lower()
    if match := re.fullmatch(r"(\d{2,4})\s*[x×*]\s*(\d{2,4})", named):
        return int(match[1]), int(match[2])
    if long_side := NAMED_SIDES.get(named):
        return (long_side, round(long_side / aspect)) if aspect >= 1 else (round(long_side * aspect), long_side)
    if match := re.fullmatch(r"(\d{3,4})p?", named):
        return _by_short_side(int(match[1]), aspect)
    if kind is GenerationType.IMAGE:
        side = SHORT_SIDE[kind]  # a picture of another shape keeps the area
        return _multiple(side * math.sqrt(aspect)), _multiple(side / math.sqrt(aspect))
    return _by_short_side(SHORT_SIDE[kind], aspect)


def _by_short_side(short: int, aspect: float) -> Size:
    return (round(short * aspect), short) if aspect >= 1 else (short, round(short / aspect))


def _multiple(side: float, step: int = 16) -> int:
    return round(side / step) * step


def _pixels(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 1:
        return None
    return int(value)


def _aspect(value: object) -> float | None:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*[:x/]\s*(\d+(?:\.\d+)?)\s*", str(value or ""))
    if match is None or not float(match[1]) or not float(match[2]):
        return None
    return min(8.0, max(1 / 8, float(match[1]) / float(match[2])))
