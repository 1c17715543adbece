"""Plants as subjects: trees, flowers, mushrooms, cactuses and pumpkins."""

import math

from studio.scene.colour import mix, shade
from studio.scene.pen import Pen
from studio.scene.subjects.palette import Paints


def draw_tree(pen: Pen, paints: Paints) -> None:
    crown, bark = paints.own("#4f8f4a"), paints.on("#6a4a34")
    pen.shape("M -11 0 Q -5 16 -5 44 L 5 44 Q 5 16 12 0 Q 0 4 -11 0 Z", bark)
    pen.stroke("M 0 30 Q 10 40 20 50 M -1 34 Q -12 44 -20 52", bark, 4)
    balls = (
        (-26, 56, 17),
        (26, 57, 17),
        (-15, 76, 19),
        (16, 77, 19),
        (0, 62, 22),
        (0, 88, 15),
        (-34, 66, 11),
        (34, 67, 11),
    )
    for x, y, radius in balls:
        pen.dot(x, y - 2, radius, shade(crown, -0.24))
    for x, y, radius in balls:
        pen.dot(x - 1.6, y + 1.6, radius * 0.9, crown)
    for x, y, radius in balls[:6]:
        pen.dot(x - radius * 0.26, y + radius * 0.34, radius * 0.44, shade(crown, 0.2), alpha=0.8)


def draw_pine(pen: Pen, paints: Paints) -> None:
    needle = paints.own("#2f6a52")
    pen.box(-4, 0, 8, 18, paints.on("#5d4433"), flat=True)
    for foot, tip, half in ((12, 46, 32), (32, 64, 26), (50, 82, 20), (68, 102, 14)):
        pen.shape(f"M {-half} {foot} Q 0 {foot - 6} {half} {foot} Q {half * 0.3} {(foot + tip) / 2} 0 {tip} "
                  f"Q {-half * 0.3} {(foot + tip) / 2} {-half} {foot} Z", needle)  # fmt: skip


def draw_palm(pen: Pen, paints: Paints) -> None:
    leaf = paints.own("#3c8f52")
    pen.shape("M -6 0 Q 4 50 10 82 L 15 82 Q 12 44 7 0 Z", paints.on("#94704a"))
    for ring in range(8, 80, 9):
        pen.stroke(f"M {ring * 0.16 - 4} {ring} L {ring * 0.1 + 6.5} {ring}", paints.on("#6e5236"), 1)
    for angle in (160, 195, 25, -15, 100, 225, -45, 62, 130):
        dx, dy = math.cos(math.radians(angle)) * 44, math.sin(math.radians(angle)) * 30
        x, y, mid_x, mid_y = 12 + dx, 80 + dy - 8, 12 + dx * 0.55, 80 + dy * 0.7 + 12
        pen.shape(f"M 12 84 Q {mid_x:.1f} {mid_y + 7:.1f} {x:.1f} {y:.1f} Q {mid_x:.1f} {mid_y - 7:.1f} 12 80 Z", leaf)
    for x, y in ((9, 77), (16, 77), (12, 73)):
        pen.dot(x, y, 4, paints.on("#6e4a2c"))


def draw_mushroom(pen: Pen, paints: Paints) -> None:
    cap = paints.own("#d83a34")
    for x, size in ((34, 0.5), (-36, 0.38)):
        pen.shape(
            f"M {x - 8 * size} 0 Q {x - 5 * size} 24 {x - 9 * size} {52 * size} L "
            f"{x + 9 * size} {52 * size} Q {x + 5 * size} 24 {x + 10 * size} 0 Z",
            paints.on("#f2e6d0"),
        )
        pen.shape(
            f"M {x - 40 * size} {50 * size} Q {x - 36 * size} {98 * size} {x} {98 * size} Q {x + 36 * size} "
            f"{98 * size} {x + 40 * size} {50 * size} Q {x} {40 * size} {x - 40 * size} {50 * size} Z",
            shade(cap, -0.05),
        )
        pen.dot(x, 76 * size, 6 * size, paints.on("#fffaf0"))
    pen.shape("M -12 0 Q -7 28 -13 52 L 13 52 Q 7 28 14 0 Q 0 -4 -12 0 Z", paints.on("#f8eedc"))
    pen.shape("M -14 46 Q 0 40 14 46 L 16 40 Q 0 32 -16 40 Z", paints.on("#e8dac0"))
    pen.shape("M -46 52 Q -42 100 0 100 Q 42 100 46 52 Q 0 40 -46 52 Z", cap)
    for x, y, size in ((-24, 70, 7), (2, 84, 8), (26, 68, 6.4), (-4, 60, 5), (-36, 58, 4), (14, 58, 3.6), (38, 58, 3)):
        pen.oval(x, y, size, size * 0.82, paints.on("#fffaf0"), flat=True)


