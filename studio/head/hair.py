"""Hair by style name: the part behind the face and the part in front of it."""

from collections.abc import Callable, Mapping
from math import cos, pi, sin
from types import MappingProxyType

import skia

from studio.head.appearance import HEADSCARF, Look
from studio.head.features import MIDDLE
from studio.skia_brushes import Colour, curve, fill_paint, oval, rounded, shade, stroke_paint, vertical_gradient

_SIDES = (-1, 1)

DrawHair = Callable[[skia.Canvas, Colour], None]


def draw_hair_behind(canvas: skia.Canvas, look: Look) -> None:
    if behind := _BEHIND.get(look.hair_style):
        behind(canvas, look.hair)


def draw_hair_in_front(canvas: skia.Canvas, look: Look) -> None:
    if front := _FRONT.get(look.hair_style):
        front(canvas, look.hair)


def _hair_gradient(colour: Colour, top: float, bottom: float) -> skia.Paint:
    return vertical_gradient(top, bottom, [shade(colour, 1.32), colour, shade(colour, 0.72)])


def _long(canvas: skia.Canvas, colour: Colour) -> None:
    shape = curve(
        (MIDDLE - 168, 300),
        (MIDDLE - 176, 96, MIDDLE + 176, 96, MIDDLE + 168, 300),
        (MIDDLE + 176, 440, MIDDLE + 190, 560, MIDDLE + 172, 660),
        (MIDDLE, 690, MIDDLE - 172, 660),
        (MIDDLE - 190, 560, MIDDLE - 176, 440, MIDDLE - 168, 300),
        close=True,
    )
    canvas.drawPath(shape, vertical_gradient(140, 660, [shade(colour, 0.95), shade(colour, 0.62)]))


def _wavy(canvas: skia.Canvas, colour: Colour) -> None:
    _long(canvas, colour)
    for side in (-1, 1):
        for step in range(6):
            x = MIDDLE + side * (158 + 16 * (step % 2))
            canvas.drawCircle(x, 330 + 54 * step, 40, fill_paint(shade(colour, 0.86 - 0.035 * step)))


def _bob(canvas: skia.Canvas, colour: Colour) -> None:
    canvas.drawRRect(
        rounded(MIDDLE - 174, 128, 348, 372, 150), vertical_gradient(128, 500, [shade(colour, 0.9), shade(colour, 0.6)])
    )


def _bun(canvas: skia.Canvas, colour: Colour) -> None:
    canvas.drawCircle(MIDDLE, 130, 66, _hair_gradient(colour, 64, 200))
    canvas.drawPath(
        curve((MIDDLE - 40, 116), (MIDDLE, 92, MIDDLE + 42, 122)), stroke_paint(shade(colour, 1.4), 4, alpha=120)
    )
    canvas.drawOval(oval(MIDDLE, 300, 160, 150), fill_paint(shade(colour, 0.8)))


def _curls(canvas: skia.Canvas, colour: Colour, *, radius: float, size: float, spread: float) -> None:
    """Draw curls around the head, up to `spread` radians to each side of the top."""
    count = 15
    for ring, factor in ((0.86, 0.8), (1.0, 0.95)):
        for step in range(count):
            angle = -pi / 2 + spread * (2 * step / (count - 1) - 1)
            x, y = MIDDLE + radius * ring * cos(angle), 306 + radius * ring * 1.02 * sin(angle)
            canvas.drawCircle(x, y, size, fill_paint(shade(colour, factor + 0.1 * ((step * 7) % 3 - 1))))


def _curly_behind(canvas: skia.Canvas, colour: Colour) -> None:
    canvas.drawCircle(MIDDLE, 290, 176, fill_paint(shade(colour, 0.8)))
    _curls(canvas, colour, radius=172, size=44, spread=2.2)


def _parted(canvas: skia.Canvas, colour: Colour) -> None:
    """Draw parted hair that frames the face on both sides."""
    for side, part in ((-1, -26), (1, -26)):
        start = MIDDLE + part
        lock = curve(
            (start, 168),
            (start + side * 60, 190, MIDDLE + side * 118, 236, MIDDLE + side * 136, 400),
            (MIDDLE + side * 176, 380),
            (MIDDLE + side * 190, 190, MIDDLE + side * 120, 118, start, 130),
            close=True,
        )
        canvas.drawPath(lock, _hair_gradient(colour, 120, 400))
    shine = curve((MIDDLE + 10, 146), (MIDDLE + 90, 160, MIDDLE + 124, 240))
    canvas.drawPath(shine, stroke_paint(shade(colour, 1.6), 6, alpha=70))


