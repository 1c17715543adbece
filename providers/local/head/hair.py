"""Hair, the part behind the face and the part in front of it, by the name of the style."""

from collections.abc import Callable, Mapping
from math import cos, pi, sin
from types import MappingProxyType

import skia

from providers.local.head.features import MIDDLE
from providers.local.head.look import Colour, Look
from providers.local.strokes import curve, down, fill, line, oval, rounded, shade

Draw = Callable[[skia.Canvas, Colour], None]


def draw_hair_behind(canvas: skia.Canvas, look: Look) -> None:
    if behind := _BEHIND.get(look.hair_style):
        behind(canvas, look.hair)


def draw_hair_in_front(canvas: skia.Canvas, look: Look) -> None:
    if front := _FRONT.get(look.hair_style):
        front(canvas, look.hair)


def _tone(colour: Colour, top: float, bottom: float) -> skia.Paint:
    return down(top, bottom, [shade(colour, 1.32), colour, shade(colour, 0.72)])


def _long(canvas: skia.Canvas, colour: Colour) -> None:
    shape = curve(
        (MIDDLE - 168, 300),
        (MIDDLE - 176, 96, MIDDLE + 176, 96, MIDDLE + 168, 300),
        (MIDDLE + 176, 440, MIDDLE + 190, 560, MIDDLE + 172, 660),
        (MIDDLE, 690, MIDDLE - 172, 660),
        (MIDDLE - 190, 560, MIDDLE - 176, 440, MIDDLE - 168, 300),
        close=True,
    )
    canvas.drawPath(shape, down(140, 660, [shade(colour, 0.95), shade(colour, 0.62)]))


def _wavy(canvas: skia.Canvas, colour: Colour) -> None:
    _long(canvas, colour)
    for side in (-1, 1):
        for step in range(6):
            x = MIDDLE + side * (158 + 16 * (step % 2))
            canvas.drawCircle(x, 330 + 54 * step, 40, fill(shade(colour, 0.86 - 0.035 * step)))


def _bob(canvas: skia.Canvas, colour: Colour) -> None:
    canvas.drawRRect(
        rounded(MIDDLE - 174, 128, 348, 372, 150), down(128, 500, [shade(colour, 0.9), shade(colour, 0.6)])
    )


def _bun(canvas: skia.Canvas, colour: Colour) -> None:
    canvas.drawCircle(MIDDLE, 130, 66, _tone(colour, 64, 200))
    canvas.drawPath(curve((MIDDLE - 40, 116), (MIDDLE, 92, MIDDLE + 42, 122)), line(shade(colour, 1.4), 4, alpha=120))
    canvas.drawOval(oval(MIDDLE, 300, 160, 150), fill(shade(colour, 0.8)))


def _curls(canvas: skia.Canvas, colour: Colour, *, radius: float, size: float, until: float) -> None:
    """A cloud of curls around the head, `until` radians to each side of the top."""
    count = 15
    for ring, factor in ((0.86, 0.8), (1.0, 0.95)):
        for step in range(count):
            angle = -pi / 2 + until * (2 * step / (count - 1) - 1)
            x, y = MIDDLE + radius * ring * cos(angle), 306 + radius * ring * 1.02 * sin(angle)
            canvas.drawCircle(x, y, size, fill(shade(colour, factor + 0.1 * ((step * 7) % 3 - 1))))


def _afro(canvas: skia.Canvas, colour: Colour) -> None:
    canvas.drawCircle(MIDDLE, 290, 176, fill(shade(colour, 0.8)))
    _curls(canvas, colour, radius=172, size=44, until=2.2)