def _draw_blossom(
    pen: Pen, paints: Paints, x: float, y: float, *, colour: str | None, reach: float, count: int
) -> None:
    petal = paints.own("#f0567a") if colour is None else paints.on(colour)
    for number in range(count):
        angle = 360 / count * number
        dx, dy = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        pen.oval(x + dx * reach * 0.62, y + dy * reach * 0.62, reach * 0.5, reach * 0.29, petal, turn=angle)
    pen.dot(x, y, reach * 0.32, paints.on("#f8c83c"))
    pen.dot(x, y, reach * 0.2, paints.on("#e09a2c"))


def draw_flower(pen: Pen, paints: Paints) -> None:
    green = paints.on("#4f9a4a")
    for text in ("M 0 0 Q -3 40 0 76", "M 3 0 Q 16 26 26 52", "M -3 0 Q -16 24 -26 44"):
        pen.stroke(text, green, 3)
    pen.shape("M 0 20 Q 22 22 30 40 Q 10 40 0 20 Z M 0 14 Q -22 14 -32 30 Q -10 34 0 14 Z", green)
    _draw_blossom(pen, paints, 26, 56, colour="#f4a83c" if paints.requested is None else None, reach=15, count=8)
    _draw_blossom(pen, paints, -26, 48, colour="#b06ae0" if paints.requested is None else None, reach=14, count=8)
    _draw_blossom(pen, paints, 0, 80, colour=None, reach=23, count=9)


def draw_sunflower(pen: Pen, paints: Paints) -> None:
    green, petal = paints.on("#5a9a40"), paints.own("#f8bc1c")
    pen.stroke("M 0 0 Q -4 34 0 66", green, 4.6)
    pen.shape("M 0 26 Q 26 24 36 46 Q 10 48 0 26 Z M -1 16 Q -26 14 -38 34 Q -10 40 -1 16 Z", green)
    for ring, reach, tone in ((0.0, 30.0, shade(petal, -0.16)), (9.5, 27.0, petal)):
        for number in range(19):
            angle = ring + 360 / 19 * number
            dx, dy = math.cos(math.radians(angle)), math.sin(math.radians(angle))
            pen.oval(dx * reach * 0.72, 72 + dy * reach * 0.72, reach * 0.36, reach * 0.13, tone, turn=angle)
    pen.dot(0, 72, 15, paints.on("#6a3e1e"))
    for number in range(46):
        angle, far = number * 2.39996, 14 * math.sqrt(number / 46)
        pen.dot(math.cos(angle) * far, 72 + math.sin(angle) * far, 1.1, paints.on("#a8702c"))


def draw_cactus(pen: Pen, paints: Paints) -> None:
    green = paints.own("#4f9358")
    for text, width in (
        ("M 0 0 L 0 86", 22),
        ("M 4 30 Q 32 30 32 46 L 32 66", 14),
        ("M -4 44 Q -30 44 -30 58 L -30 76", 14),
    ):
        pen.stroke(text, shade(green, -0.18), width)
        pen.stroke(text, green, width * 0.74)
        pen.stroke(text, shade(green, 0.2), width * 0.14)
    for x, y in ((0, 98), (32, 75), (-30, 85)):
        for dx, dy in ((-3, 0), (3, 0), (0, 3)):
            pen.dot(x + dx, y + dy, 3.4, paints.on("#f06a9a"))


def draw_pumpkin(pen: Pen, paints: Paints) -> None:
    """Draw a carved pumpkin lantern."""
    rind = paints.own("#f08420")
    for x, half in ((-34, 26), (34, 26), (-18, 28), (18, 28), (0, 26)):
        pen.oval(x, 40, half, 40, mix(rind, shade(rind, -0.25), abs(x) / 40))
    pen.shape("M -6 78 Q -2 92 -14 100 L -4 102 Q 8 94 7 78 Z", paints.on("#5f7a34"))
    light = (255, 226, 110)
    for text in ("M -30 52 L -12 52 L -20 68 Z", "M 30 52 L 12 52 L 20 68 Z", "M -5 42 L 5 42 L 0 50 Z",
                 "M -34 34 Q 0 16 34 34 Q 26 10 0 9 Q -26 10 -34 34 Z"):  # fmt: skip
        pen.shape(text, light, flat=True)
    pen.shape("M -14 25 L -14 16 L -6 15 L -6 23 Z M 8 23 L 8 15 L 16 16 L 16 25 Z", rind, flat=True)
    pen.glow(0, 38, 60, light, alpha=0.55 if paints.dark else 0.25)
