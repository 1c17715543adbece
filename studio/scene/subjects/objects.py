"""Objects: furniture, instruments, tools and toys."""

import math

from studio.scene.colour import BLACK, WHITE, mix, shade
from studio.scene.pen import Pen
from studio.scene.subjects.palette import Paints


def draw_book(pen: Pen, paints: Paints) -> None:
    """Draw an open book in front of a pile of closed ones."""
    for y, left, colour in ((0, -58, "#3f6a8a"), (13, -52, "#c8a04a"), (26, -56, "#6a8a5a")):
        pen.box(left, y, 112, 12, paints.on(colour), round=2)
        pen.box(left + 8, y + 2, 106, 8, paints.on("#f6ecd6"), round=1)
        pen.box(left, y, 14, 12, shade(paints.on(colour), -0.1), round=2)
    cover = paints.own("#a83c3c")
    pen.shape("M 0 44 Q -30 52 -68 42 L -74 92 Q -34 102 0 92 Q 34 102 74 92 L 68 42 Q 30 52 0 44 Z", cover)
    page = paints.on("#fdf6e4")
    for side in (-1, 1):
        pen.shape(f"M 0 48 Q {side * 30} 56 {side * 64} 46 L {side * 69} 92 Q {side * 34} 104 0 92 Z", page)
        for line in range(5):
            y = 58 + line * 7
            pen.stroke(f"M {side * 10} {y} Q {side * 34} {y + 6} {side * 56} {y}", shade(page, -0.3), 1.2)
    pen.stroke("M 0 48 L 0 92", shade(page, -0.35), 1.6)


def draw_lamp(pen: Pen, paints: Paints) -> None:
    """Draw a lantern with a flame."""
    iron = paints.own("#3a3c48")
    light = (255, 206, 110)
    pen.glow(0, 46, 100, light, alpha=0.75)
    pen.ring(0, 96, 10, iron, 3)
    pen.shape("M -28 72 L 0 92 L 28 72 Z", iron)
    pen.box(-24, 12, 48, 60, mix(light, WHITE, 0.35), flat=True)
    for half, high, code in ((9, 36, "#ff9a2c"), (6, 26, "#ffd85a"), (3, 15, "#fffbe0")):
        pen.shape(
            f"M {-half} 22 Q {-half * 1.3} {22 + high * 0.4} 0 {22 + high} Q "
            f"{half * 1.3} {22 + high * 0.4} {half} 22 Q 0 16 {-half} 22 Z",
            paints.on(code),
            flat=True,
        )
    pen.box(-6, 12, 12, 9, paints.on("#f6eee0"), flat=True)
    pen.stroke("M -24 12 L -24 72 M 24 12 L 24 72 M 0 60 L 0 72 M -24 42 L 24 42", iron, 3)
    pen.box(-32, 4, 64, 9, iron, round=3)
    pen.box(-26, 0, 52, 5, shade(iron, -0.2), round=2)
    pen.box(-30, 70, 60, 5, iron, round=2)


def draw_candle(pen: Pen, paints: Paints) -> None:
    wax = paints.own("#f6ead0")
    pen.glow(0, 84, 70, (255, 200, 110), alpha=0.85)
    pen.oval(0, 5, 42, 7, paints.on("#b08a4a"))
    for x, width, high in ((-28, 16, 34), (26, 18, 44), (0, 24, 66)):
        pen.box(x - width / 2, 6, width, high, wax, round=3)
        pen.oval(x, high + 5, width / 2, 3, shade(wax, 0.35))
        pen.stroke(f"M {x} {high + 5} L {x} {high + 11}", BLACK, 1.4)
        pen.shape(f"M {x - 4} {high + 14} Q {x - 5} {high + 20} {x} {high + 32} Q {x + 5} "
            f"{high + 20} {x + 4} {high + 14} Q {x} {high + 9} {x - 4} {high + 14} Z",
                  (255, 196, 70), flat=True)  # fmt: skip
        pen.oval(x, high + 16, 2, 4, (255, 250, 220), flat=True)


