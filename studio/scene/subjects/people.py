"""People and humanoid figures."""

import math

from studio.scene.colour import BLACK, Colour, mix, shade
from studio.scene.pen import Pen
from studio.scene.subjects.palette import Paints

_BOOT_COLOUR = "#3a2c2a"


def _draw_legs(pen: Pen, trousers: Colour, boot: Colour, *, top: float = 44, width: float = 10) -> None:
    for side in (-1, 1):
        pen.shape(
            f"M {side * 1} {top} L {side * 4} 4 L {side * (4 + width)} 4 L {side * 15} {top} Z",
            shade(trousers, -0.12 if side < 0 else 0),
        )
        pen.shape(
            f"M {side * 3} 0 L {side * 3} 8 L {side * (5 + width)} 8 Q {side * (9 + width)} 4 {side * (9 + width)} 0 Z",
            boot,
        )


def _draw_face(pen: Pen, paints: Paints, y: float, *, smile: bool = True) -> None:
    for x in (-4.2, 4.2):
        pen.oval(x, y, 1.5, 2.1, paints.on("#241a1e"), flat=True)
    if smile:
        pen.stroke(f"M -3.6 {y - 6} Q 0 {y - 9} 3.6 {y - 6}", paints.on("#8a4a3c"), 1.1)


def draw_person(pen: Pen, paints: Paints) -> None:
    """Draw a person in a coat and scarf, from the front."""
    coat, skin, hair = paints.own("#d8553c"), paints.skin, paints.hair
    _draw_legs(pen, paints.on("#3c4658"), paints.on(_BOOT_COLOUR), top=40, width=9)
    for side in (-1, 1):
        pen.shape(
            f"M {side * 14} 72 Q {side * 26} 62 {side * 25} 38 L {side * 18} 36 Q {side * 18} 54 {side * 11} 60 Z",
            shade(coat, -0.1),
        )
        pen.dot(side * 21.5, 36, 4, skin)
    pen.shape("M -17 34 Q -17 64 -14 73 Q 0 78 14 73 Q 17 64 17 34 Q 0 29 -17 34 Z", coat)
    pen.stroke("M 0 74 L 0 32", shade(coat, -0.35), 1)
    pen.box(-4, 72, 8, 8, shade(skin, -0.15), flat=True)
    pen.oval(0, 90, 13, 14, hair)
    pen.oval(0, 87, 10.5, 11.5, skin)
    pen.shape("M -11.5 90 Q -6 97 2 95 Q 9 95 11.5 89 Q 12 104 0 104 Q -12 104 -11.5 90 Z", hair)
    _draw_face(pen, paints, 87)
    pen.shape("M -12 76 Q 0 70 12 76 L 11 81 Q 0 76 -11 81 Z", paints.on("#f4c84a"))
    pen.shape("M 5 76 L 10 56 L 16 58 L 12 77 Z", paints.on("#f4c84a"))


def draw_woman(pen: Pen, paints: Paints) -> None:
    """Draw a woman with long hair in a long dress, from the front."""
    dress, skin, hair = paints.own("#3f7fb8"), paints.skin, paints.hair
    for side in (-1, 1):
        pen.shape(
            f"M {side * 3} 0 L {side * 3} 12 L {side * 9} 12 L {side * 12} 3 L {side * 12} 0 Z", paints.on(_BOOT_COLOUR)
        )
    pen.shape("M -15 98 Q -19 70 -15 60 L 15 60 Q 19 70 15 98 Q 0 112 -15 98 Z", shade(hair, -0.15))
    for side in (-1, 1):
        pen.shape(
            f"M {side * 11} 72 Q {side * 23} 62 {side * 22} 40 L {side * 16} 38 Q {side * 16} 54 {side * 8} 60 Z",
            shade(dress, -0.1),
        )
        pen.dot(side * 19, 38, 3.6, skin)
    pen.shape("M -11 73 Q 0 78 11 73 Q 12 62 9 54 Q 24 28 26 9 Q 0 3 -26 9 Q -24 28 -9 54 Q -12 62 -11 73 Z", dress)
    pen.shape("M -10 56 Q 0 52 10 56 L 9 51 Q 0 48 -9 51 Z", paints.on("#f4d27a"), flat=True)
    pen.stroke("M -24 14 Q 0 8 24 14", shade(dress, 0.4), 1.6)
    pen.box(-3.4, 71, 6.8, 8, shade(skin, -0.15), flat=True)
    pen.oval(0, 87, 10.5, 11.5, skin)
    pen.shape("M -12.5 84 Q -14 104 0 104 Q 14 104 12.5 84 Q 10 96 -2 97 Q -10 94 -12.5 84 Z", hair)
    _draw_face(pen, paints, 87)


