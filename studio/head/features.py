"""Eyes, brows, nose, mouth and glasses."""

import skia

from studio.head.appearance import Look
from studio.head.head_motion import HeadPose
from studio.skia_brushes import (
    curve,
    fill_paint,
    mix,
    oval,
    radial_gradient,
    rounded,
    shade,
    stroke_paint,
    vertical_gradient,
)

MIDDLE = 360.0  # x of the vertical axis of the head, in a 720 x 720 coordinate space
EYE_LINE = 326.0  # y
EYE_OFFSET = 68.0  # horizontal distance of each eye from the middle
MOUTH_LINE = 452.0  # y
_SIDES = (-1, 1)


def draw_eyes(canvas: skia.Canvas, look: Look, pose: HeadPose) -> None:
    for side in _SIDES:
        x = MIDDLE + side * EYE_OFFSET
        height = (20 * look.eye_size) * (1 - pose.blink) * (1 - 0.16 * pose.smile) + 0.8
        width = 31 * look.eye_size
        canvas.drawOval(
            oval(x, EYE_LINE - 3, width + 9, 27),
            radial_gradient((x, EYE_LINE), 42, [shade(look.skin, 0.86)] * 2, [120, 0]),
        )
        almond = _eye_outline(x, width, height, side)
        canvas.drawPath(almond, fill_paint((250, 250, 252)))
        canvas.save()
        canvas.clipPath(almond, True)
        _draw_iris(canvas, look, x + pose.gaze_x, EYE_LINE + pose.gaze_y)
        canvas.drawRect(skia.Rect.MakeXYWH(x - 50, EYE_LINE - height - 10, 100, 16), fill_paint((30, 20, 30), 45))
        canvas.restore()
        _draw_lids(canvas, look, x, width, height, side)


def _eye_outline(x: float, width: float, height: float, side: int) -> skia.Path:
    inner, outer = x - side * width, x + side * width
    y = EYE_LINE
    return curve(
        (inner, y + 3),
        (x - side * width * 0.55, y - height * 1.15, x + side * width * 0.5, y - height * 1.2, outer, y - 2),
        (x + side * width * 0.5, y + height * 0.95, x - side * width * 0.5, y + height * 0.9, inner, y + 3),
        close=True,
    )


def _draw_iris(canvas: skia.Canvas, look: Look, x: float, y: float) -> None:
    canvas.drawCircle(x, y - 1, 16.5, fill_paint(shade(look.eyes, 0.55)))
    canvas.drawCircle(x, y - 1, 15, radial_gradient((x, y + 5), 19, [shade(look.eyes, 1.5), shade(look.eyes, 0.8)]))
    canvas.drawCircle(x, y - 1, 7.5, fill_paint((18, 16, 22)))
    canvas.drawCircle(x + 5, y - 7, 4.2, fill_paint((255, 255, 255)))
    canvas.drawCircle(x - 5, y + 5, 2, fill_paint((255, 255, 255), 150))


def _draw_lids(canvas: skia.Canvas, look: Look, x: float, width: float, height: float, side: int) -> None:
    y, lash = EYE_LINE, mix(look.brows, (24, 18, 20), 0.7)
    lid = curve(
        (x - side * width, y + 3),
        (x - side * width * 0.55, y - height * 1.15, x + side * width * 0.5, y - height * 1.2, x + side * width, y - 2),
    )
    canvas.drawPath(lid, stroke_paint(lash, 5.5 if look.feminine else 4))
    fold = x + side * 4, y - height * 1.25 - 12
    crease = curve((x - side * width * 0.8, y - height - 6), (*fold, x + side * width, y - height * 0.8 - 6))
    canvas.drawPath(crease, stroke_paint(shade(look.skin, 0.74), 2.5, alpha=150))
    if look.feminine:
        flick = curve((x + side * width * 0.86, y - 5), (x + side * (width + 4), y - 8, x + side * (width + 9), y - 13))
        canvas.drawPath(flick, stroke_paint(lash, 4))


def draw_brows(canvas: skia.Canvas, look: Look, pose: HeadPose) -> None:
    colour = mix(shade(look.brows, 0.85), (40, 30, 30), 0.25)
    thickness = 7.0 if look.feminine else 10.5
    for side in _SIDES:
        x, y = MIDDLE + side * EYE_OFFSET, 278 - 9 * pose.brows
        inner, outer = x - side * 33, x + side * 40
        brow = curve((inner, y + 3), (x - side * 8, y - 9, x + side * 16, y - 9), (x + side * 30, y - 7, outer, y + 7))
        canvas.drawPath(brow, stroke_paint(colour, thickness, alpha=235))