def draw_guitar(pen: Pen, paints: Paints) -> None:
    wood = paints.own("#c8792f")
    pen.shape("M 0 50 Q 20 50 20 36 Q 18 30 24 24 Q 30 2 0 0 Q -30 2 -24 24 Q -18 30 -20 36 Q -20 50 0 50 Z", wood)
    pen.shape(
        "M 0 47 Q 17 47 17 36 Q 15 30 21 23 Q 26 5 0 3 Q -26 5 -21 23 Q -15 30 -17 36 Q -17 47 0 47 Z",
        shade(wood, 0.22),
    )
    pen.dot(0, 30, 7.4, paints.on("#3a2418"))
    pen.ring(0, 30, 9, paints.on("#7a4a24"), 1.4)
    pen.box(-3.2, 34, 6.4, 54, paints.on("#4a2e20"), flat=True)
    for y in range(42, 86, 6):
        pen.stroke(f"M -3.2 {y} L 3.2 {y}", paints.on("#d8c8a8"), 0.7)
    pen.shape("M -4 87 L -6 103 L 6 103 L 4 87 Z", paints.on("#4a2e20"))
    for y in (90, 95, 100):
        for side in (-1, 1):
            pen.dot(side * 7.4, y, 1.8, paints.on("#e8e0d0"))
    pen.box(-8, 11, 16, 4, paints.on("#4a2e20"), round=1)
    for x in (-2, -0.7, 0.7, 2):
        pen.stroke(f"M {x} 13 L {x} 90", paints.on("#f4f0e4"), 0.4)


def draw_piano(pen: Pen, paints: Paints) -> None:
    body = paints.own("#2a2630")
    pen.shape("M -52 52 Q -60 100 -12 98 Q 22 96 34 82 Q 46 70 66 74 L 66 58 Z", shade(body, 0.1))
    pen.stroke("M 40 58 L 30 82", shade(body, 0.3), 2)
    for x in (-52, 0, 56):
        pen.box(x, 0, 6, 42, shade(body, -0.2))
    pen.box(-68, 38, 138, 20, body, round=3)
    pen.box(-66, 44, 80, 9, paints.on("#fbf8f0"), flat=True)
    for x in range(-62, 12, 6):
        pen.box(x, 47, 3, 6, BLACK, flat=True)
    pen.box(-46, 20, 34, 6, paints.on("#5a3a34"), round=2)
    pen.stroke("M -42 20 L -42 0 M -16 20 L -16 0", paints.on("#3a2a28"), 3)


def draw_clock(pen: Pen, paints: Paints) -> None:
    case = paints.own("#c8463c")
    for side in (-1, 1):
        pen.oval(side * 24, 88, 15, 10, shade(case, -0.1), turn=side * -36)
        pen.stroke(f"M {side * 26} 10 L {side * 34} 0", shade(case, -0.3), 5)
    pen.stroke("M 0 88 L 0 98", shade(case, -0.3), 4)
    pen.oval(0, 46, 44, 44, case)
    pen.dot(0, 46, 36, paints.on("#fdf8ec"))
    for hour in range(12):
        angle = math.radians(hour * 30)
        x, y = math.sin(angle), math.cos(angle)
        pen.stroke(
            f"M {x * 29:.1f} {46 + y * 29:.1f} L {x * 33:.1f} {46 + y * 33:.1f}",
            paints.on("#4a4450"),
            2 if hour % 3 else 3.4,
        )
    pen.stroke("M 0 46 L -12 62", paints.on("#2a2832"), 3.6)
    pen.stroke("M 0 46 L 18 66", paints.on("#2a2832"), 2.6)
    pen.dot(0, 46, 3.4, case)


def draw_crown(pen: Pen, paints: Paints) -> None:
    gold = paints.own("#f2b82c")
    pen.shape("M -60 8 Q 0 -4 60 8 L 62 24 Q 0 12 -62 24 Z", paints.on("#a8303c"))
    pen.shape("M -60 18 L -70 82 L -36 52 L 0 100 L 36 52 L 70 82 L 60 18 Q 0 6 -60 18 Z", gold)
    pen.shape("M -61 20 Q 0 8 61 20 L 63 32 Q 0 20 -63 32 Z", shade(gold, -0.2))
    for x, y, code in (
        (-70, 84, "#e8484a"),
        (0, 102, "#4a8ae8"),
        (70, 84, "#e8484a"),
        (-36, 54, "#f8f0d0"),
        (36, 54, "#f8f0d0"),
    ):
        pen.dot(x, y, 6, paints.on(code))
    for x, code in ((-34, "#4ac87a"), (0, "#e8484a"), (34, "#4ac87a")):
        pen.oval(x, 36 - (x / 60) ** 2 * -6, 7, 8.6, paints.on(code))
    pen.glow(-40, 66, 20, WHITE, alpha=0.6)


def draw_heart(pen: Pen, paints: Paints) -> None:
    red = paints.own("#e8344c")
    pen.glow(0, 54, 80, red, alpha=0.4)
    pen.shape("M 0 4 C -70 44 -62 98 -28 98 Q -8 98 0 78 Q 8 98 28 98 C 62 98 70 44 0 4 Z", red)
    pen.oval(-27, 78, 9, 13, WHITE, turn=-36, alpha=0.5)


