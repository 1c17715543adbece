"""People in costume, headwear on a wearer, and riders on a mount."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import skia

from studio.scene.colour import Colour, shade
from studio.scene.pen import Pen
from studio.scene.subjects.palette import Paints

Draw = Callable[[Pen, Paints], None]

# Top of the head (x, y) and half its width, in hundredths of the height of the wearer.
HEADS: Mapping[str, tuple[float, float, float]] = MappingProxyType(
    {
        "cat": (0, 90, 21), "dog": (0, 93, 20), "fox": (0, 90, 19), "wolf": (0, 92, 18), "rabbit": (0, 78, 18),
        "bear": (0, 95, 21), "panda": (0, 97, 22), "mouse": (0, 88, 18), "owl": (0, 86, 22), "penguin": (0, 94, 20),
        "frog": (0, 88, 22), "horse": (36, 97, 11), "zebra": (36, 97, 11), "cow": (36, 89, 13), "sheep": (40, 84, 12),
        "lion": (42, 102, 19), "tiger": (42, 88, 16), "elephant": (40, 94, 19), "giraffe": (18, 92, 8),
        "dinosaur": (38, 96, 17), "person": (0, 98, 14), "woman": (0, 99, 14), "elder": (0, 97, 13),
        "hero": (0, 98, 13), "astronaut": (0, 101, 19), "robot": (0, 97, 21), "knight": (0, 99, 14),
        "alien": (0, 98, 20), "ghost": (0, 96, 20), "skull": (0, 94, 30),
    }
)  # fmt: skip

# Seat of the rider (x, y) in hundredths of the height of the mount, and the scale of the rider.
SADDLES: Mapping[str, tuple[float, float, float]] = MappingProxyType(
    {
        "horse": (-8, 59, 0.78), "unicorn": (-8, 59, 0.78), "zebra": (-8, 59, 0.78), "deer": (-6, 58, 0.7),
        "camel": (0, 67, 0.7), "elephant": (-16, 86, 0.56), "giraffe": (-8, 51, 0.5), "cow": (-8, 68, 0.74),
        "pig": (-4, 60, 0.8), "sheep": (-4, 78, 0.8), "lion": (-12, 62, 0.76), "tiger": (-12, 62, 0.76),
        "dinosaur": (-8, 55, 0.5), "dragon": (2, 54, 0.6), "whale": (0, 66, 0.7), "dolphin": (0, 70, 0.7),
        "turtle": (-6, 66, 0.8), "bicycle": (-16, 62, 1.0), "motorcycle": (-12, 56, 1.0), "bear": (0, 96, 0.6),
    }
)  # fmt: skip
_TROUSER_COLOURS: Mapping[str, str] = MappingProxyType(
    {
        "astronaut": "#f2f4f8", "knight": "#a8b2c0", "robot": "#36404e", "hero": "#2f56c0", "woman": "#3f7fb8",
        "wizard": "#4a3fa0", "elder": "#5a5048", "alien": "#6a6f90", "person": "#3c4658",
    }
)  # fmt: skip
_SEAT_HEIGHT = 36  # height of the seat of a person, in hundredths of the height


def draw_elder(pen: Pen, paints: Paints) -> None:
    """Draw an old man with a long white beard and a stick."""
    coat, skin, beard = paints.own("#6a5a48"), paints.skin, paints.on("#f4f1ea")
    pen.stroke("M 29 0 L 27 58 Q 26 66 20 64", paints.on("#7a5434"), 3)
    for side in (-1, 1):
        pen.shape(f"M {side} 40 L {side * 3} 4 L {side * 12} 4 L {side * 14} 40 Z", paints.on("#4a443e"))
        pen.shape(
            f"M {side * 2} 0 L {side * 2} 7 L {side * 13} 7 Q {side * 17} 4 {side * 17} 0 Z", paints.on("#3a2c2a")
        )
    pen.shape("M -19 30 Q -19 62 -14 72 Q 0 77 14 72 Q 19 62 19 30 Q 0 25 -19 30 Z", coat)
    pen.stroke("M 0 60 L 0 29", shade(coat, -0.35), 1.2)
    pen.shape("M -13 71 Q -26 60 -24 36 L -17 35 Q -17 52 -9 58 Z", shade(coat, -0.12))
    pen.shape("M 13 71 Q 28 64 30 46 L 24 41 Q 19 54 9 58 Z", shade(coat, -0.12))
    pen.dot(-20.5, 34, 4, skin)
    pen.dot(27, 43, 4, skin)
    pen.oval(0, 87, 12, 13, skin)
    for side in (-1, 1):
        pen.oval(side * 12, 86, 4, 8, beard)
        pen.stroke(f"M {side * 2} 92.6 Q {side * 5} 95 {side * 8.6} 92.4", beard, 2.4)
        pen.oval(side * 4.6, 88.6, 1.4, 1.9, paints.on("#241a1e"), flat=True)
    pen.shape("M -12 84 Q -17 58 -4 42 Q 0 36 4 42 Q 17 58 12 84 Q 7 77 0 79 Q -7 77 -12 84 Z", beard)
    pen.stroke("M -5 70 Q -4 58 -1 50 M 5 70 Q 4 58 1 50 M 0 72 L 0 56", shade(beard, -0.16), 1.1)
    pen.oval(0, 84, 2.8, 3.4, shade(skin, -0.1))
    pen.shape("M -9 79 Q -4 84 0 80.6 Q 4 84 9 79 Q 4 76.6 0 78.6 Q -4 76.6 -9 79 Z", shade(beard, -0.06))


def draw_hero(pen: Pen, paints: Paints) -> None:
    """Draw a superhero in a cape and mask, with one fist raised."""
    suit, cape, skin = paints.own("#2f56c0"), paints.on("#d8303a"), paints.skin
    pen.shape("M -12 74 Q -40 50 -46 8 Q -28 16 -14 6 Q 6 16 24 4 Q 28 44 12 74 Z", cape)
    pen.stroke("M -20 58 Q -28 36 -30 16 M -6 40 L -8 12", shade(cape, -0.28), 1.6)
    for side in (-1, 1):
        pen.shape(f"M {side} 42 L {side * 5} 14 L {side * 13} 14 L {side * 14} 42 Z", shade(suit, -0.1))
        pen.shape(
            f"M {side * 3} 0 L {side * 4} 18 L {side * 14} 18 L {side * 14} 4 Q {side * 18} 3 {side * 18} 0 Z", cape
        )
    pen.shape("M -20 72 Q -30 58 -22 42 L -16 44 Q -19 56 -12 62 Z", shade(suit, -0.14))
    pen.dot(-19, 42, 4.6, cape)
    pen.shape("M 12 66 Q 26 70 29 92 L 22 94 Q 19 80 10 76 Z", suit)
    pen.dot(26, 96, 5.2, cape)
    pen.shape("M -20 72 Q 0 80 20 72 Q 17 52 14 40 L -14 40 Q -17 52 -20 72 Z", suit)
    pen.shape("M -14 40 L 14 40 L 13 34 Q 0 28 -13 34 Z", cape)
    pen.box(-14.5, 39, 29, 4.4, paints.on("#f4c83a"), flat=True)
    pen.shape("M 0 70 L 3 62.6 L 10.6 62 L 4.8 57 L 6.6 49.6 L 0 53.8 L -6.6 49.6 L -4.8 57 L -10.6 62 L -3 62.6 Z",
              paints.on("#ffd83a"), flat=True)  # fmt: skip
    pen.box(-4, 73, 8, 7, shade(skin, -0.15), flat=True)
    pen.oval(0, 88, 11, 12, skin)
    pen.shape("M -12 88 Q -12 104 1 103 Q 13 103 12 88 Q 8 97 -1 96 Q -8 97 -12 88 Z", paints.hair)
    pen.shape("M -11.4 92 Q 0 88 11.4 92 L 10.6 85 Q 5 83 0 86 Q -5 83 -10.6 85 Z", cape, flat=True)
    for x in (-4.8, 4.8):
        pen.oval(x, 88, 2.4, 1.6, (255, 255, 255), flat=True)
    pen.stroke("M -3.6 80.6 Q 0 78.4 4.2 81", paints.on("#8a4a3c"), 1.2)


def draw_hat(pen: Pen, paints: Paints) -> None:
    """Draw a tall hat with a ribbon, not worn."""
    pen.canvas.save()
    pen.canvas.translate(0, 8)
    pen.canvas.scale(1.5, 1.5)
    _draw_hat(pen, paints, half=34)
    pen.canvas.restore()


def _draw_hat(pen: Pen, paints: Paints, *, half: float) -> None:
    felt = paints.own("#3a3444")
    pen.oval(0, half * 0.06, half * 1.35, half * 0.22, shade(felt, -0.12))
    pen.shape(f"M {-half * 0.82} {half * 0.1} Q {-half * 0.78} {half * 0.7} {-half * 0.86} {half * 1.3} "
              f"Q 0 {half * 1.52} {half * 0.86} {half * 1.3} Q {half * 0.78} {half * 0.7} {half * 0.82} {half * 0.1} "
              f"Q 0 {-half * 0.12} {-half * 0.82} {half * 0.1} Z", felt)  # fmt: skip
    ribbon = paints.on("#d8404a") if paints.requested is None else shade(felt, 0.45)
    pen.shape(f"M {-half * 0.82} {half * 0.12} Q 0 {-half * 0.1} {half * 0.82} {half * 0.12} "
              f"L {half * 0.79} {half * 0.42} Q 0 {half * 0.2} {-half * 0.79} {half * 0.42} Z",
              ribbon, flat=True)  # fmt: skip


def put_on(pen: Pen, paints: Paints, *, name: str, wearer: str, draw: Draw) -> None:
    """Draw a hat or other headwear on `wearer`, which must already be drawn."""
    x, y, half = HEADS[wearer]
    pen.canvas.save()
    pen.canvas.translate(x, y)
    if name == "hat":
        _draw_hat(pen, paints, half=half)
    else:
        pen.canvas.scale(half / 64, half / 64)
        draw(pen, paints)
    pen.canvas.restore()


def seat(pen: Pen, paints: Paints, *, name: str, mount: str, draw: Draw) -> None:
    """Draw a rider on `mount`, which must already be drawn."""
    x, y, share = SADDLES[mount]
    pen.canvas.save()
    pen.canvas.translate(x, y)
    pen.canvas.scale(share, share)
    code = _TROUSER_COLOURS.get(name)
    if code is None:
        draw(pen, paints)
    else:
        pen.canvas.translate(0, -_SEAT_HEIGHT)
        pen.canvas.save()
        pen.canvas.clipRect(skia.Rect.MakeLTRB(-200, _SEAT_HEIGHT - 3, 200, 300))
        draw(pen, paints)
        pen.canvas.restore()
        _draw_leg(pen, paints.own(code) if paints.requested else paints.on(code), boot=paints.on("#3a2c2a"))
    pen.canvas.restore()


def _draw_leg(pen: Pen, colour: Colour, *, boot: Colour) -> None:
    """Draw the near leg of a rider, over the side of the mount."""
    pen.stroke(f"M 0 {_SEAT_HEIGHT + 2} Q 15 {_SEAT_HEIGHT - 2} 13 {_SEAT_HEIGHT - 22}", shade(colour, -0.3), 12)
    pen.stroke(f"M 0 {_SEAT_HEIGHT + 2} Q 15 {_SEAT_HEIGHT - 2} 13 {_SEAT_HEIGHT - 22}", colour, 10)
    pen.shape(
        f"M 8 {_SEAT_HEIGHT - 22} L 18 {_SEAT_HEIGHT - 22} L 25 {_SEAT_HEIGHT - 30} L 8 {_SEAT_HEIGHT - 30} Z", boot
    )
