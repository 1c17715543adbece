"""Watercraft, aircraft and spacecraft."""

from studio.scene.colour import BLACK, mix, shade
from studio.scene.pen import Pen
from studio.scene.subjects.palette import Paints


def draw_boat(pen: Pen, paints: Paints) -> None:
    """Draw a sailing boat; the requested colour is that of the mainsail."""
    hull, sail = paints.on("#7a4630"), paints.own("#fdf6e6")
    pen.stroke("M 0 6 L 0 100", paints.on("#4a3228"), 2)
    pen.shape("M 4 96 Q 42 56 46 20 Q 24 15 4 17 Z", sail)
    pen.shape(
        "M -4 90 Q -28 52 -34 22 Q -18 16 -4 18 Z", mix(sail, paints.trim() if paints.requested is None else sail, 0.75)
    )
    pen.stroke("M 4 58 Q 24 55 36 54 M 4 36 Q 26 33 43 33", shade(sail, -0.14), 0.9)
    pen.shape("M 0 100 L 14 96 L 0 92 Z", paints.on("#e8483c"), flat=True)
    pen.shape("M -46 14 L 56 14 Q 50 -2 40 -5 L -34 -5 Q -42 0 -46 14 Z", hull)
    pen.shape("M -46 14 L 56 14 L 54 9 L -45 9 Z", paints.on("#f6ead0"), flat=True)
    pen.stroke("M -60 -5 Q -30 -9 0 -5 Q 30 -9 66 -5", paints.on("#f2fbff"), 2, alpha=0.65)


def draw_ship(pen: Pen, paints: Paints) -> None:
    """Draw a three-masted galleon."""
    hull, sail = paints.on("#6f4430"), paints.own("#f8eed8")
    for x, top in ((-38, 84), (4, 100), (42, 80)):
        pen.stroke(f"M {x} 12 L {x} {top}", paints.on("#4a3024"), 2.4)
        for low, high, half in ((24, top * 0.56, 20), (top * 0.6, top * 0.88, 14)):
            pen.shape(f"M {x - half * 0.86} {high} L {x + half * 0.86} {high} Q "
                f"{x + half * 1.36} {(low + high) / 2} {x + half} {low} "
                      f"Q {x} {low + 5} {x - half} {low} Q {x - half * 0.5} "
                          f"{(low + high) / 2} {x - half * 0.86} {high} Z", sail)  # fmt: skip
        pen.shape(f"M {x} {top + 1} L {x + 12} {top - 3} L {x} {top - 6} Z", paints.on("#d83c3c"), flat=True)
    pen.stroke("M 66 20 L 92 36 M 88 34 L 42 76", paints.on("#4a3024"), 1.4)
    pen.shape("M -76 34 L -56 32 L -54 20 L 56 18 L 74 24 Q 70 4 54 -5 L -52 -5 Q -70 4 -76 34 Z", hull)
    pen.shape(
        "M -74 27 L -55 25 L -54 20 L 56 18 L 74 24 L 73 19 L 56 13 L -54 14 L -74 22 Z",
        paints.on("#d8a84a"),
        flat=True,
    )
    for x in range(-44, 56, 16):
        pen.box(x, 3, 6, 5, paints.glass if paints.dark else BLACK, flat=True)
    pen.stroke("M -84 -5 Q -40 -10 0 -5 Q 40 -10 84 -5", paints.on("#f2fbff"), 2.4, alpha=0.65)


def draw_submarine(pen: Pen, paints: Paints) -> None:
    hull = paints.own("#f4c02c")
    pen.stroke("M 4 78 L 4 98 L 16 98", shade(hull, -0.3), 4)
    pen.shape("M -22 66 L -18 84 L 20 84 L 26 66 Z", hull)
    pen.shape("M -78 40 L -98 62 L -98 14 Z", shade(hull, -0.2))
    pen.oval(0, 40, 84, 30, hull)
    pen.shape("M -84 38 Q 0 30 84 38 Q 78 10 0 10 Q -78 10 -84 38 Z", shade(hull, -0.18), flat=True, alpha=0.5)
    for x in (-36, 0, 36):
        pen.dot(x, 44, 12, paints.on("#8a6a2c"))
        pen.dot(x, 44, 9, paints.lamp)
        pen.dot(x - 3, 47, 2.6, (255, 255, 255))
    pen.glow(82, 40, 36, paints.lamp, alpha=0.8)
    for x, y, size in ((-106, 54, 3), (-114, 66, 4.4), (-108, 80, 3.4)):
        pen.ring(x, y, size, (255, 255, 255), 1)