def draw_diamond(pen: Pen, paints: Paints) -> None:
    gem = paints.own("#6fd0f0")
    pen.glow(0, 54, 90, gem, alpha=0.5)
    for points, tone in (("M -52 66 L -28 96 L -16 66 Z", 0.3), ("M -28 96 L 0 96 L -16 66 Z", 0.55),
                         ("M 0 96 L 28 96 L 16 66 Z", 0.2),
                         ("M 28 96 L 52 66 L 16 66 Z", 0.0), ("M 0 96 L -16 66 L 16 66 Z", 0.72),
                         ("M -52 66 L 0 4 L -16 66 Z", 0.05),
                         ("M -16 66 L 0 4 L 16 66 Z", 0.4), ("M 16 66 L 0 4 L 52 66 Z", -0.25)):  # fmt: skip
        pen.shape(points, shade(gem, tone), flat=True)
    for x, y, size in ((-34, 88, 9), (30, 60, 6), (0, 98, 5)):
        pen.stroke(f"M {x - size} {y} L {x + size} {y} M {x} {y - size} L {x} {y + size}", WHITE, 1.4)


def draw_umbrella(pen: Pen, paints: Paints) -> None:
    cloth = paints.own("#e0423c")
    pen.stroke("M 0 88 L 0 12 Q 0 0 -9 0 Q -16 0 -16 8", paints.on("#6a4630"), 3.4)
    pen.shape(
        "M -58 50 Q -52 98 0 98 Q 52 98 58 50 Q 46 60 36 50 Q 26 60 18 "
        "50 Q 8 60 0 50 Q -8 60 -18 50 Q -26 60 -36 50 Q -46 60 -58 50 Z",
        cloth,
    )
    pen.shape("M -18 50 Q -16 88 0 98 Q 16 88 18 50 Q 8 60 0 50 Q -8 60 -18 50 Z", shade(cloth, 0.25), alpha=0.7)
    pen.stroke("M 0 98 L 0 106", paints.on("#6a4630"), 2.4)


def draw_chair(pen: Pen, paints: Paints) -> None:
    """Draw an armchair."""
    cloth = paints.own("#c8653c")
    for x in (-38, 34):
        pen.shape(f"M {x - 3} 12 L {x} 0 L {x + 4} 0 L {x + 7} 12 Z", paints.on("#5a3a28"))
    pen.shape("M -38 30 Q -44 100 -20 102 L 20 102 Q 44 100 38 30 Z", shade(cloth, -0.08))
    for x, y in ((-14, 84), (14, 84), (0, 68), (-18, 62), (18, 62)):
        pen.dot(x, y, 2, shade(cloth, -0.4))
    pen.box(-36, 12, 72, 24, shade(cloth, -0.16), round=5)
    pen.box(-32, 30, 64, 17, shade(cloth, 0.12), round=7)
    for x in (-54, 34):
        pen.box(x, 10, 20, 46, cloth, round=9)
    pen.shape("M -20 46 L 4 44 L 8 68 L -16 71 Z", paints.on("#f0d890"))


def draw_sword(pen: Pen, paints: Paints) -> None:
    """Draw a sword in a stone."""
    steel = paints.on("#d8e0ea")
    pen.glow(0, 60, 60, (200, 230, 255), alpha=0.5)
    pen.shape("M -6 20 L -6 74 L 6 74 L 6 20 Z", steel)
    pen.shape("M 0 20 L 0 74 L 6 74 L 6 20 Z", shade(steel, -0.25), flat=True)
    pen.box(-20, 73, 40, 6, paints.own("#e0b040"), round=3)
    pen.box(-3.6, 78, 7.2, 18, paints.on("#6a3a30"))
    pen.dot(0, 99, 5, paints.own("#e0b040"))
    pen.shape("M -44 -2 L -36 20 L -14 32 L 16 30 L 38 18 L 46 -2 Z", paints.on("#8a8f9a"))
    pen.shape("M 16 30 L 38 18 L 46 -2 L 20 -2 Z", paints.on("#666b78"))


def draw_gift(pen: Pen, paints: Paints) -> None:
    paper, ribbon = paints.own("#d8404a"), paints.on("#f8dc7a")
    pen.box(-40, 0, 80, 56, paper)
    pen.box(-46, 52, 92, 18, shade(paper, 0.08), round=2)
    pen.box(-8, 0, 16, 70, ribbon, flat=True)
    for side in (-1, 1):
        pen.shape(f"M 0 70 Q {side * 12} 102 {side * 36} 94 Q {side * 42} 76 0 70 Z", ribbon)
        pen.shape(
            f"M {side * 6} 75 Q {side * 14} 90 {side * 27} 87 Q {side * 26} 78 {side * 6} 75 Z", shade(ribbon, -0.35)
        )
    pen.dot(0, 72, 7, shade(ribbon, -0.1))