def draw_nose(canvas: skia.Canvas, look: Look) -> None:
    shadow = shade(look.skin, 0.76)
    canvas.drawOval(
        oval(MIDDLE, 398, 30, 22), radial_gradient((MIDDLE, 400), 34, [shade(look.skin, 0.86)] * 2, [110, 0])
    )
    bridge = curve((368, 330), (372, 362, 378, 384), (384, 400, 366, 406))
    canvas.drawPath(bridge, stroke_paint(shadow, 3.5, alpha=120))
    for side in _SIDES:
        nostril = curve((MIDDLE + side * 22, 396), (MIDDLE + side * 24, 408, MIDDLE + side * 9, 406))
        canvas.drawPath(nostril, stroke_paint(shadow, 4, alpha=200))
    canvas.drawOval(oval(354, 384, 7, 12), fill_paint((255, 255, 255), 46))


def draw_mouth(canvas: skia.Canvas, look: Look, pose: HeadPose) -> None:
    half = 56 * pose.width * (1 + 0.1 * pose.smile)
    corner = MOUTH_LINE - 2 - 13 * pose.smile
    top = MOUTH_LINE - 2 - 7 * pose.opening
    bottom = MOUTH_LINE + 1 + 42 * pose.opening + 4 * pose.smile
    inside = curve(
        (MIDDLE - half, corner),
        (MIDDLE - half * 0.4, top + 1, MIDDLE + half * 0.4, top + 1, MIDDLE + half, corner),
        (MIDDLE + half * 0.55, bottom + 2, MIDDLE - half * 0.55, bottom + 2, MIDDLE - half, corner),
        close=True,
    )
    if pose.opening > 0.03:
        _draw_inside(canvas, inside, top=top, bottom=bottom, half=half)
    _draw_lips(canvas, look, half=half, corner=corner, top=top, bottom=bottom)


def _draw_inside(canvas: skia.Canvas, inside: skia.Path, *, top: float, bottom: float, half: float) -> None:
    canvas.drawPath(inside, fill_paint((70, 20, 28)))
    canvas.save()
    canvas.clipPath(inside, True)
    depth = bottom - top
    canvas.drawOval(oval(MIDDLE, bottom + depth * 0.12, half * 0.6, depth * 0.42), fill_paint((206, 92, 100)))
    canvas.drawRRect(
        rounded(MIDDLE - half * 0.74, top - 14, half * 1.48, 19 + depth * 0.14, 8), fill_paint((250, 248, 244))
    )
    canvas.restore()


def _draw_lips(canvas: skia.Canvas, look: Look, *, half: float, corner: float, top: float, bottom: float) -> None:
    full = 1.0 if look.feminine else 0.72
    reach = MIDDLE - half - 2, MIDDLE + half + 2
    upper = curve(
        (reach[0], corner),
        (MIDDLE - half * 0.5, top - 12 * full, MIDDLE - 10, top - 11 * full),
        (MIDDLE, top - 7 * full, MIDDLE + 10, top - 11 * full),
        (MIDDLE + half * 0.5, top - 12 * full, reach[1], corner),
        (MIDDLE + half * 0.4, top + 2, MIDDLE - half * 0.4, top + 2, reach[0], corner),
        close=True,
    )
    lower = curve(
        (reach[0], corner),
        (MIDDLE - half * 0.55, bottom + 1, MIDDLE + half * 0.55, bottom + 1, reach[1], corner),
        (MIDDLE + half * 0.5, bottom + 17 * full, MIDDLE - half * 0.5, bottom + 17 * full, reach[0], corner),
        close=True,
    )
    canvas.drawPath(lower, vertical_gradient(bottom - 4, bottom + 14, [shade(look.lips, 1.02), shade(look.lips, 1.12)]))
    canvas.drawPath(upper, fill_paint(shade(look.lips, 0.88)))
    canvas.drawOval(oval(MIDDLE, bottom + 6 * full, half * 0.3, 2.2), fill_paint((255, 255, 255), 60))
    if bottom - top < 9:
        seam = curve((reach[0] - 2, corner - 1), (MIDDLE - half * 0.45, top + 3, MIDDLE, top + 3))
        seam.quadTo(MIDDLE + half * 0.45, top + 3, reach[1] + 2, corner - 1)
        canvas.drawPath(seam, stroke_paint(shade(look.lips, 0.55), 3.2))


def draw_glasses(canvas: skia.Canvas) -> None:
    frame = stroke_paint((38, 36, 44), 6)
    for side in _SIDES:
        x = MIDDLE + side * EYE_OFFSET
        glass = rounded(x - 49, EYE_LINE - 38, 98, 76, 30)
        canvas.drawRRect(glass, fill_paint((220, 236, 255), 34))
        canvas.drawRRect(glass, frame)
        canvas.drawLine(x + side * 49, EYE_LINE - 8, MIDDLE + side * 148, EYE_LINE - 14, frame)
    canvas.drawPath(curve((MIDDLE - 20, EYE_LINE - 6), (MIDDLE, EYE_LINE - 16, MIDDLE + 20, EYE_LINE - 6)), frame)
