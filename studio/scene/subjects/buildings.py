"""Buildings, bridges and tents."""

from studio.scene.colour import Colour, mix, shade
from studio.scene.pen import Pen
from studio.scene.subjects.palette import Paints


def _draw_window(
    pen: Pen, paints: Paints, x: float, y: float, *, width: float, height: float, frame: str = "#fff4e0"
) -> None:
    """Draw a window with a crossbar, lit at night; (`x`, `y`) is its lower left corner."""
    pen.box(x - 1.2, y - 1.2, width + 2.4, height + 2.4, paints.on(frame), flat=True)
    pen.box(x, y, width, height, paints.glass, flat=True)
    middle, centre = x + width / 2, y + height / 2
    pen.stroke(f"M {middle} {y} L {middle} {y + height} M {x} {centre} L {x + width} {centre}", paints.on(frame), 1.1)
    if paints.dark:
        pen.glow(middle, centre, width * 1.9, paints.lamp, alpha=0.5)


def draw_house(pen: Pen, paints: Paints) -> None:
    wall, roof = paints.own("#f0dcb8"), paints.on("#b0483c")
    pen.box(22, 62, 11, 32, paints.on("#8a5a4a"))
    for x, y, size in ((30, 102, 6), (36, 112, 8), (33, 124, 10)):
        pen.dot(x, y, size, paints.on("#f2f2f2"), alpha=0.32)
    pen.box(-42, 0, 84, 52, wall)
    pen.shape("M -42 50 L 42 50 L 0 88 Z", wall)
    pen.shape("M -54 46 L 0 95 L 54 46 L 48 41 L 0 83 L -48 41 Z", roof)
    pen.box(-9, 0, 20, 33, paints.on("#7a4a30"), round=1)
    pen.dot(7, 16, 1.6, paints.on("#f4c440"))
    _draw_window(pen, paints, -34, 18, width=17, height=18)
    _draw_window(pen, paints, 19, 18, width=17, height=18)
    pen.dot(0, 64, 8, paints.on("#fff4e0"))
    pen.dot(0, 64, 6.4, paints.glass)
    for x, size in ((-38, 8), (-28, 7), (28, 7), (38, 8)):
        pen.oval(x, 4, size, size * 0.8, paints.on("#5f9a52"))


def _draw_turret(
    pen: Pen, paints: Paints, x: float, *, width: float, height: float, wall: Colour, roof: Colour
) -> None:
    pen.box(x - width / 2, 0, width, height, wall)
    pen.box(x - width * 0.6, height - 4, width * 1.2, 6, shade(wall, -0.12))
    for number in range(3):
        pen.box(x - width * 0.6 + number * width * 0.46, height + 2, width * 0.28, 4, shade(wall, -0.12), flat=True)
    pen.shape(
        f"M {x - width * 0.62} {height + 5} L {x} {height + width * 1.55} L {x + width * 0.62} {height + 5} Z", roof
    )
    top = height + width * 1.55
    pen.stroke(f"M {x} {top} L {x} {top + 9}", shade(wall, -0.5), 0.9)
    pen.shape(f"M {x} {top + 9} L {x + 10} {top + 6} L {x} {top + 3} Z", paints.on("#f2b83a"), flat=True)
    for y in (height * 0.35, height * 0.7):
        pen.shape(
            f"M {x - 2.4} {y} L {x - 2.4} {y + 6} Q {x} {y + 10} {x + 2.4} {y + 6} L {x + 2.4} {y} Z",
            paints.glass,
            flat=True,
        )
        if paints.dark:
            pen.glow(x, y + 4, 12, paints.lamp, alpha=0.6)


def draw_castle(pen: Pen, paints: Paints) -> None:
    wall = paints.own("#b8b0b4")
    roof = paints.on("#5a5fa8") if paints.requested is None else shade(wall, -0.35)
    _draw_turret(pen, paints, -18, width=17, height=74, wall=shade(wall, -0.15), roof=roof)
    _draw_turret(pen, paints, 16, width=20, height=84, wall=shade(wall, -0.12), roof=roof)
    pen.box(-42, 0, 84, 40, wall)
    for x in range(-42, 42, 12):
        pen.box(x, 40, 7, 6, wall, flat=True)
    _draw_turret(pen, paints, -44, width=19, height=54, wall=wall, roof=roof)
    _draw_turret(pen, paints, 44, width=19, height=58, wall=wall, roof=roof)
    pen.shape("M -12 0 L -12 18 Q 0 34 12 18 L 12 0 Z", paints.on("#4a3428"))
    pen.stroke("M -6 0 L -6 23 M 0 0 L 0 26 M 6 0 L 6 23 M -12 8 L 12 8 M -12 16 L 12 16", paints.on("#2a1e18"), 1)
    for x, y in ((-28, 12), (-22, 26), (24, 10), (30, 28), (-32, 32), (20, 20)):
        pen.box(x, y, 7, 3, shade(wall, -0.16), flat=True)


