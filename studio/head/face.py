"""The whole head: neck, ears and face, with their parts drawn in order."""

import skia

from studio.head.aging import draw_aging
from studio.head.appearance import HEADSCARF, Look
from studio.head.beard import draw_beard, draw_hanging_beard
from studio.head.features import EYE_LINE, MIDDLE, draw_brows, draw_eyes, draw_glasses, draw_mouth, draw_nose
from studio.head.hair import draw_hair_behind, draw_hair_in_front
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

NECK_PIVOT = 600.0
_CHIN_LINE = 532.0
_MAX_JAW_DROP = 13.0  # how far a fully open mouth moves the chin down
_HEAD_BUILD_SHARE = 0.6  # how much of the build factor applies to the head's width
_SIDES = (-1, 1)


def draw_back_of_head(canvas: skia.Canvas, look: Look, pose: HeadPose) -> None:
    """Draw the hair behind neck and shoulders."""
    canvas.save()
    _apply_pose(canvas, look, pose)
    draw_hair_behind(canvas, look)
    canvas.restore()


def draw_head(canvas: skia.Canvas, look: Look, pose: HeadPose) -> None:
    """Draw the head in its pose. The canvas is 720 units high."""
    canvas.save()
    _apply_pose(canvas, look, pose)
    for side in _SIDES if look.hair_style != HEADSCARF else ():
        _draw_ear(canvas, look, side)
    face = _face_outline(look, pose)
    canvas.drawPath(face, _skin_gradient(look))
    canvas.save()
    canvas.clipPath(face, True)
    _draw_shading(canvas, look, pose)
    canvas.restore()
    draw_hanging_beard(canvas, look, jaw_drop=_MAX_JAW_DROP * pose.opening)
    _draw_features(canvas, look, pose)
    canvas.restore()


def _apply_pose(canvas: skia.Canvas, look: Look, pose: HeadPose) -> None:
    canvas.translate(MIDDLE + pose.sway, NECK_PIVOT + pose.breath * 0.5)
    canvas.rotate(pose.tilt)
    canvas.scale(1 + _HEAD_BUILD_SHARE * (look.build - 1), 1.0)
    canvas.translate(-MIDDLE, -NECK_PIVOT + pose.nod * 0.5)


def draw_neck(canvas: skia.Canvas, look: Look, pose: HeadPose) -> None:
    half = (50.0 if look.feminine else 64.0) * look.build
    x = MIDDLE + pose.sway * 0.5
    neck = curve(
        (x - half, 470),
        (x - half, 560, x - half - 6, 590, x - half - 40, 630),
        (x + half + 40, 630),
        (x + half + 6, 590, x + half, 560, x + half, 470),
        close=True,
    )
    canvas.drawPath(neck, vertical_gradient(490, 640, [shade(look.skin, 0.7), shade(look.skin, 0.9)]))


def _draw_features(canvas: skia.Canvas, look: Look, pose: HeadPose) -> None:
    """Draw the features, shifted slightly further than the outline to suggest that the head turns."""
    canvas.save()
    canvas.translate(pose.sway * 0.5, pose.nod * 0.45)
    draw_eyes(canvas, look, pose)
    draw_brows(canvas, look, pose)
    draw_nose(canvas, look)
    draw_mouth(canvas, look, pose)
    canvas.restore()
    draw_hair_in_front(canvas, look)
    if look.glasses:
        canvas.save()
        canvas.translate(pose.sway * 0.5, pose.nod * 0.45)
        draw_glasses(canvas)
        canvas.restore()


def _face_outline(look: Look, pose: HeadPose) -> skia.Path:
    chin = _CHIN_LINE + _MAX_JAW_DROP * pose.opening
    jaw = 86 * look.jaw
    half_width = 142.0
    return curve(
        (MIDDLE - half_width, 300),
        (MIDDLE - half_width, 120, MIDDLE + half_width, 120, MIDDLE + half_width, 300),
        (MIDDLE + half_width, 400, MIDDLE + half_width * 0.94 * look.jaw, chin - 70, MIDDLE + jaw * 0.78, chin - 22),
        (MIDDLE + jaw * 0.46, chin, MIDDLE + jaw * 0.2, chin + 2, MIDDLE, chin + 2),
        (MIDDLE - jaw * 0.2, chin + 2, MIDDLE - jaw * 0.46, chin, MIDDLE - jaw * 0.78, chin - 22),
        (MIDDLE - half_width * 0.94 * look.jaw, chin - 70, MIDDLE - half_width, 400, MIDDLE - half_width, 300),
        close=True,
    )


def _skin_gradient(look: Look) -> skia.Paint:
    tones = [shade(look.skin, 1.05), look.skin, shade(look.skin, 0.84)]
    return radial_gradient((MIDDLE - 34, 300), 300, tones)


def _draw_shading(canvas: skia.Canvas, look: Look, pose: HeadPose) -> None:
    blush = mix(look.skin, (226, 84, 84), 0.5)
    for side in _SIDES:
        x, y = MIDDLE + side * 90, 410 - 8 * pose.smile
        canvas.drawCircle(x, y, 50, radial_gradient((x, y), 50, [blush, blush], [90 if look.feminine else 50, 0]))
        if pose.smile > 0.2:
            x = MIDDLE + side * (72 + 10 * pose.width)
            fold = curve((x - side * 14, 414), (x, 430, x - side * 2, 452))
            canvas.drawPath(fold, stroke_paint(shade(look.skin, 0.74), 3, alpha=round(120 * pose.smile)))
    canvas.drawOval(oval(MIDDLE, 506, 36, 9), fill_paint(shade(look.skin, 0.8), 60))
    draw_aging(canvas, look)
    draw_beard(canvas, look, jaw_drop=_MAX_JAW_DROP * pose.opening)


def _draw_ear(canvas: skia.Canvas, look: Look, side: int) -> None:
    x = MIDDLE + side * 144
    canvas.drawOval(oval(x, EYE_LINE + 22, 23, 38), fill_paint(shade(look.skin, 0.92)))
    canvas.drawOval(oval(x + side * 2, EYE_LINE + 24, 12, 24), fill_paint(shade(look.skin, 0.78), 150))
    if look.feminine:
        canvas.drawRRect(rounded(x - 5, EYE_LINE + 56, 10, 10, 5), fill_paint((240, 214, 150)))
