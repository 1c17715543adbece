"""Signs of age on a face: freckles when young, wrinkles when old."""

import skia

from studio.head.appearance import Look
from studio.head.features import EYE_LINE, EYE_OFFSET, MIDDLE
from studio.skia_brushes import curve, fill_paint, mix, shade, stroke_paint

FRECKLES_BELOW_AGE = 0.12
WRINKLES_FROM_AGE = 0.5
_SIDES = (-1, 1)
_FRECKLE_POSITIONS = ((52, 392), (66, 382), (82, 396), (74, 408), (96, 386), (60, 406), (90, 410))


def draw_aging(canvas: skia.Canvas, look: Look) -> None:
    """Draw freckles or wrinkles; call after the skin and before the features."""
    if look.age < FRECKLES_BELOW_AGE and sum(look.skin) > 560:
        spot = fill_paint(mix(look.skin, (168, 96, 60), 0.55), 170)
        for side in _SIDES:
            for x, y in _FRECKLE_POSITIONS:
                canvas.drawCircle(MIDDLE + side * x, y, 3, spot)
    depth = (look.age - WRINKLES_FROM_AGE) / (1 - WRINKLES_FROM_AGE)
    if depth > 0:
        _draw_wrinkles(canvas, look, depth)


def _draw_wrinkles(canvas: skia.Canvas, look: Look, depth: float) -> None:
    crease = stroke_paint(shade(look.skin, 0.68), 3, alpha=round(70 + 120 * depth))
    for y in (226, 244, 262)[: 1 + round(2 * depth)]:
        canvas.drawPath(curve((MIDDLE - 66, y), (MIDDLE, y - 10, MIDDLE + 66, y)), crease)
    for side in _SIDES:
        x = MIDDLE + side * EYE_OFFSET
        bag = curve((x - side * 28, EYE_LINE + 24), (x, EYE_LINE + 42, x + side * 30, EYE_LINE + 22))
        canvas.drawPath(bag, crease)
        for rise in (-10, 2, 14):
            corner = x + side * 44
            canvas.drawPath(
                curve(
                    (corner, EYE_LINE + rise * 0.5),
                    (corner + side * 10, EYE_LINE + rise, corner + side * 20, EYE_LINE + rise * 1.5),
                ),
                crease,
            )
        fold = curve((MIDDLE + side * 34, 404), (MIDDLE + side * 70, 424, MIDDLE + side * 70, 466))
        canvas.drawPath(fold, crease)
