"""The background behind the head: a plain colour or a blurred place, chosen from a description."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import skia
from numpy.typing import NDArray
from PIL import Image, ImageColor, ImageFilter

from studio.skia_brushes import Colour, curve, fill_paint, mix, oval, radial_gradient, shade, vertical_gradient

_SKETCH_HEIGHT = 240  # pixels; the place is drawn small, blurred and enlarged, to look out of focus
_BLUR_RADIUS = 3.2  # pixels at sketch size

DrawPlace = Callable[[skia.Canvas, float, np.random.Generator], None]


def render_backdrop(description: str | None, width: int, height: int, *, seed: int) -> NDArray[np.uint8]:
    """Return an opaque RGBA image (height x width x 4); without a description, a place chosen by the seed."""
    random = np.random.default_rng(seed)
    normalized = (description or "").strip().lower()
    place = _matching_place(normalized) or (
        None if normalized else (_draw_office, _draw_studio, _draw_home)[int(random.integers(3))]
    )
    if place is None:
        return _plain_wall(_parse_colour(normalized) or _hashed_colour(normalized), width, height)
    sketch_width = max(8, round(_SKETCH_HEIGHT * width / height))
    pixels = np.zeros((_SKETCH_HEIGHT, sketch_width, 4), np.uint8)
    canvas = skia.Surface(pixels, colorType=skia.kRGBA_8888_ColorType).getCanvas()
    place(canvas, float(sketch_width), random)
    blurred = Image.fromarray(pixels[..., :3]).filter(ImageFilter.GaussianBlur(_BLUR_RADIUS))
    return _add_opaque_alpha(np.asarray(blurred.resize((width, height), Image.Resampling.BICUBIC)))


def is_known_background(description: str) -> bool:
    """Return whether the description names a place or a colour; anything else renders as a plain wall."""
    normalized = description.strip().lower()
    return _matching_place(normalized) is not None or _parse_colour(normalized) is not None


def _matching_place(normalized: str) -> DrawPlace | None:
    return next((_PLACES[word] for word in re.split(r"[^a-z]+", normalized) if word in _PLACES), None)


def _parse_colour(normalized: str) -> Colour | None:
    for candidate in (normalized, *re.split(r"[^a-z0-9#]+", normalized)):
        try:
            red, green, blue = ImageColor.getrgb(candidate)[:3]
        except ValueError:
            continue
        return red, green, blue
    return None


def _hashed_colour(normalized: str) -> Colour:
    tones = ((88, 120, 160), (120, 104, 156), (86, 140, 132), (168, 124, 96))
    return tones[sum(normalized.encode()) % len(tones)]


def _plain_wall(colour: Colour, width: int, height: int) -> NDArray[np.uint8]:
    """Return a wall of one colour, slightly lighter behind the head."""
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    light = np.clip(1.08 - 0.16 * (x**2 + (y + 0.2) ** 2), 0.8, 1.08)[..., None]
    return _add_opaque_alpha(np.clip(np.array(colour) * light, 0, 255).astype(np.uint8))


def _add_opaque_alpha(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)]))


def _draw_wall(canvas: skia.Canvas, colour: Colour) -> None:
    canvas.drawPaint(vertical_gradient(0, _SKETCH_HEIGHT, [shade(colour, 1.06), shade(colour, 0.82)]))


def _draw_box(canvas: skia.Canvas, paint: skia.Paint, *edges: float) -> None:
    left, top, right, bottom = edges
    canvas.drawRect(skia.Rect.MakeLTRB(left, top, right, bottom), paint)


def _draw_office(canvas: skia.Canvas, width: float, random: np.random.Generator) -> None:
    _draw_wall(canvas, (214, 218, 222))
    left = width * 0.04
    _draw_box(canvas, vertical_gradient(20, 170, [(186, 220, 246), (236, 244, 250)]), left, 22, width * 0.42, 170)
    for tower in range(6):
        x = left + tower * width * 0.065
        _draw_box(
            canvas, fill_paint((150, 176, 200), 190), x, 150 - float(random.uniform(20, 80)), x + width * 0.05, 170
        )
    for share in (0.0, 0.5, 1.0):
        x = left + share * (width * 0.42 - left)
        _draw_box(canvas, fill_paint((246, 246, 248)), x - 3, 18, x + 3, 174)
    for row in range(3):
        y = 60 + 56 * row
        _draw_box(canvas, fill_paint((132, 98, 70)), width * 0.66, y, width, y + 6)
        for book in range(9):
            x = width * 0.68 + book * width * 0.034
            tone = ((66, 98, 140), (170, 82, 70), (208, 168, 92), (84, 130, 104))[int(random.integers(4))]
            _draw_box(canvas, fill_paint(tone), x, y - float(random.uniform(24, 40)), x + width * 0.028, y)
    _draw_plant(canvas, width * 0.56, 206)


def _draw_plant(canvas: skia.Canvas, x: float, ground: float) -> None:
    for lean in (-34, -20, -8, 6, 20, 34):
        tip = x + lean, ground - 76 + abs(lean)
        leaf = curve((x, ground), (x + lean * 0.4, ground - 40, *tip), (x + lean * 0.9, ground - 30, x, ground))
        canvas.drawPath(leaf, fill_paint((64, 122 + lean, 78)))
    _draw_box(canvas, fill_paint((196, 130, 96)), x - 14, ground - 6, x + 14, ground + 26)


def _draw_studio(canvas: skia.Canvas, width: float, random: np.random.Generator) -> None:
    tone = ((46, 58, 92), (70, 50, 84), (36, 72, 82), (58, 60, 68))[int(random.integers(4))]
    _draw_wall(canvas, shade(tone, 0.8))
    glow = mix(tone, (255, 255, 255), 0.42)
    canvas.drawPaint(radial_gradient((width / 2, 96), 150, [glow, glow], [235, 0]))
    for side, light in ((0.06, (255, 196, 130)), (0.94, (130, 190, 255))):
        canvas.drawPaint(radial_gradient((width * side, 60), 110, [light, light], [120, 0]))


def _draw_home(canvas: skia.Canvas, width: float, random: np.random.Generator) -> None:
    _draw_wall(canvas, (232, 214, 190))
    _draw_box(canvas, fill_paint((250, 246, 238)), width * 0.06, 34, width * 0.3, 104)
    _draw_box(canvas, vertical_gradient(40, 98, [(120, 160, 170), (214, 170, 120)]), width * 0.08, 41, width * 0.28, 97)
    _draw_box(canvas, fill_paint((128, 148, 142)), 0, 172, width * 0.52, _SKETCH_HEIGHT)
    canvas.drawPaint(radial_gradient((width * 0.85, 78), 96, [(255, 226, 160)] * 2, [220, 0]))
    canvas.drawPath(
        curve((width * 0.78, 100), (width * 0.82, 52), (width * 0.89, 52), (width * 0.93, 100), close=True),
        fill_paint((255, 240, 206)),
    )
    _draw_box(canvas, fill_paint((110, 84, 64)), width * 0.845, 100, width * 0.86, _SKETCH_HEIGHT)
    _draw_plant(canvas, width * 0.64, 190)


def _draw_nature(canvas: skia.Canvas, width: float, random: np.random.Generator) -> None:
    canvas.drawPaint(vertical_gradient(0, 150, [(128, 190, 236), (226, 240, 240)]))
    for base, tone in ((120, (138, 178, 150)), (150, (98, 156, 104)), (186, (74, 134, 76))):
        ridge = width * 0.3, base - 46, width * 0.6, base + 40, width + 20, base - 14
        hill = curve((-20, base), ridge, (width, 260), (0, 260), close=True)
        canvas.drawPath(hill, vertical_gradient(base - 40, 250, [shade(tone, 1.15), shade(tone, 0.8)]))
    for _ in range(9):
        x, size = float(random.uniform(0, width)), float(random.uniform(16, 34))
        _draw_box(canvas, fill_paint((104, 78, 58)), x - 3, 150, x + 3, 182)
        canvas.drawCircle(x, 146, size, fill_paint((58, 116 + int(size), 66)))


def _draw_beach(canvas: skia.Canvas, width: float, random: np.random.Generator) -> None:
    canvas.drawPaint(vertical_gradient(0, 120, [(92, 178, 240), (220, 240, 250)]))
    canvas.drawPaint(radial_gradient((width * 0.8, 40), 60, [(255, 250, 214)] * 2, [255, 0]))
    _draw_box(canvas, vertical_gradient(112, 180, [(38, 142, 178), (104, 208, 206)]), 0, 112, width, 182)
    for _ in range(16):
        x, y = float(random.uniform(0, width)), float(random.uniform(118, 170))
        canvas.drawOval(oval(x, y, 22, 1.2), fill_paint((255, 255, 255), 130))
    sand = curve((0, 176), (width * 0.4, 164, width * 0.7, 190, width, 172), (width, 250), (0, 250), close=True)
    canvas.drawPath(sand, vertical_gradient(170, 240, [(244, 222, 176), (222, 190, 138)]))


def _draw_city(canvas: skia.Canvas, width: float, random: np.random.Generator) -> None:
    canvas.drawPaint(vertical_gradient(0, 220, [(34, 36, 78), (116, 76, 124), (232, 150, 118)]))
    x = -10.0
    while x < width:
        tower_width, top = float(random.uniform(22, 44)), float(random.uniform(50, 150))
        _draw_box(canvas, fill_paint((40, 40, 70)), x, top, x + tower_width, _SKETCH_HEIGHT)
        for _ in range(12):
            window = x + float(random.uniform(3, tower_width - 6)), top + float(random.uniform(6, 150))
            canvas.drawCircle(*window, 2.4, fill_paint((255, 214, 138), 230))
        x += tower_width + 3
    for _ in range(26):
        light = ((255, 196, 120), (255, 120, 120), (140, 200, 255))[int(random.integers(3))]
        canvas.drawCircle(float(random.uniform(0, width)), float(random.uniform(150, 240)), 7, fill_paint(light, 130))


def _draw_space(canvas: skia.Canvas, width: float, random: np.random.Generator) -> None:
    canvas.drawPaint(vertical_gradient(0, 240, [(12, 12, 36), (44, 26, 78)]))
    for _ in range(160):
        position = float(random.uniform(0, width)), float(random.uniform(0, 240))
        canvas.drawCircle(*position, float(random.uniform(0.6, 2)), fill_paint((255, 255, 255)))
    canvas.drawCircle(width * 0.82, 60, 40, radial_gradient((width * 0.79, 48), 54, [(240, 190, 140), (130, 70, 90)]))


_PLACES: Mapping[str, DrawPlace] = MappingProxyType(
    {
        **dict.fromkeys(("office", "workplace", "desk", "meeting", "conference", "library", "classroom"), _draw_office),
        **dict.fromkeys(("studio", "stage", "news", "newsroom", "professional", "gradient", "dark"), _draw_studio),
        **dict.fromkeys(("home", "room", "living", "kitchen", "interior", "cafe", "bedroom", "house"), _draw_home),
        **dict.fromkeys(
            ("nature", "forest", "park", "garden", "mountain", "mountains", "outdoor", "meadow"), _draw_nature
        ),
        **dict.fromkeys(("beach", "sea", "ocean", "coast", "island", "tropical"), _draw_beach),
        **dict.fromkeys(("city", "street", "urban", "skyline", "night", "downtown", "cyberpunk"), _draw_city),
        **dict.fromkeys(("space", "galaxy", "stars"), _draw_space),
    }
)