def draw_lighthouse(pen: Pen, paints: Paints) -> None:
    white, band = paints.on("#f8f4ee"), paints.own("#d63c3c")
    pen.shape("M -46 -4 Q -34 10 -16 8 Q 0 12 18 7 Q 34 10 46 -4 Z", paints.on("#6a6258"))
    if paints.dark:
        beam = paints.lamp
        pen.shape("M 0 83 L 260 112 L 260 58 Z", beam, flat=True, alpha=0.2)
        pen.shape("M 0 83 L 260 100 L 260 70 Z", beam, flat=True, alpha=0.22)
        pen.shape("M 0 83 L -150 98 L -150 70 Z", beam, flat=True, alpha=0.12)
    pen.box(18, 5, 22, 15, paints.on("#efe4d0"))
    pen.shape("M 15 20 L 29 31 L 43 20 Z", band)
    pen.shape("M -17 5 L -10 74 L 10 74 L 17 5 Z", white)
    for low, high in ((16, 29), (43, 56)):
        left, right = 17 - (low - 5) * 0.101, 17 - (high - 5) * 0.101
        pen.shape(f"M {-left} {low} L {-right} {high} L {right} {high} L {left} {low} Z", band)
    pen.box(-14, 73, 28, 4, paints.on("#3a3c48"), flat=True)
    pen.box(-8, 77, 16, 13, paints.lamp, flat=True)
    pen.stroke("M -8 77 L -8 90 M 0 77 L 0 90 M 8 77 L 8 90", paints.on("#3a3c48"), 1.4)
    pen.shape("M -11 90 Q 0 108 11 90 Z", band)
    pen.stroke("M 0 99 L 0 106", paints.on("#3a3c48"), 1.2)
    pen.box(-4, 5, 8, 12, paints.on("#5a4438"), round=1)
    for y in (34, 61):
        pen.box(-2.4, y, 4.8, 6, paints.glass, flat=True)
    pen.glow(0, 84, 46 if paints.dark else 20, paints.lamp, alpha=0.9 if paints.dark else 0.5)


def draw_windmill(pen: Pen, paints: Paints) -> None:
    wall, wood = paints.own("#f0e6d4"), paints.on("#7a5238")
    pen.shape("M -24 0 L -14 62 L 14 62 L 24 0 Z", wall)
    pen.shape("M -17 61 Q 0 92 17 61 Z", paints.on("#a8503c"))
    pen.box(-6, 0, 12, 18, wood, round=1)
    _draw_window(pen, paints, -4, 34, width=8, height=10)
    for dx, dy in ((0.55, 0.83), (-0.83, 0.55), (-0.55, -0.83), (0.83, -0.55)):
        nx, ny = -dy, dx
        tip_x, tip_y = dx * 50, 66 + dy * 50
        start_x, start_y = dx * 12, 66 + dy * 12
        pen.shape(f"M {start_x:.1f} {start_y:.1f} L {tip_x:.1f} {tip_y:.1f} "
            f"L {tip_x + nx * 13:.1f} {tip_y + ny * 13:.1f} "
                  f"L {start_x + nx * 13:.1f} "
                      f"{start_y + ny * 13:.1f} Z", paints.on("#fff8ec"), flat=True, alpha=0.92)  # fmt: skip
        for part in (0.3, 0.5, 0.7, 0.9):
            x, y = dx * 50 * part, 66 + dy * 50 * part
            pen.stroke(f"M {x:.1f} {y:.1f} L {x + nx * 13:.1f} {y + ny * 13:.1f}", wood, 0.9)
        pen.stroke(f"M 0 66 L {tip_x:.1f} {tip_y:.1f}", wood, 2.6)
    pen.dot(0, 66, 4, wood)