def draw_balloon(pen: Pen, paints: Paints) -> None:
    cloth = paints.own("#e8533f")
    pale = paints.on("#fff0cc")
    pen.shape("M -6 24 Q -44 46 -42 70 Q -38 104 0 104 Q 38 104 42 70 Q 44 46 6 24 Z", cloth)
    pen.shape("M -4 24 Q -30 46 -28 70 Q -25 100 0 104 Q -12 98 -13 70 Q -14 46 -1.4 24 Z", pale)
    pen.shape("M 4 24 Q 30 46 28 70 Q 25 100 0 104 Q 12 98 13 70 Q 14 46 1.4 24 Z", pale)
    pen.shape("M -40 60 Q 0 48 40 60 L 41 68 Q 0 57 -41 68 Z", shade(cloth, -0.25), flat=True)
    pen.oval(-20, 84, 6, 12, (255, 255, 255), turn=-24, alpha=0.3)
    pen.stroke("M -6 24 L -6 12 M 6 24 L 6 12", paints.on("#5a4030"), 0.9)
    pen.box(-8, 1, 16, 12, paints.on("#a8703c"), round=2)
    pen.box(-9, 11, 18, 3, paints.on("#6a4228"), round=1)
    if paints.dark:
        pen.glow(0, 26, 30, (255, 190, 90), alpha=0.9)


def draw_plane(pen: Pen, paints: Paints) -> None:
    body, trim = paints.on("#f6f6f2"), paints.own("#d8473c")
    pen.shape("M -74 50 L -92 86 L -74 88 L -50 56 Z", trim)
    pen.shape("M 0 50 L -34 88 L -18 90 L 28 56 Z", shade(trim, -0.2))
    pen.shape("M -84 50 Q -30 66 60 62 Q 92 58 98 46 Q 92 34 60 32 Q -30 30 -84 50 Z", body)
    pen.shape("M -84 50 Q -20 44 97 46 Q 92 34 60 32 Q -30 30 -84 50 Z", trim, flat=True, alpha=0.85)
    for x in range(-40, 58, 12):
        pen.oval(x, 54, 2.8, 3.6, paints.glass, flat=True)
    pen.shape("M 70 60 Q 86 56 92 50 L 72 50 Z", paints.glass, flat=True)
    pen.shape("M 16 44 L -46 6 L -28 4 L 44 40 Z", trim)
    pen.shape("M -70 48 L -96 36 L -86 34 L -58 46 Z", shade(trim, -0.15))
    for y, reach in ((60, 60), (50, 90), (40, 50)):
        pen.stroke(f"M -104 {y} L {-104 - reach} {y}", (255, 255, 255), 1.2, alpha=0.4)


def draw_airship(pen: Pen, paints: Paints) -> None:
    hull = paints.own("#c8894c")
    pen.shape("M -84 60 L -110 92 L -112 60 L -110 28 Z", shade(hull, -0.25))
    pen.oval(0, 60, 96, 34, hull)
    for height in (10, 22):
        pen.stroke(f"M -94 60 Q 0 {60 + height * 2} 94 60 M -94 60 Q 0 {60 - height * 2} 94 60", shade(hull, -0.22), 1)
    pen.shape("M -34 30 L 40 30 L 30 10 L -24 10 Z", paints.on("#6a4632"))
    for x in (-20, -4, 12, 26):
        pen.box(x - 3, 16, 8, 8, paints.glass, round=1, flat=True)
    pen.stroke("M -34 30 L -42 40 M 40 30 L 48 40", paints.on("#4a3228"), 1.4)
    if paints.dark:
        pen.glow(4, 20, 44, paints.lamp, alpha=0.5)


def draw_rocket(pen: Pen, paints: Paints) -> None:
    hull, fin = paints.on("#f2f4f6"), paints.own("#e5483f")
    pen.glow(0, 0, 44, (255, 160, 60), alpha=0.9)
    for half, low, code in ((11, -34, "#ff6a1f"), (7.4, -24, "#ffae2c"), (4, -14, "#fff0a0")):
        pen.shape(
            f"M {-half} 16 Q {-half * 1.5} {low * 0.3} 0 {low} Q {half * 1.5} {low * 0.3} {half} 16 Z",
            paints.on(code),
            flat=True,
        )
    for side in (-1, 1):
        pen.shape(f"M {side * 16} 42 Q {side * 36} 30 {side * 33} 4 Q {side * 24} 14 {side * 13} 17 Z", fin)
    pen.box(-9, 10, 18, 7, paints.on("#4a4e5a"), round=2)
    pen.shape("M -16 16 Q -24 66 0 104 Q 24 66 16 16 Z", hull)
    pen.shape("M -12.6 80 Q -7 94 0 104 Q 7 94 12.6 80 Q 0 85 -12.6 80 Z", fin)
    pen.shape("M 4 16 Q 12 60 2 101 Q 24 66 16 16 Z", BLACK, flat=True, alpha=0.14)
    pen.dot(0, 62, 9, paints.on("#5a6272"))
    pen.dot(0, 62, 6.6, paints.glass)
    pen.dot(-2, 64, 2, (255, 255, 255))
    pen.shape("M -2.4 40 L 2.4 40 L 3 8 L -3 8 Z", shade(fin, -0.1))


