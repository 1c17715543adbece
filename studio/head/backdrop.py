"""What stands behind the head: a plain colour or a place out of focus, by the words that were asked for."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import skia
from numpy.typing import NDArray
from PIL import Image, ImageColor, ImageFilter

from studio.skia_brushes import Colour, around, curve, down, fill, mix, oval, shade

_SKETCH_HEIGHT = 240  # the place is drawn small and blurred, as a camera would see it
_BLUR = 3.2  # pixels of the sketch

Place = Callable[[skia.Canvas, float, np.random.Generator], None]


def backdrop(words: str | None, width: int, height: int, *, seed: int) -> NDArray[np.uint8]:
    """An opaque RGBA picture of the place; without words, one of the seed's."""
    random = np.random.default_rng(seed)
    wanted = (words or "").strip().lower()
    place = _place(wanted) or (None if wanted else (_office, _studio, _home)[int(random.integers(3))])
    if place is None:
        return _plain(_colour(wanted) or _hashed_colour(wanted), width, height)
    sketch_width = max(8, round(_SKETCH_HEIGHT * width / height))
    pixels = np.zeros((_SKETCH_HEIGHT, sketch_width, 4), np.uint8)
    canvas = skia.Surface(pixels, colorType=skia.kRGBA_8888_ColorType).getCanvas()
    place(canvas, float(sketch_width), random)
    blurred = Image.fromarray(pixels[..., :3]).filter(ImageFilter.GaussianBlur(_BLUR))
    return _opaque(np.asarray(blurred.resize((width, height), Image.Resampling.BICUBIC)))


def knows_background(words: str) -> bool:
    """Whether the words name a place or a colour; others are a plain wall."""
    wanted = words.strip().lower()
    return _place(wanted) is not None or _colour(wanted) is not None


def _place(wanted: str) -> Place | None:
    return next((_PLACES[word] for word in re.split(r"[^a-z]+", wanted) if word in _PLACES), None)


def _colour(wanted: str) -> Colour | None:
    for candidate in (wanted, *re.split(r"[^a-z0-9#]+", wanted)):
        try:
            red, green, blue = ImageColor.getrgb(candidate)[:3]
        except ValueError:
            continue
        return red, green, blue
    return None


def _hashed_colour(wanted: str) -> Colour:
    tones = ((88, 120, 160), (120, 104, 156), (86, 140, 132), (168, 124, 96))
    return tones[sum(wanted.encode()) % len(tones)]


def _plain(colour: Colour, width: int, height: int) -> NDArray[np.uint8]:
    """The colour, a little lighter behind the head."""
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    light = np.clip(1.08 - 0.16 * (x**2 + (y + 0.2) ** 2), 0.8, 1.08)[..., None]
    return _opaque(np.clip(np.array(colour) * light, 0, 255).astype(np.uint8))


def _opaque(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)]))


def _wall(canvas: skia.Canvas, colour: Colour) -> None:
    canvas.drawPaint(down(0, _SKETCH_HEIGHT, [shade(colour, 1.06), shade(colour, 0.82)]))


def _box(canvas: skia.Canvas, paint: skia.Paint, *edges: float) -> None:
    left, top, right, bottom = edges
    canvas.drawRect(skia.Rect.MakeLTRB(left, top, right, bottom), paint)


def _office(canvas: skia.Canvas, width: float, random: np.random.Generator) -> None:
    _wall(canvas, (214, 218, 222))
    left = width * 0.04
    _box(canvas, down(20, 170, [(186, 220, 246), (236, 244, 250)]), left, 22, width * 0.42, 170)
    for tower in range(6):
        x = left + tower * width * 0.065
        _box(canvas, fill((150, 176, 200), 190), x, 150 - float(random.uniform(20, 80)), x + width * 0.05, 170)
    for share in (0.0, 0.5, 1.0):
        x = left + share * (width * 0.42 - left)
        _box(canvas, fill((246, 246, 248)), x - 3, 18, x + 3, 174)
    for row in range(3):
        y = 60 + 56 * row
        _box(canvas, fill((132, 98, 70)), width * 0.66, y, width, y + 6)
        for book in range(9):
            x = width * 0.68 + book * width * 0.034
            tone = ((66, 98, 140), (170, 82, 70), (208, 168, 92), (84, 130, 104))[int(random.integers(4))]
            _box(canvas, fill(tone), x, y - float(random.uniform(24, 40)), x + width * 0.028, y)
    _plant(canvas, width * 0.56, 206)


def _plant(canvas: skia.Canvas, x: float, ground: float) -> None:
    for lean in (-34, -20, -8, 6, 20, 34):
        tip = x + lean, ground - 76 + abs(lean)
        leaf = curve((x, ground), (x + lean * 0.4, ground - 40, *tip), (x + lean * 0.9, ground - 30, x, ground))
        canvas.drawPath(leaf, fill((64, 122 + lean, 78)))
    _box(canvas, fill((196, 130, 96)), x - 14, ground - 6, x + 14, ground + 26)


def _studio(canvas: skia.Canvas, width: float, random: np.random.Generator) -> None:
    tone = ((46, 58, 92), (70, 50, 84), (36, 72, 82), (58, 60, 68))[int(random.integers(4))]
    _wall(canvas, shade(tone, 0.8))
    glow = mix(tone, (255, 255, 255), 0.42)
    canvas.drawPaint(around((width / 2, 96), 150, [glow, glow], [235, 0]))
    for side, light in ((0.06, (255, 196, 130)), (0.94, (130, 190, 255))):
        canvas.drawPaint(around((width * side, 60), 110, [light, light], [120, 0]))