def _fringe(canvas: skia.Canvas, colour: Colour) -> None:
    """Parted hair that frames a face on both sides."""
    for side, part in ((-1, -26), (1, -26)):
        start = MIDDLE + part
        lock = curve(
            (start, 168),
            (start + side * 60, 190, MIDDLE + side * 118, 236, MIDDLE + side * 136, 400),
            (MIDDLE + side * 176, 380),
            (MIDDLE + side * 190, 190, MIDDLE + side * 120, 118, start, 130),
            close=True,
        )
        canvas.drawPath(lock, _tone(colour, 120, 400))
    shine = curve((MIDDLE + 10, 146), (MIDDLE + 90, 160, MIDDLE + 124, 240))
    canvas.drawPath(shine, line(shade(colour, 1.6), 6, alpha=70))


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
    canvas.drawPath(bangs, _tone(colour, 116, 400))
    for x in (-70, -20, 34, 84):
        canvas.drawPath(
            curve((MIDDLE + x * 0.7, 160), (MIDDLE + x, 200, MIDDLE + x, 236)), line(shade(colour, 0.7), 3, alpha=120)
        )


def _pulled_back(canvas: skia.Canvas, colour: Colour) -> None:
    cap = curve(
        (MIDDLE - 150, 318),
        (MIDDLE - 180, 82, MIDDLE + 180, 82, MIDDLE + 150, 318),
        (MIDDLE + 136, 216, MIDDLE + 70, 190, MIDDLE, 188),
        (MIDDLE - 70, 190, MIDDLE - 136, 216, MIDDLE - 150, 318),
        close=True,
    )
    canvas.drawPath(cap, _tone(colour, 120, 320))
    for x in (-80, -30, 30, 80):
        canvas.drawPath(
            curve((MIDDLE + x, 190), (MIDDLE + x * 0.7, 160, MIDDLE + x * 0.2, 140)),
            line(shade(colour, 0.66), 3, alpha=110),
        )


def _cap(canvas: skia.Canvas, colour: Colour, *, height: float, dip: float) -> None:
    """Short hair: `height` over the skull, parted at `dip`."""
    cap = curve(
        (MIDDLE - 148, 336),
        (MIDDLE - 184, 72 - height, MIDDLE + 184, 72 - height, MIDDLE + 148, 336),
        (MIDDLE + 140, 280, MIDDLE + 132, 240),
        (MIDDLE + 60, 232 - dip, MIDDLE - 40, 236, MIDDLE - 74, 200),
        (MIDDLE - 96, 214, MIDDLE - 130, 224, MIDDLE - 134, 250),
        (MIDDLE - 142, 284, MIDDLE - 148, 336),
        close=True,
    )
    canvas.drawPath(cap, _tone(colour, 116 - height, 330))
    shine = curve((MIDDLE - 50, 170 - height * 0.5), (MIDDLE + 30, 136 - height * 0.5, MIDDLE + 96, 196))
    canvas.drawPath(shine, line(shade(colour, 1.7), 8, alpha=60))


def _swept(canvas: skia.Canvas, colour: Colour) -> None:
    _cap(canvas, colour, height=16, dip=30)
    wave = curve(
        (MIDDLE - 96, 210),
        (MIDDLE - 110, 84, MIDDLE + 110, 70, MIDDLE + 150, 200),
        (MIDDLE + 60, 150, MIDDLE - 20, 190, MIDDLE - 96, 210),
        close=True,
    )
    canvas.drawPath(wave, _tone(colour, 90, 230))


def _curly_top(canvas: skia.Canvas, colour: Colour) -> None:
    _cap(canvas, colour, height=0, dip=10)
    for step in range(11):
        angle = -pi / 2 + 1.25 * (step / 5 - 1)
        for reach, factor in ((146, 0.9), (112, 1.08)):
            x, y = MIDDLE + reach * cos(angle), 290 + reach * 1.05 * sin(angle)
            canvas.drawCircle(x, y, 31, fill(shade(colour, factor + 0.08 * (step % 2))))


_BEHIND: Mapping[str, Draw] = MappingProxyType(
    {"long": _long, "wavy": _wavy, "bob": _bob, "bun": _bun, "curly": _afro},
)
_FRONT: Mapping[str, Draw] = MappingProxyType(
    {
        "long": _fringe,
        "wavy": _fringe,
        "bob": _bangs,
        "bun": _pulled_back,
        "curly": _pulled_back,
        "parted": lambda canvas, colour: _cap(canvas, colour, height=8, dip=14),
        "short": lambda canvas, colour: _cap(canvas, colour, height=-8, dip=-6),
        "swept": _swept,
        "curly_short": _curly_top,
    }
)