def draw_ufo(pen: Pen, paints: Paints) -> None:
    metal = paints.own("#a8b4c4")
    for number in range(7):
        low, half = 26 - number * 13, 36 + number * 5.4
        pen.shape(f"M {-half + 5.4} {low + 13} L {-half} {low} L {half} {low} L {half - 5.4} {low + 13} Z",
                  (190, 255, 220), flat=True, alpha=0.3 - number * 0.042)  # fmt: skip
    pen.shape("M -30 58 Q -30 98 0 98 Q 30 98 30 58 Z", mix(paints.glass, (150, 240, 220), 0.6), alpha=0.9)
    pen.oval(0, 70, 9, 11, paints.on("#7ac86a"))
    for x in (-3.6, 3.6):
        pen.oval(x, 72, 2.2, 3.4, BLACK, flat=True, turn=x * 4)
    pen.oval(-12, 82, 5, 9, (255, 255, 255), turn=-24, alpha=0.5)
    pen.oval(0, 46, 78, 17, metal)
    pen.oval(0, 53, 46, 9, shade(metal, 0.3))
    pen.oval(0, 36, 32, 7, shade(metal, -0.4))
    for x, y in ((-58, 46), (-36, 38), (-12, 34), (12, 34), (36, 38), (58, 46)):
        pen.dot(x, y + 2, 4, (255, 240, 150))
        pen.glow(x, y + 2, 15, (255, 230, 120), alpha=0.8)


def draw_satellite(pen: Pen, paints: Paints) -> None:
    panel, gold = paints.own("#2f5fb8"), paints.on("#e8b84a")
    pen.stroke("M -70 50 L 70 50", paints.on("#b8bcc6"), 3)
    for side in (-1, 1):
        for row in range(2):
            for column in range(3):
                left = side * (30 + column * 17) - (15 if side < 0 else 0)
                pen.box(left, 34 + row * 17, 15, 15, panel, flat=True)
                pen.stroke(f"M {left} {34 + row * 17} L {left + 15} {49 + row * 17}", shade(panel, 0.4), 0.8)
    pen.box(-15, 28, 30, 44, gold, round=3)
    pen.stroke("M -15 43 L 15 43 M -15 57 L 15 57", shade(gold, -0.3), 1.2)
    pen.shape("M -18 72 Q 0 100 18 72 Q 0 80 -18 72 Z", paints.on("#eceff4"))
    pen.stroke("M 0 78 L 0 100", paints.on("#8a8e9a"), 1.6)
    pen.dot(0, 101, 3, paints.on("#ff5a4a"))


def draw_canoe(pen: Pen, paints: Paints) -> None:
    """Draw an open canoe with its paddle across."""
    hull = paints.own("#b5532c")
    inside = shade(hull, -0.45)
    pen.shape("M -120 62 Q -104 44 -96 36 Q 0 46 96 36 Q 104 44 120 62 Q 60 40 0 40 Q -60 40 -120 62 Z", inside)
    pen.stroke("M -58 92 L 34 28", paints.on("#d8b070"), 4)
    pen.oval(-64, 96, 16, 7, paints.on("#e8c488"), turn=-35)
    pen.shape("M -120 62 Q -112 8 -72 0 L 72 0 Q 112 8 120 62 Q 100 34 0 34 Q -100 34 -120 62 Z", hull)
    pen.stroke("M -120 61 Q -100 34 0 34 Q 100 34 120 61", paints.on("#f0d8a8"), 3)
    pen.stroke("M -104 22 Q 0 8 104 22", shade(hull, -0.22), 1.6)
    for x in (-40, 40):
        pen.stroke(f"M {x} 35 L {x} 42", paints.on("#e0c088"), 4)
    pen.stroke("M -136 0 Q -70 -5 0 0 Q 70 -5 138 0", paints.on("#f2fbff"), 2.6, alpha=0.65)


def draw_party_balloon(pen: Pen, paints: Paints) -> None:
    """Draw a toy balloon on a string."""
    skin = paints.own("#e8384a")
    pen.stroke("M 0 32 C 10 22 -9 12 2 -16", paints.on("#f0ece2"), 1.2)
    pen.shape("M -5 32 L 5 32 L 0 40 Z", shade(skin, -0.2))
    pen.shape("M 0 37 C -14 44 -33 58 -33 76 C -33 96 -17 106 0 106 C 17 106 33 96 33 76 C 33 58 14 44 0 37 Z", skin)
    pen.oval(-14, 88, 6, 11, (255, 255, 255), turn=24, alpha=0.55)
    pen.oval(18, 62, 5, 12, shade(skin, 0.3), turn=-28, alpha=0.3)
