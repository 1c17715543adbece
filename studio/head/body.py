"""Shoulders, clothes and the raised hand."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import skia

from studio.head.appearance import Look
from studio.head.features import MIDDLE
from studio.head.head_motion import HeadPose
from studio.skia_brushes import curve, fill_paint, rounded, shade, stroke_paint, vertical_gradient

SHOULDER_LINE = 592.0
_OFF_CANVAS_Y = 2400.0  # below the bottom edge of any frame
_SIDES = (-1, 1)


def draw_body(canvas: skia.Canvas, look: Look, pose: HeadPose) -> None:
    canvas.save()
    canvas.translate(pose.sway * 0.25, pose.breath)
    canvas.drawPath(
        _torso(look), vertical_gradient(SHOULDER_LINE, 760, [shade(look.cloth, 1.12), shade(look.cloth, 0.78)])
    )
    _CLOTHES[look.clothes](canvas, look)
    canvas.restore()


def draw_hand(canvas: skia.Canvas, look: Look, pose: HeadPose) -> None:
    """Draw a forearm with an open hand, raised beside the face by `pose.hand` (0 to 1)."""
    if pose.hand <= 0.01:
        return
    canvas.save()
    canvas.translate(596, 1010 - 330 * pose.hand)
    canvas.rotate(6 + pose.hand_angle * 0.6)
    arm = curve((-44, 400), (-38, -30), (38, -30), (48, 400), close=True)
    canvas.drawPath(arm, vertical_gradient(-30, 220, [shade(look.cloth, 1.08), shade(look.cloth, 0.8)]))
    canvas.drawRRect(rounded(-42, -46, 84, 26, 10), fill_paint(shade(look.cloth, 0.7)))
    canvas.rotate(pose.hand_angle * 0.5)
    _draw_palm(canvas, look)
    canvas.restore()


def _draw_palm(canvas: skia.Canvas, look: Look) -> None:
    edge, skin = shade(look.skin, 0.78), shade(look.skin, 0.98)
    fingers = ((-30, -196, -36), (-9, -216, -12), (13, -210, 10), (33, -184, 32))
    thumb = curve((-30, -84), (-58, -112, -68, -136))
    for width, colour in ((26.0, edge), (22.0, skin)):
        canvas.drawPath(thumb, stroke_paint(colour, width))
        for x, tip, lean in fingers:
            canvas.drawLine(x, -120, x + lean * 0.35, tip, stroke_paint(colour, width - 3))
    canvas.drawRRect(rounded(-40, -140, 84, 106, 30), fill_paint(edge))
    canvas.drawRRect(rounded(-38, -142, 80, 106, 30), fill_paint(skin))
    canvas.drawLine(-10, -40, -10, -30, stroke_paint(skin, 50))
    canvas.drawPath(curve((-22, -92), (6, -112, 32, -104)), stroke_paint(edge, 3, alpha=150))


def _torso(look: Look) -> skia.Path:
    half = (208.0 if look.feminine else 246.0) * look.build
    top = SHOULDER_LINE
    return curve(
        (MIDDLE - 92, top - 8),
        (MIDDLE - 150, top + 12, MIDDLE - half + 10, top + 20, MIDDLE - half, top + 120),
        (MIDDLE - half - 24, _OFF_CANVAS_Y),
        (MIDDLE + half + 24, _OFF_CANVAS_Y),
        (MIDDLE + half, top + 120),
        (MIDDLE + half - 10, top + 20, MIDDLE + 150, top + 12, MIDDLE + 92, top - 8),
        (MIDDLE, top + 20, MIDDLE - 92, top - 8),
        close=True,
    )


def _draw_blazer(canvas: skia.Canvas, look: Look) -> None:
    opening = curve((MIDDLE - 84, 584), (MIDDLE, 900), (MIDDLE + 84, 584), close=True)
    canvas.drawPath(opening, vertical_gradient(590, 760, [look.shirt, shade(look.shirt, 0.86)]))
    _draw_neckline(canvas, look, depth=56 if look.feminine else 34)
    for side in _SIDES:
        lapel = curve(
            (MIDDLE + side * 80, 580),
            (MIDDLE + side * 134, 630),
            (MIDDLE + side * 104, 656),
            (MIDDLE + side * 124, 672),
            (MIDDLE + side * 2, 900),
            (MIDDLE + side * 24, 730, MIDDLE + side * 62, 640),
            close=True,
        )
        canvas.drawPath(lapel, fill_paint(shade(look.cloth, 0.86)))
        canvas.drawPath(lapel, stroke_paint(shade(look.cloth, 0.62), 2.5))
    if not look.feminine:
        tie = curve((MIDDLE - 16, 632), (MIDDLE + 16, 632), (MIDDLE + 26, 900), (MIDDLE - 26, 900), close=True)
        canvas.drawPath(tie, fill_paint((150, 48, 60)))
        _draw_collar(canvas, look)


def _draw_shirt(canvas: skia.Canvas, look: Look) -> None:
    _draw_neckline(canvas, look, depth=44)
    canvas.drawLine(MIDDLE, 640, MIDDLE, _OFF_CANVAS_Y, stroke_paint(shade(look.cloth, 0.66), 3))
    for step in range(12):
        canvas.drawCircle(MIDDLE + 10, 668 + 60 * step, 4, fill_paint(shade(look.cloth, 1.5)))
    for side in _SIDES:
        collar = curve(
            (MIDDLE + side * 84, 574),
            (MIDDLE + side * 100, 628),
            (MIDDLE + side * 46, 668),
            (MIDDLE + side * 2, 634),
            close=True,
        )
        canvas.drawPath(collar, fill_paint(shade(look.cloth, 1.22)))
        canvas.drawPath(collar, stroke_paint(shade(look.cloth, 0.7), 2))


def _draw_collar(canvas: skia.Canvas, look: Look) -> None:
    for side in _SIDES:
        collar = curve((MIDDLE + side * 76, 572), (MIDDLE + side * 64, 648), (MIDDLE + side * 8, 626), close=True)
        canvas.drawPath(collar, fill_paint(shade(look.shirt, 1.04)))
        canvas.drawPath(collar, stroke_paint(shade(look.shirt, 0.7), 2))


def _draw_tee(canvas: skia.Canvas, look: Look) -> None:
    _draw_neckline(canvas, look, depth=30)
    canvas.drawPath(
        curve((MIDDLE - 96, 586), (MIDDLE, 676, MIDDLE + 96, 586)), stroke_paint(shade(look.cloth, 0.68), 9)
    )


def _draw_turtleneck(canvas: skia.Canvas, look: Look) -> None:
    canvas.drawRRect(
        rounded(MIDDLE - 84, 540, 168, 84, 30),
        vertical_gradient(540, 620, [shade(look.cloth, 1.2), shade(look.cloth, 0.84)]),
    )
    for x in range(-66, 67, 22):
        canvas.drawLine(MIDDLE + x, 556, MIDDLE + x, 612, stroke_paint(shade(look.cloth, 0.74), 2.5, alpha=150))


def _draw_hoodie(canvas: skia.Canvas, look: Look) -> None:
    _draw_neckline(canvas, look, depth=34)
    for side in _SIDES:
        hood = curve(
            (MIDDLE + side * 86, 548),
            (MIDDLE + side * 150, 580, MIDDLE + side * 130, 650, MIDDLE, 684),
            (MIDDLE + side * 70, 640, MIDDLE + side * 76, 590, MIDDLE + side * 86, 548),
            close=True,
        )
        canvas.drawPath(hood, fill_paint(shade(look.cloth, 0.8)))
        canvas.drawLine(MIDDLE + side * 34, 674, MIDDLE + side * 38, 790, stroke_paint(shade(look.shirt, 0.9), 6))


def _draw_jacket(canvas: skia.Canvas, look: Look) -> None:
    """Draw a leather jacket over a white shirt."""
    opening = curve((MIDDLE - 88, 582), (MIDDLE - 30, 900), (MIDDLE + 60, 900), (MIDDLE + 88, 582), close=True)
    canvas.drawPath(opening, vertical_gradient(590, 760, [(242, 242, 244), (206, 208, 214)]))
    _draw_neckline(canvas, look, depth=26)
    for side in _SIDES:
        flap = curve(
            (MIDDLE + side * 82, 566),
            (MIDDLE + side * 150, 620),
            (MIDDLE + side * 110, 700),
            (MIDDLE + side * 52, 650),
            close=True,
        )
        canvas.drawPath(flap, fill_paint(shade(look.cloth, 1.35)))
        canvas.drawPath(flap, stroke_paint(shade(look.cloth, 0.6), 3))
        canvas.drawLine(MIDDLE + side * 64, 676, MIDDLE + side * 40, 900, stroke_paint((190, 190, 196), 4))


def _draw_dress(canvas: skia.Canvas, look: Look) -> None:
    """Draw a wide neckline and a bead necklace."""
    _draw_neckline(canvas, look, depth=70)
    canvas.drawPath(
        curve((MIDDLE - 92, 586), (MIDDLE, 748, MIDDLE + 92, 586)), stroke_paint(shade(look.cloth, 0.74), 7)
    )
    for step in range(11):
        share = step / 5 - 1
        canvas.drawCircle(MIDDLE + 62 * share, 640 - 46 * share * share, 6.5, fill_paint((244, 236, 220)))
        canvas.drawCircle(MIDDLE + 62 * share - 2, 638 - 46 * share * share, 2, fill_paint((255, 255, 255)))


def _draw_coat(canvas: skia.Canvas, look: Look) -> None:
    """Draw a doctor's coat over a shirt."""
    _draw_blazer(canvas, look)
    canvas.drawRRect(rounded(MIDDLE + 96, 690, 70, 60, 6), stroke_paint(shade(look.cloth, 0.7), 3))
    canvas.drawLine(MIDDLE + 116, 672, MIDDLE + 116, 712, stroke_paint((40, 70, 140), 7))


def _draw_neckline(canvas: skia.Canvas, look: Look, *, depth: float) -> None:
    skin = curve((MIDDLE - 88, 582), (MIDDLE, 600 + 2 * depth, MIDDLE + 88, 582), close=True)
    canvas.drawPath(skin, vertical_gradient(570, 600 + depth, [shade(look.skin, 0.82), shade(look.skin, 0.94)]))


_CLOTHES: Mapping[str, Callable[[skia.Canvas, Look], None]] = MappingProxyType(
    {
        "blazer": _draw_blazer,
        "shirt": _draw_shirt,
        "tee": _draw_tee,
        "turtleneck": _draw_turtleneck,
        "hoodie": _draw_hoodie,
        "jacket": _draw_jacket,
        "dress": _draw_dress,
        "coat": _draw_coat,
    }
)