def _home(canvas: skia.Canvas, width: float, random: np.random.Generator) -> None:
    _wall(canvas, (232, 214, 190))
    _box(canvas, fill((250, 246, 238)), width * 0.06, 34, width * 0.3, 104)
    _box(canvas, down(40, 98, [(120, 160, 170), (214, 170, 120)]), width * 0.08, 41, width * 0.28, 97)
    _box(canvas, fill((128, 148, 142)), 0, 172, width * 0.52, _SKETCH_HEIGHT)
    canvas.drawPaint(around((width * 0.85, 78), 96, [(255, 226, 160)] * 2, [220, 0]))
    canvas.drawPath(
        curve((width * 0.78, 100), (width * 0.82, 52), (width * 0.89, 52), (width * 0.93, 100), close=True),
        fill((255, 240, 206)),
    )
    _box(canvas, fill((110, 84, 64)), width * 0.845, 100, width * 0.86, _SKETCH_HEIGHT)
    _plant(canvas, width * 0.64, 190)


def _nature(canvas: skia.Canvas, width: float, random: np.random.Generator) -> None:
    canvas.drawPaint(down(0, 150, [(128, 190, 236), (226, 240, 240)]))
    for base, tone in ((120, (138, 178, 150)), (150, (98, 156, 104)), (186, (74, 134, 76))):
        ridge = width * 0.3, base - 46, width * 0.6, base + 40, width + 20, base - 14
        hill = curve((-20, base), ridge, (width, 260), (0, 260), close=True)
        canvas.drawPath(hill, down(base - 40, 250, [shade(tone, 1.15), shade(tone, 0.8)]))
    for _ in range(9):
        x, size = float(random.uniform(0, width)), float(random.uniform(16, 34))
        _box(canvas, fill((104, 78, 58)), x - 3, 150, x + 3, 182)
        canvas.drawCircle(x, 146, size, fill((58, 116 + int(size), 66)))


def _beach(canvas: skia.Canvas, width: float, random: np.random.Generator) -> None:
    canvas.drawPaint(down(0, 120, [(92, 178, 240), (220, 240, 250)]))
    canvas.drawPaint(around((width * 0.8, 40), 60, [(255, 250, 214)] * 2, [255, 0]))
    _box(canvas, down(112, 180, [(38, 142, 178), (104, 208, 206)]), 0, 112, width, 182)
    for _ in range(16):
        x, y = float(random.uniform(0, width)), float(random.uniform(118, 170))
        canvas.drawOval(oval(x, y, 22, 1.2), fill((255, 255, 255), 130))
    sand = curve((0, 176), (width * 0.4, 164, width * 0.7, 190, width, 172), (width, 250), (0, 250), close=True)
    canvas.drawPath(sand, down(170, 240, [(244, 222, 176), (222, 190, 138)]))


def _city(canvas: skia.Canvas, width: float, random: np.random.Generator) -> None:
    canvas.drawPaint(down(0, 220, [(34, 36, 78), (116, 76, 124), (232, 150, 118)]))
    x = -10.0
    while x < width:
        wide, top = float(random.uniform(22, 44)), float(random.uniform(50, 150))
        _box(canvas, fill((40, 40, 70)), x, top, x + wide, _SKETCH_HEIGHT)
        for _ in range(12):
            window = x + float(random.uniform(3, wide - 6)), top + float(random.uniform(6, 150))
            canvas.drawCircle(*window, 2.4, fill((255, 214, 138), 230))
        x += wide + 3
    for _ in range(26):
        light = ((255, 196, 120), (255, 120, 120), (140, 200, 255))[int(random.integers(3))]
        canvas.drawCircle(float(random.uniform(0, width)), float(random.uniform(150, 240)), 7, fill(light, 130))


def _space(canvas: skia.Canvas, width: float, random: np.random.Generator) -> None:
    canvas.drawPaint(down(0, 240, [(12, 12, 36), (44, 26, 78)]))
    for _ in range(160):
        at = float(random.uniform(0, width)), float(random.uniform(0, 240))
        canvas.drawCircle(*at, float(random.uniform(0.6, 2)), fill((255, 255, 255)))
    canvas.drawCircle(width * 0.82, 60, 40, around((width * 0.79, 48), 54, [(240, 190, 140), (130, 70, 90)]))


_PLACES: Mapping[str, Place] = MappingProxyType(
    {
        **dict.fromkeys(("office", "workplace", "desk", "meeting", "conference", "library", "classroom"), _office),
        **dict.fromkeys(("studio", "stage", "news", "newsroom", "professional", "gradient", "dark"), _studio),
        **dict.fromkeys(("home", "room", "living", "kitchen", "interior", "cafe", "bedroom", "house"), _home),
        **dict.fromkeys(("nature", "forest", "park", "garden", "mountain", "mountains", "outdoor", "meadow"), _nature),
        **dict.fromkeys(("beach", "sea", "ocean", "coast", "island", "tropical"), _beach),
        **dict.fromkeys(("city", "street", "urban", "skyline", "night", "downtown", "cyberpunk"), _city),
        **dict.fromkeys(("space", "galaxy", "stars"), _space),
    }
)