def draw_pyramid(pen: Pen, paints: Paints) -> None:
    stone = paints.own("#dcae66")
    for x, size in ((-78, 0.6), (84, 0.48)):
        pen.shape(f"M {x - 100 * size} 0 L {x} {100 * size} L {x + 100 * size} 0 Z", shade(stone, -0.06))
        pen.shape(f"M {x} {100 * size} L {x + 30 * size} 0 L {x + 100 * size} 0 Z", shade(stone, -0.34))
    pen.shape("M -92 0 L 0 100 L 92 0 Z", shade(stone, 0.1))
    for level in range(1, 12):
        y = level * 8.2
        half = 92 * (1 - y / 100)
        pen.stroke(f"M {-half} {y} L {28 * (1 - y / 100)} {y}", shade(stone, -0.2), 0.7, alpha=0.6)
    pen.shape("M 0 100 L 28 0 L 92 0 Z", shade(stone, -0.3))


def draw_temple(pen: Pen, paints: Paints) -> None:
    """Draw a four-storey pagoda."""
    wall, roof = paints.own("#c8402f"), paints.on("#37424e")
    pen.box(-40, 0, 80, 6, paints.on("#b0a89c"))
    level, half = 6.0, 28.0
    for storey in range(4):
        high = 13 - storey
        pen.box(-half * 0.72, level, half * 1.44, high, wall, flat=True)
        for share in (-0.42, 0.0, 0.42):
            pen.box(half * share - 2.6, level + 2, 5.2, high - 4, paints.glass, flat=True)
        level += high
        pen.shape(f"M {-half * 1.34} {level + 1} Q {-half * 0.8} {level + 2} "
            f"{-half * 0.5} {level + 10} L {half * 0.5} {level + 10} "
                  f"Q {half * 0.8} {level + 2} {half * 1.34} {level + 1} Q {half} {level - 3} "
                      f"0 {level - 2} Q {-half} {level - 3} {-half * 1.34} {level + 1} Z", roof)  # fmt: skip
        level += 9
        half *= 0.82
    pen.stroke(f"M 0 {level} L 0 {level + 14}", paints.on("#e0b040"), 1.8)
    for y in (3, 7, 11):
        pen.stroke(f"M -2.6 {level + y} L 2.6 {level + y}", paints.on("#e0b040"), 1.2)
    if paints.dark:
        pen.glow(0, 14, 40, paints.lamp, alpha=0.5)


def draw_church(pen: Pen, paints: Paints) -> None:
    wall, roof = paints.own("#f4eee2"), paints.on("#5a6274")
    pen.box(-8, 0, 52, 36, shade(wall, -0.06))
    pen.shape("M -10 35 L -4 56 L 38 56 L 48 35 Z", roof)
    pen.box(-30, 0, 24, 58, wall)
    pen.shape("M -33 57 L -18 94 L -3 57 Z", roof)
    pen.stroke("M -18 92 L -18 106 M -22.5 101 L -13.5 101", paints.on("#e0b040"), 2)
    for x, y in ((2, 9), (16, 9), (30, 9), (-21, 36)):
        pen.shape(
            f"M {x} {y} L {x} {y + 12} Q {x + 3.5} {y + 19} {x + 7} {y + 12} L {x + 7} {y} Z", paints.glass, flat=True
        )
        if paints.dark:
            pen.glow(x + 3.5, y + 8, 16, paints.lamp, alpha=0.5)
    pen.shape("M -24 0 L -24 15 Q -18 24 -12 15 L -12 0 Z", paints.on("#6a4630"))


def draw_tower(pen: Pen, paints: Paints) -> None:
    """Draw a lattice tower on four legs."""
    iron = paints.own("#7a6a5c")
    pen.shape("M -28 0 Q -8 26 -4 96 L 4 96 Q 8 26 28 0 L 18 0 Q 0 26 -18 0 Z", iron)
    pen.shape("M -13 15 Q 0 26 13 15 L 18 0 Q 0 28 -18 0 Z", shade(iron, -0.3))
    for y, half in ((22, 15), (44, 9.5), (84, 5.6)):
        pen.box(-half, y, half * 2, 3.4, shade(iron, -0.25))
    for y in range(28, 82, 7):
        half = 9.6 - (y - 28) * 0.1
        pen.stroke(f"M {-half} {y} L {half - 0.8} {y + 7} M {half} {y} L {-half + 0.8} {y + 7}", shade(iron, -0.4), 0.7)
    pen.box(-3, 95, 6, 4, shade(iron, -0.25))
    pen.stroke("M 0 98 L 0 108", iron, 1.3)
    if paints.dark:
        for x, y in ((0, 106), (-9, 46), (9, 46), (-15, 24), (15, 24), (0, 86)):
            pen.glow(x, y, 13, paints.lamp, alpha=0.9)