def _bangs(canvas: skia.Canvas, colour: Colour) -> None:
    bangs = curve(
        (MIDDLE - 172, 400),
        (MIDDLE - 206, 34, MIDDLE + 206, 34, MIDDLE + 172, 400),
        (MIDDLE + 132, 410),
        (MIDDLE + 140, 320, MIDDLE + 128, 252),
        (MIDDLE, 226, MIDDLE - 128, 252),
        (MIDDLE - 140, 320, MIDDLE - 132, 410),
        close=True,
    )
    canvas.drawPath(bangs, _hair_gradient(colour, 116, 400))
    for x in (-70, -20, 34, 84):
        canvas.drawPath(
            curve((MIDDLE + x * 0.7, 160), (MIDDLE + x, 200, MIDDLE + x, 236)),
            stroke_paint(shade(colour, 0.7), 3, alpha=120),
        )


def _pulled_back(canvas: skia.Canvas, colour: Colour) -> None:
    cap = curve(
        (MIDDLE - 150, 318),
        (MIDDLE - 180, 82, MIDDLE + 180, 82, MIDDLE + 150, 318),
        (MIDDLE + 136, 216, MIDDLE + 70, 190, MIDDLE, 188),
        (MIDDLE - 70, 190, MIDDLE - 136, 216, MIDDLE - 150, 318),
        close=True,
    )
    canvas.drawPath(cap, _hair_gradient(colour, 120, 320))
    for x in (-80, -30, 30, 80):
        canvas.drawPath(
            curve((MIDDLE + x, 190), (MIDDLE + x * 0.7, 160, MIDDLE + x * 0.2, 140)),
            stroke_paint(shade(colour, 0.66), 3, alpha=110),
        )


def _short_cap(canvas: skia.Canvas, colour: Colour, *, height: float, dip: float) -> None:
    """Draw short hair, `height` above the skull; `dip` is how deep the hairline is cut at the parting."""
    cap = curve(
        (MIDDLE - 148, 336),
        (MIDDLE - 184, 72 - height, MIDDLE + 184, 72 - height, MIDDLE + 148, 336),
        (MIDDLE + 140, 280, MIDDLE + 132, 240),
        (MIDDLE + 60, 232 - dip, MIDDLE - 40, 236, MIDDLE - 74, 200),
        (MIDDLE - 96, 214, MIDDLE - 130, 224, MIDDLE - 134, 250),
        (MIDDLE - 142, 284, MIDDLE - 148, 336),
        close=True,
    )
    canvas.drawPath(cap, _hair_gradient(colour, 116 - height, 330))
    shine = curve((MIDDLE - 50, 170 - height * 0.5), (MIDDLE + 30, 136 - height * 0.5, MIDDLE + 96, 196))
    canvas.drawPath(shine, stroke_paint(shade(colour, 1.7), 8, alpha=60))


def _swept(canvas: skia.Canvas, colour: Colour) -> None:
    _short_cap(canvas, colour, height=16, dip=30)
    wave = curve(
        (MIDDLE - 96, 210),
        (MIDDLE - 110, 84, MIDDLE + 110, 70, MIDDLE + 150, 200),
        (MIDDLE + 60, 150, MIDDLE - 20, 190, MIDDLE - 96, 210),
        close=True,
    )
    canvas.drawPath(wave, _hair_gradient(colour, 90, 230))


def _curly_top(canvas: skia.Canvas, colour: Colour) -> None:
    _short_cap(canvas, colour, height=0, dip=10)
    for step in range(11):
        angle = -pi / 2 + 1.25 * (step / 5 - 1)
        for reach, factor in ((146, 0.9), (112, 1.08)):
            x, y = MIDDLE + reach * cos(angle), 290 + reach * 1.05 * sin(angle)
            canvas.drawCircle(x, y, 31, fill_paint(shade(colour, factor + 0.08 * (step % 2))))


def _ponytail(canvas: skia.Canvas, colour: Colour) -> None:
    """Draw a ponytail over one shoulder."""
    canvas.drawOval(oval(MIDDLE, 300, 158, 150), fill_paint(shade(colour, 0.8)))
    tail = curve(
        (MIDDLE + 120, 190),
        (MIDDLE + 250, 180, MIDDLE + 236, 420, MIDDLE + 206, 640),
        (MIDDLE + 150, 600, MIDDLE + 176, 420, MIDDLE + 120, 190),
        close=True,
    )
    canvas.drawPath(tail, _hair_gradient(colour, 180, 640))
    canvas.drawCircle(MIDDLE + 140, 206, 22, fill_paint((196, 70, 84)))


def _pixie(canvas: skia.Canvas, colour: Colour) -> None:
    _short_cap(canvas, colour, height=6, dip=-10)
    for start, end in ((-72, -98), (-34, -62), (6, -22), (46, 24), (80, 62)):
        lock = curve(
            (MIDDLE + start - 34, 168), (MIDDLE + start, 176, MIDDLE + end, 262), (MIDDLE + start + 34, 168), close=True
        )
        canvas.drawPath(lock, _hair_gradient(colour, 130, 280))
    for side in _SIDES:
        lock = curve(
            (MIDDLE + side * 150, 250),
            (MIDDLE + side * 158, 330, MIDDLE + side * 128, 384),
            (MIDDLE + side * 130, 250),
            close=True,
        )
        canvas.drawPath(lock, fill_paint(shade(colour, 0.84)))


