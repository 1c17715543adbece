"""Beards and moustaches by style name."""

import skia

from studio.head.appearance import Look
from studio.head.features import MIDDLE
from studio.skia_brushes import curve, fill_paint, mix, oval, shade, vertical_gradient

_LIP_LINE = 459.0
_JAWLINE_BEARDS = ("stubble", "full", "long")


def draw_beard(canvas: skia.Canvas, look: Look, *, jaw_drop: float) -> None:
    """Draw facial hair on the jaw and lip, to be clipped to the face. `jaw_drop` is how far the chin moved down."""
    colour = mix(shade(look.hair, 0.9), look.skin, 0.22)
    if look.beard in _JAWLINE_BEARDS:
        alpha = 70 if look.beard == "stubble" else 225
        canvas.drawPath(_jawline(), fill_paint(colour, alpha))
        canvas.drawOval(
            oval(MIDDLE, _LIP_LINE + jaw_drop * 0.8, 46, 9 + jaw_drop * 1.3), fill_paint(shade(look.skin, 0.96))
        )
    elif look.beard == "goatee":
        canvas.drawPath(_moustache(0.8), fill_paint(colour, 225))
        chin = curve(
            (MIDDLE - 50, 470 + jaw_drop),
            (MIDDLE, 488 + jaw_drop, MIDDLE + 50, 470 + jaw_drop),
            (MIDDLE + 44, 560 + jaw_drop, MIDDLE, 566 + jaw_drop),
            (MIDDLE - 44, 560 + jaw_drop, MIDDLE - 50, 470 + jaw_drop),
            close=True,
        )
        canvas.drawPath(chin, fill_paint(colour, 225))
    elif look.beard == "moustache":
        canvas.drawPath(_moustache(1.0), fill_paint(shade(colour, 0.9), 245))


def draw_hanging_beard(canvas: skia.Canvas, look: Look, *, jaw_drop: float) -> None:
    """Draw the part of a long beard that hangs below the chin."""
    if look.beard != "long":
        return
    tip = 690 + jaw_drop
    beard = curve(
        (MIDDLE - 118, 452),
        (MIDDLE - 60, 500, MIDDLE, 496 + jaw_drop),
        (MIDDLE + 60, 500, MIDDLE + 118, 452),
        (MIDDLE + 122, 590, MIDDLE + 60, tip, MIDDLE, tip),
        (MIDDLE - 60, tip, MIDDLE - 122, 590, MIDDLE - 118, 452),
        close=True,
    )
    canvas.drawPath(beard, vertical_gradient(450, tip, [shade(look.hair, 0.98), shade(look.hair, 0.8)]))
    for x in (-58, -20, 20, 58):
        lock = curve((MIDDLE + x, 520 + jaw_drop), (MIDDLE + x * 1.1, 600, MIDDLE + x * 0.6, tip - 24))
        canvas.drawPath(
            lock, skia.Paint(AntiAlias=True, Style=skia.Paint.kStroke_Style, StrokeWidth=4, Color=_strand_colour(look))
        )


def _strand_colour(look: Look) -> int:
    return int(skia.Color(*shade(look.hair, 0.66), 120))


def _jawline() -> skia.Path:
    return curve(
        (MIDDLE - 160, 356),
        (MIDDLE - 112, 430, MIDDLE - 96, 416, MIDDLE - 58, 424),
        (MIDDLE - 30, 416, MIDDLE, 420),
        (MIDDLE + 30, 416, MIDDLE + 58, 424),
        (MIDDLE + 96, 416, MIDDLE + 112, 430, MIDDLE + 160, 356),
        (MIDDLE + 180, 600),
        (MIDDLE - 180, 600),
        close=True,
    )


def _moustache(scale: float) -> skia.Path:
    reach = 72 * scale
    return curve(
        (MIDDLE - reach, 446),
        (MIDDLE - reach * 0.6, 414, MIDDLE - 12, 418),
        (MIDDLE, 424, MIDDLE + 12, 418),
        (MIDDLE + reach * 0.6, 414, MIDDLE + reach, 446),
        (MIDDLE + reach * 0.4, 438, MIDDLE, 438),
        (MIDDLE - reach * 0.4, 438, MIDDLE - reach, 446),
        close=True,
    )
