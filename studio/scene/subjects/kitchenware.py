"""Bowls, teapots and vases, and a violin."""

from studio.scene.colour import WHITE, shade
from studio.scene.pen import Pen
from studio.scene.subjects.palette import Paints


def draw_bowl(pen: Pen, paints: Paints) -> None:
    """Draw a steaming bowl of noodles with an egg, greens and chopsticks."""
    china = paints.own("#c8382e")
    for x, lean in ((-26, 7), (0, -7), (26, 7)):
        pen.stroke(f"M {x} 78 C {x + lean} 88 {x - lean} 96 {x + lean} 110", WHITE, 3.6, alpha=0.4)
    pen.stroke("M 34 66 L 88 98", paints.on("#5a3424"), 3.2)
    pen.stroke("M 26 66 L 78 104", paints.on("#6e4430"), 3.2)
    pen.shape("M -66 62 Q -62 18 -24 8 L 24 8 Q 62 18 66 62 Z", china)
    pen.box(-24, 0, 48, 10, shade(china, -0.25), round=3)
    pen.stroke("M -62 50 Q 0 36 62 50", shade(china, 0.5), 2.4)
    pen.oval(0, 62, 66, 16, shade(china, 0.25))
    pen.oval(0, 62, 60, 13, paints.on("#c98a3c"))
    noodle = paints.on("#f6dc94")
    for number in range(9):
        x = -46 + number * 9
        pen.stroke(f"M {x} 60 C {x + 6} 72 {x + 16} 50 {x + 24} 64", noodle if number % 2 else shade(noodle, -0.1), 2.8)
    for x, y in ((-28, 66), (-8, 70)):
        pen.oval(x, y, 12, 7, paints.on("#fdfaf0"))
        pen.oval(x, y, 6, 3.8, paints.on("#f4a02c"), flat=True)
    for x, turn in ((20, 24), (30, -10), (12, -30)):
        pen.oval(x, 69, 9, 3, paints.on("#4f9a48"), turn=turn)
    pen.shape("M 34 60 L 50 80 L 58 62 Z", paints.on("#2c4a3c"))


def draw_teapot(pen: Pen, paints: Paints) -> None:
    china = paints.own("#4f8fb0")
    pale = shade(china, 0.55)
    pen.stroke("M -38 62 C -78 72 -78 22 -34 26", china, 9)
    pen.shape("M 34 28 Q 54 30 60 54 Q 64 68 80 70 L 74 78 Q 54 76 48 60 Q 44 52 34 52 Z", china)
    pen.shape("M -44 42 Q -44 10 -24 4 L 24 4 Q 44 10 44 42 Q 42 72 0 74 Q -42 72 -44 42 Z", china)
    pen.box(-26, 0, 52, 6, shade(china, -0.25), round=2)
    pen.oval(0, 72, 25, 5, shade(china, -0.15))
    pen.shape("M -23 73 Q -18 88 0 88 Q 18 88 23 73 Z", china)
    pen.dot(0, 93, 6.4, shade(china, 0.15))
    for x, y in ((0, 40), (-22, 36), (22, 36)):
        for dx, dy in ((0, 6), (6, 0), (0, -6), (-6, 0)):
            pen.dot(x + dx, y + dy, 3.4, pale)
        pen.dot(x, y, 2.6, paints.on("#f4c84a"))
    pen.oval(-28, 56, 4, 9, WHITE, turn=-28, alpha=0.4)
    for x in (84, 92):
        pen.stroke(f"M {x} 84 C {x + 5} 92 {x - 5} 98 {x + 3} 108", WHITE, 2.6, alpha=0.4)


def draw_vase(pen: Pen, paints: Paints) -> None:
    """Draw a vase of flowers."""
    china = paints.own("#3f6fae")
    green = paints.on("#4f8a48")
    for x, y, code in (
        (-26, 92, "#f2788a"),
        (0, 104, "#ffd25a"),
        (26, 90, "#c98ae0"),
        (-10, 84, "#ffffff"),
        (14, 80, "#ff9a5a"),
    ):
        pen.stroke(f"M {x * 0.15} 56 Q {x * 0.4} 72 {x} {y}", green, 2)
        for dx, dy in ((0, 6), (5.6, 2), (3.6, -5), (-3.6, -5), (-5.6, 2)):
            pen.dot(x + dx, y + dy, 4.6, paints.on(code))
        pen.dot(x, y, 3.2, paints.on("#a8622c"))
    for x, turn in ((-16, 60), (18, -58)):
        pen.oval(x, 70, 12, 4.4, green, turn=-turn)
    pen.shape("M -12 60 Q -8 50 -18 42 Q -34 28 -18 2 L 18 2 Q 34 28 18 42 Q 8 50 12 60 Z", china)
    pen.oval(0, 60, 12, 3, shade(china, -0.3))
    pen.stroke("M -23 32 Q 0 24 23 32 M -23 20 Q 0 12 22 20", shade(china, 0.6), 2.4)
    pen.stroke("M -20 27 Q -15 21 -10 25 Q -5 19 0 23 Q 5 19 10 25 Q 15 21 20 27", shade(china, 0.6), 1.6)
    pen.oval(-13, 32, 3, 8, WHITE, turn=12, alpha=0.4)


def draw_violin(pen: Pen, paints: Paints) -> None:
    """Draw an upright violin with its bow beside it."""
    wood, dark = paints.own("#a8481f"), paints.on("#2a1c18")
    pen.stroke("M 36 2 L 46 104", paints.on("#5a3020"), 2)
    pen.stroke("M 33 4 L 43 102", paints.on("#f4ecd8"), 0.9)
    pen.box(30, 0, 8, 6, dark, round=1)
    pen.shape("M 0 58 Q 19 58 19 46 Q 18 40 13 37 Q 10 31 14 26 Q 23 22 23 13 Q 22 0 0 0 Q -22 0 -23 13 "
              "Q -23 22 -14 26 Q -10 31 -13 37 Q -18 40 -19 46 Q -19 58 0 58 Z", wood)  # fmt: skip
    pen.shape("M 0 54 Q 15 54 15 46 Q 14 41 9.6 38 Q 6 31 10 25 Q 18 21 18.6 13 Q 18 4 0 4 Q -18 4 -18.6 13 "
              "Q -18 21 -10 25 Q -6 31 -9.6 38 Q -14 41 -15 46 Q -15 54 0 54 Z", shade(wood, 0.16))  # fmt: skip
    for side in (-1, 1):
        pen.stroke(f"M {side * 9} 36 C {side * 5} 34 {side * 12} 28 {side * 7} 24", dark, 1.5)
        for y in (91, 96):
            pen.stroke(f"M {side * 2} {y} L {side * 8} {y + 1}", dark, 2)
    pen.shape("M -3 2 L -4.4 20 L 4.4 20 L 3 2 Z", dark, flat=True)
    pen.box(-6, 26, 12, 2.6, paints.on("#e8cc9a"), flat=True)
    pen.shape("M -2.6 38 L -2 88 L 2 88 L 2.6 38 Z", dark, flat=True)
    pen.shape("M -2.6 87 L -3 98 L 3 98 L 2.6 87 Z", wood)
    pen.ring(0, 101, 3, wood, 2.4)
    for x in (-1.6, -0.5, 0.5, 1.6):
        pen.stroke(f"M {x * 1.6} 12 L {x} 88", paints.on("#f4f0e4"), 0.4)