def _buzz(canvas: skia.Canvas, colour: Colour) -> None:
    """Draw very short hair that follows the skull."""
    skull = curve(
        (MIDDLE - 143, 306),
        (MIDDLE - 150, 112, MIDDLE + 150, 112, MIDDLE + 143, 306),
        (MIDDLE + 134, 236, MIDDLE + 108, 222),
        (MIDDLE, 206, MIDDLE - 108, 222),
        (MIDDLE - 134, 236, MIDDLE - 143, 306),
        close=True,
    )
    canvas.drawPath(skull, fill_paint(shade(colour, 1.15), 225))


def _afro_behind(canvas: skia.Canvas, colour: Colour) -> None:
    """Draw the short round outline of an afro."""
    _curls(canvas, colour, radius=158, size=50, spread=1.5)


def _receding(canvas: skia.Canvas, colour: Colour) -> None:
    """Draw hair at the sides and a little on top."""
    for side in _SIDES:
        temple = curve(
            (MIDDLE + side * 150, 344),
            (MIDDLE + side * 170, 236, MIDDLE + side * 110, 186),
            (MIDDLE + side * 112, 220, MIDDLE + side * 126, 256),
            (MIDDLE + side * 136, 300, MIDDLE + side * 150, 344),
            close=True,
        )
        canvas.drawPath(temple, _hair_gradient(colour, 150, 340))
    top = curve((MIDDLE - 110, 176), (MIDDLE, 96, MIDDLE + 110, 176), (MIDDLE, 150, MIDDLE - 110, 176), close=True)
    canvas.drawPath(top, fill_paint(shade(colour, 1.05), 170))


def _shoulder_length(canvas: skia.Canvas, colour: Colour) -> None:
    shape = curve(
        (MIDDLE - 160, 280),
        (MIDDLE - 176, 96, MIDDLE + 176, 96, MIDDLE + 160, 280),
        (MIDDLE + 180, 440, MIDDLE + 168, 560),
        (MIDDLE, 590, MIDDLE - 168, 560),
        (MIDDLE - 180, 440, MIDDLE - 160, 280),
        close=True,
    )
    canvas.drawPath(shape, vertical_gradient(140, 570, [shade(colour, 0.95), shade(colour, 0.66)]))


def _headscarf_behind(canvas: skia.Canvas, colour: Colour) -> None:
    canvas.drawOval(oval(MIDDLE, 320, 182, 214), fill_paint(shade(colour, 0.82)))
    drape = curve((MIDDLE - 170, 420), (MIDDLE - 210, 660), (MIDDLE + 210, 660), (MIDDLE + 170, 420), close=True)
    canvas.drawPath(drape, vertical_gradient(420, 680, [shade(colour, 0.82), shade(colour, 0.66)]))


def _headscarf(canvas: skia.Canvas, colour: Colour) -> None:
    """Draw a scarf around the face with a fold under the chin."""
    outer = skia.Path()
    outer.addOval(oval(MIDDLE, 330, 176, 220))
    face = skia.Path()
    face.addOval(oval(MIDDLE, 372, 126, 172))
    canvas.drawPath(skia.Op(outer, face, skia.PathOp.kDifference_PathOp), _hair_gradient(colour, 110, 560))
    fold = curve((MIDDLE - 150, 440), (MIDDLE - 90, 560, MIDDLE + 20, 562), (MIDDLE + 120, 540, MIDDLE + 156, 420))
    canvas.drawPath(fold, stroke_paint(shade(colour, 0.7), 4, alpha=150))
    canvas.drawPath(
        curve((MIDDLE - 120, 210), (MIDDLE, 130, MIDDLE + 130, 220)), stroke_paint(shade(colour, 1.3), 5, alpha=110)
    )


_BEHIND: Mapping[str, DrawHair] = MappingProxyType(
    {"long": _long, "wavy": _wavy, "bob": _bob, "bun": _bun, "curly": _curly_behind, "ponytail": _ponytail}
    | {"afro": _afro_behind, "shoulder": _shoulder_length, HEADSCARF: _headscarf_behind},
)
_FRONT: Mapping[str, DrawHair] = MappingProxyType(
    {
        "long": _parted,
        "wavy": _parted,
        "bob": _bangs,
        "bun": _pulled_back,
        "curly": _pulled_back,
        "parted": lambda canvas, colour: _short_cap(canvas, colour, height=8, dip=14),
        "short": lambda canvas, colour: _short_cap(canvas, colour, height=-8, dip=-6),
        "swept": _swept,
        "curly_short": _curly_top,
        "ponytail": _pulled_back,
        "pixie": _pixie,
        "buzz": _buzz,
        "afro": lambda canvas, colour: _short_cap(canvas, colour, height=2, dip=-4),
        "receding": _receding,
        "shoulder": _parted,
        HEADSCARF: _headscarf,
    }
)