def draw_astronaut(pen: Pen, paints: Paints) -> None:
    suit, trim = paints.own("#f2f4f8"), paints.on("#e8683a")
    pen.box(-22, 34, 44, 44, shade(suit, -0.3), round=6)
    for side in (-1, 1):
        pen.shape(f"M {side * 3} 36 L {side * 5} 6 L {side * 19} 6 L {side * 19} 38 Z", suit)
        pen.box(side * 12 - 9, 0, 18, 9, shade(suit, -0.35), round=4)
        pen.shape(
            f"M {side * 16} 68 Q {side * 34} 62 {side * 34} 40 L {side * 24} 37 Q {side * 24} 50 {side * 15} 54 Z", suit
        )
        pen.dot(side * 29, 37, 6, shade(suit, -0.25))
        pen.stroke(f"M {side * 25} 46 L {side * 34} 48", trim, 2)
        pen.stroke(f"M {side * 5} 20 L {side * 19} 20", trim, 2)
    pen.box(-20, 32, 40, 40, suit, round=9)
    pen.box(-11, 42, 22, 15, paints.on("#5a6478"), round=3)
    for x, colour in ((-6, "#ff5a4a"), (0, "#ffd23f"), (6, "#5ad07a")):
        pen.dot(x, 52, 2.2, paints.on(colour))
    pen.oval(0, 84, 21, 20, suit)
    pen.oval(0, 83, 16, 14, paints.on("#1c2a4a"))
    pen.shape("M -13 88 Q -8 98 4 96 Q -6 92 -9 80 Q -14 82 -13 88 Z", (190, 220, 255), flat=True, alpha=0.8)
    pen.dot(7, 78, 2, mix(paints.light.accent, (255, 255, 255), 0.4))


def draw_robot(pen: Pen, paints: Paints) -> None:
    metal, dark = paints.own("#9fb4c6"), paints.on("#36404e")
    for side in (-1, 1):
        pen.box(side * 12 - 5, 4, 10, 28, dark, round=3)
        pen.box(side * 13 - 10, 0, 20, 9, metal, round=3)
        pen.stroke(f"M {side * 25} 58 Q {side * 40} 52 {side * 36} 34", dark, 6)
        pen.dot(side * 36, 31, 6.4, metal)
        pen.dot(side * 25, 58, 6, metal)
        pen.box(side * 25 - 3, 76, 6, 14, dark, round=2)
    pen.box(-24, 26, 48, 40, metal, round=8)
    pen.box(-15, 34, 30, 21, dark, round=4)
    pen.stroke("M -11 44 L -5 44 L -1 50 L 3 38 L 6 44 L 11 44", mix(paints.light.accent, (120, 255, 220), 0.5), 1.8)
    pen.box(-5, 65, 10, 6, dark, flat=True)
    pen.box(-23, 69, 46, 30, metal, round=9)
    pen.box(-17, 74, 34, 17, dark, round=7)
    glow = (130, 240, 255)
    for x in (-8, 8):
        pen.dot(x, 83, 4.4, glow)
        pen.glow(x, 83, 13, glow, alpha=0.8)
    pen.stroke("M 0 99 L 0 107", dark, 2)
    pen.dot(0, 108, 3.4, paints.on("#ff5a4a"))
    pen.glow(0, 108, 12, (255, 100, 80), alpha=0.7)


def draw_wizard(pen: Pen, paints: Paints) -> None:
    robe, beard = paints.own("#4a3fa0"), paints.on("#f2efe8")
    pen.stroke("M 30 0 L 27 84", paints.on("#7a5434"), 3.4)
    pen.glow(27, 89, 34, (150, 230, 255), alpha=0.9)
    pen.dot(27, 89, 6, (200, 245, 255))
    pen.shape("M -26 0 Q -20 40 -13 58 L 13 58 Q 20 40 26 0 Q 0 -5 -26 0 Z", robe)
    pen.shape("M 10 56 Q 22 54 31 46 L 27 38 Q 16 42 10 40 Z", shade(robe, -0.12))
    pen.dot(28, 42, 3.6, paints.skin)
    pen.shape("M -12 56 Q -24 44 -18 24 L -10 26 Z", shade(robe, -0.2))
    pen.oval(0, 65, 11, 11, paints.skin)
    pen.shape("M -11 64 Q -16 40 0 24 Q 16 40 11 64 Q 5 57 0 59 Q -5 57 -11 64 Z", beard)
    _draw_face(pen, paints, 67, smile=False)
    pen.shape("M -22 70 Q 0 78 22 70 Q 12 80 8 90 Q 4 104 -8 112 Q -6 100 -9 88 Q -12 78 -22 70 Z", robe)
    pen.shape("M -14 74 Q 0 80 14 74 L 12 79 Q 0 84 -12 79 Z", paints.on("#e8b840"), flat=True)
    for x, y, size in ((-12, 20, 2.2), (8, 14, 1.8), (14, 28, 1.6), (-4, 92, 2), (0, 10, 1.6), (-16, 8, 1.6)):
        pen.dot(x, y, size, paints.on("#ffe27a"))