def draw_chest(pen: Pen, paints: Paints) -> None:
    wood, gold = paints.own("#8a5630"), paints.on("#f4c440")
    pen.glow(0, 60, 74, (255, 220, 120), alpha=0.7)
    pen.shape("M -52 50 Q -58 98 0 100 Q 58 98 52 50 Z", shade(wood, -0.35))
    for x in range(-42, 48, 12):
        pen.dot(x, 52 + (x * 7) % 9, 9, mix(gold, WHITE, (x * 13 % 10) / 30))
    for x, code in ((-26, "#e8484a"), (8, "#4a9ae8"), (30, "#5ac87a")):
        pen.oval(x, 60, 6, 7, paints.on(code))
    pen.box(-54, 0, 108, 48, wood, round=4)
    for x in (-44, 34):
        pen.box(x, 0, 10, 48, gold, flat=True)
    pen.box(-54, 40, 108, 8, gold, round=2)
    pen.box(-10, 26, 20, 20, gold, round=3)
    pen.dot(0, 36, 3.6, BLACK)


def draw_camera(pen: Pen, paints: Paints) -> None:
    body = paints.own("#3a3a44")
    pen.box(-24, 66, 48, 18, shade(body, 0.3), round=5)
    pen.box(-58, 0, 116, 70, shade(body, 0.4), round=8)
    pen.box(-58, 10, 116, 44, body, round=2)
    for radius, colour in ((31, shade(body, 0.5)), (27, BLACK), (20, paints.on("#2a3a5a")), (11, paints.on("#5a7ac0"))):
        pen.dot(0, 35, radius, colour)
    pen.dot(-8, 43, 5, WHITE, alpha=0.75)
    pen.box(34, 56, 16, 9, paints.lamp, round=2)
    pen.oval(-42, 73, 9, 5, paints.on("#d8484a"))


def draw_computer(pen: Pen, paints: Paints) -> None:
    case, screen = paints.own("#d4d8de"), paints.on("#1e2638")
    pen.shape("M -70 0 L 70 0 L 62 12 L -62 12 Z", shade(case, -0.1))
    for y in (3, 6, 9):
        pen.stroke(f"M {-56 + y} {y} L {56 - y} {y}", shade(case, -0.4), 1.4)
    pen.box(-58, 13, 116, 80, case, round=5)
    pen.box(-52, 20, 104, 67, screen, round=2, flat=True)
    pen.glow(0, 54, 80, (110, 190, 255), alpha=0.3)
    for number, (indent, length) in enumerate(((0, 44), (8, 56), (16, 36), (16, 50), (8, 28), (0, 60))):
        row = 78 - number * 9.6
        colour = ("#7ad0ff", "#9af0a0", "#ffc870", "#e0a0ff")[number % 4]
        pen.stroke(f"M {-44 + indent} {row} L {-44 + indent + length * 0.8} {row}", paints.on(colour), 3)


def draw_skull(pen: Pen, paints: Paints) -> None:
    bone = paints.own("#f0e8d4")
    pen.box(-20, 2, 40, 26, shade(bone, -0.06), round=7)
    pen.shape("M -40 56 Q -42 102 0 102 Q 42 102 40 56 Q 40 36 26 30 L 22 22 L -22 22 L -26 30 Q -40 36 -40 56 Z", bone)
    for side in (-1, 1):
        pen.oval(side * 17, 52, 11, 12.5, paints.on("#2a2226"), flat=True)
    pen.shape("M -5 32 L 5 32 L 0 43 Z", paints.on("#2a2226"), flat=True)
    pen.stroke("M -12 22 L -12 6 M -4 22 L -4 5 M 4 22 L 4 5 M 12 22 L 12 6", shade(bone, -0.5), 1.6)


def draw_kite(pen: Pen, paints: Paints) -> None:
    cloth = paints.own("#f0584a")
    pen.stroke("M 0 28 C 10 10 -24 0 -12 -22 C 0 -44 -40 -50 -30 -80", paints.on("#f6f2ea"), 1)
    for x, y in ((-3, 12), (-14, -8), (-10, -28), (-24, -50)):
        pen.shape(
            f"M {x} {y} L {x - 9} {y + 5} L {x - 9} {y - 5} Z M {x} {y} L {x + 9} {y + 5} L {x + 9} {y - 5} Z",
            paints.on("#f8c83c"),
        )
    for points, tone in (("M 0 102 L 34 68 L 0 68 Z", cloth), ("M 0 102 L -34 68 L 0 68 Z", paints.on("#f8d060")),
                         ("M 0 26 L 34 68 L 0 68 Z", paints.on("#4aa8d8")),
                         ("M 0 26 L -34 68 L 0 68 Z", shade(cloth, -0.15))):  # fmt: skip
        pen.shape(points, tone)
    pen.stroke("M 0 102 L 0 26 M -34 68 L 34 68", paints.on("#5a4030"), 1.2)