def draw_bridge(pen: Pen, paints: Paints) -> None:
    """Draw a suspension bridge."""
    steel = paints.own("#d0503a")
    for side in (-1, 1):
        pen.stroke(f"M {side * 56} 92 Q {side * 84} 48 {side * 130} 36", steel, 2.4)
    pen.stroke("M -56 92 Q 0 8 56 92", steel, 2.4)
    for number in range(-12, 13):
        x = number * 10
        inside = abs(x) < 56
        y = 34 + (abs(x) / 56) ** 2 * 56 if inside else 92 - (abs(x) - 56) * 0.74
        pen.stroke(f"M {x} {y} L {x} 32", shade(steel, 0.15), 0.8)
    pen.box(-140, 27, 280, 6, mix(steel, paints.on("#3a3a44"), 0.4))
    for side in (-1, 1):
        for x in (side * 56 - 5, side * 56 + 3):
            pen.box(x, -4, 3.4, 100, steel)
        for y in (14, 46, 66, 84):
            pen.box(side * 56 - 5, y, 11, 3.6, steel, flat=True)


def draw_tent(pen: Pen, paints: Paints) -> None:
    cloth = paints.own("#e8863a")
    pen.shape("M 12 92 L 78 0 L 26 0 Z", shade(cloth, -0.28))
    pen.shape("M -50 0 L 12 92 L 40 0 Z", cloth)
    pen.shape("M -16 0 L 10 66 L 22 0 Z", paints.lamp if paints.dark else paints.on("#5a3a2c"), flat=True)
    pen.shape("M 10 66 L 22 0 L 30 0 Q 20 30 10 66 Z", shade(cloth, 0.25))
    pen.stroke("M 12 92 L 16 99 M -50 0 L -64 -3 M 78 0 L 90 -3 M 12 92 L -66 -2", paints.on("#6a4a34"), 1.4)
    for turn in (-24, 24):
        pen.oval(-92, 3, 17, 3.4, paints.on("#6a4630"), turn=turn)
    pen.glow(-92, 20, 60, (255, 170, 70), alpha=0.8 if paints.dark else 0.4)
    for half, high, code in ((12, 38, "#ff6a1f"), (8, 28, "#ffa52c"), (4.6, 18, "#ffe27a")):
        pen.shape(f"M {-92 - half} 6 Q {-92 - half * 1.2} {high * 0.5} {-92 - half * 0.1} {high} "
                  f"Q {-92 + half * 0.4} {high * 0.66} {-92 + half} {high * 0.5} "
                      f"Q {-92 + half * 1.3} {high * 0.2} {-92 + half} 6 Z",
                  paints.on(code), flat=True)  # fmt: skip
    if paints.dark:
        pen.glow(4, 20, 40, paints.lamp, alpha=0.6)


def draw_viaduct(pen: Pen, paints: Paints) -> None:
    """Draw a bridge with tall stone arches."""
    stone = paints.own("#c9b08c")
    dark = shade(stone, -0.42)
    pen.box(-150, 92, 300, 8, shade(stone, 0.1))
    pen.box(-150, 88, 300, 5, shade(stone, -0.2), flat=True)
    for left in range(-150, 150, 50):
        arch = (f"M {left} -4 L {left} 88 L {left + 50} 88 L {left + 50} -4 L {left + 43} -4 L {left + 43} 56 "
                f"Q {left + 43} 76 {left + 25} 76 Q {left + 7} 76 {left + 7} 56 L {left + 7} -4 Z")  # fmt: skip
        pen.shape(arch, stone)
        pen.shape(f"M {left + 43} -4 L {left + 43} 56 Q {left + 43} 76 {left + 25} 76 L {left + 25} 72 "
                  f"Q {left + 39} 72 {left + 39} 54 L {left + 39} -4 Z", dark, flat=True)  # fmt: skip
        pen.stroke(
            f"M {left + 5} 56 Q {left + 5} 79 {left + 25} 79 Q {left + 45} 79 {left + 45} 56", shade(stone, 0.25), 1.6
        )
        for y in (8, 24, 40):
            pen.stroke(f"M {left} {y} L {left + 6} {y} M {left + 44} {y} L {left + 50} {y}", dark, 0.8, alpha=0.6)