def draw_knight(pen: Pen, paints: Paints) -> None:
    steel, cloth = paints.on("#a8b2c0"), paints.own("#c03a3a")
    pen.shape("M -18 70 Q -34 30 -28 6 L 26 6 Q 30 40 18 70 Z", shade(cloth, -0.3))
    _draw_legs(pen, steel, shade(steel, -0.3), top=40, width=10)
    pen.shape("M -17 30 L -16 70 Q 0 76 16 70 L 17 30 Q 0 24 -17 30 Z", cloth)
    pen.stroke("M 0 72 L 0 30 M -16 50 L 16 50", paints.on("#f0c44a"), 3)
    for side in (-1, 1):
        pen.oval(side * 18, 67, 9, 8, steel)
        pen.stroke(f"M {side * 20} 62 Q {side * 27} 50 {side * 25} 40", steel, 7)
    pen.stroke("M 26 14 L 26 96", shade(steel, 0.35), 3.6)
    pen.stroke("M 18 40 L 34 40 M 26 40 L 26 32", paints.on("#e0b040"), 3.4)
    pen.shape("M -40 60 L -12 60 Q -12 32 -26 22 Q -40 32 -40 60 Z", shade(cloth, 0.1))
    pen.stroke("M -26 56 L -26 28 M -37 48 L -15 48", paints.on("#f0c44a"), 2.4)
    pen.shape("M -12 74 Q -15 102 0 102 Q 15 102 12 74 Q 0 70 -12 74 Z", steel)
    pen.box(-9, 86, 18, 4, BLACK, round=2, flat=True)
    pen.stroke("M 0 84 L 0 75 M -5 82 L -5 77 M 5 82 L 5 77", shade(steel, -0.5), 1.2)
    pen.shape("M 0 101 Q -6 118 -24 112 Q -12 108 -4 100 Z", cloth)


def draw_snowman(pen: Pen, paints: Paints) -> None:
    snow, scarf = paints.on("#f8fbff"), paints.own("#d83c44")
    for side in (-1, 1):
        pen.stroke(
            f"M {side * 18} 52 L {side * 42} 66 M {side * 35} 62 L {side * 42} 58 M {side * 35} 62 L {side * 36} 70",
            paints.on("#6a4a34"),
            2.6,
        )
    for y, radius in ((22, 25), (53, 19), (79, 14)):
        pen.oval(0, y, radius, radius * 0.96, snow)
    for y in (16, 28, 47, 57):
        pen.dot(0, y, 2.2, paints.on("#2a2a32"))
    pen.shape("M -15 69 Q 0 61 15 69 L 14 74 Q 0 67 -14 74 Z", scarf)
    pen.shape("M 7 68 L 12 46 L 20 49 L 14 70 Z", shade(scarf, -0.1))
    _draw_face(pen, paints, 82, smile=False)
    pen.shape("M 0 79 L 17 76 L 0 75 Z", paints.on("#f28a2c"))
    for x in (-5, -2, 2, 5):
        pen.dot(x, 72 + abs(x) * 0.4, 0.9, paints.on("#2a2a32"))
    pen.box(-17, 90, 34, 4, paints.on("#2c2c38"), round=2)
    pen.box(-11, 92, 22, 17, paints.on("#2c2c38"), round=2)
    pen.box(-11, 94, 22, 4, scarf, flat=True)


def draw_ghost(pen: Pen, paints: Paints) -> None:
    cloth = paints.own("#f4f6ff")
    pen.glow(0, 54, 62, cloth, alpha=0.35)
    pen.shape(
        "M -30 8 Q -34 100 0 100 Q 34 100 30 8 Q 24 0 18 9 Q 12 18 6 8 Q 0 0 -6 8 Q -12 18 -18 9 Q -24 0 -30 8 Z",
        cloth,
        alpha=0.93,
    )
    for side in (-1, 1):
        pen.oval(side * 32, 48, 8, 12, cloth, turn=side * 40)
        pen.oval(side * 10, 68, 4.4, 6.4, paints.on("#2a2838"), flat=True)
        pen.dot(side * 17, 58, 4, paints.on("#f8b0c0"), alpha=0.8)
    pen.oval(0, 52, 4.4, 5.4, paints.on("#2a2838"), flat=True)


def draw_alien(pen: Pen, paints: Paints) -> None:
    skin = paints.own("#7fd06a")
    _draw_legs(pen, paints.on("#6a6f90"), shade(skin, -0.3), top=36, width=7)
    pen.shape("M -13 32 L -11 58 L 11 58 L 13 32 Z", paints.on("#8a90b8"))
    for side in (-1, 1):
        pen.stroke(f"M {side * 11} 54 Q {side * 26} 50 {side * 26} 32", skin, 5)
        angle = math.radians(90 - side * 22)
        tip = (math.cos(angle) * 18 + side * 2, 94 + math.sin(angle) * 16)
        pen.stroke(f"M {side * 8} 94 L {tip[0]:.1f} {tip[1]:.1f}", skin, 2)
        pen.dot(*tip, 3.2, shade(skin, 0.4))
    pen.shape("M 0 56 Q -16 60 -25 78 Q -26 100 0 102 Q 26 100 25 78 Q 16 60 0 56 Z", skin)
    for side in (-1, 1):
        pen.oval(side * 11, 79, 7, 10.5, BLACK, flat=True, turn=side * 26)
        pen.oval(side * 9, 83, 2, 3.2, (255, 255, 255), flat=True, turn=side * 26)
    pen.stroke("M -5 64 Q 0 61 5 64", shade(skin, -0.6), 1.3)
