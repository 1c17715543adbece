"""Winged animals: birds, insects and dragons."""

from studio.scene.colour import BLACK, Colour, mix, shade
from studio.scene.pen import Pen
from studio.scene.subjects.palette import Paints


def draw_bird(pen: Pen, paints: Paints) -> None:
    """Draw a gull with spread wings."""
    body = paints.own("#f4f4f2")
    tip = shade(body, -0.6)
    pen.shape("M 6 52 Q -16 84 -70 92 Q -44 78 -30 56 Q -18 44 2 42 Z", shade(body, -0.12))
    pen.shape("M -70 92 Q -52 86 -44 78 L -50 88 Z", tip)
    pen.shape("M -40 34 Q -58 36 -66 28 Q -52 26 -36 28 Z", shade(body, -0.1))
    pen.shape("M -44 32 Q -10 24 20 34 Q 40 42 44 52 Q 38 62 26 60 Q -4 56 -44 32 Z", body)
    pen.shape("M 2 50 Q 20 88 76 96 Q 48 76 38 56 Q 26 42 6 44 Z", body)
    pen.shape("M 76 96 Q 56 90 48 80 L 58 86 Z", tip)
    pen.shape("M 43 54 Q 52 54 58 48 Q 50 46 42 49 Z", paints.on("#f2a030"))
    pen.dot(36, 55, 2, BLACK)


def draw_eagle(pen: Pen, paints: Paints) -> None:
    feather = paints.own("#6a4a30")
    white, gold = paints.on("#fbf8f0"), paints.on("#f2b030")
    for side in (-1, 1):
        pen.shape(f"M {side * 8} 58 Q {side * 40} 96 {side * 96} 92 L {side * 88} 82 L {side * 98} 78 L {side * 84} 70 "
                  f"L {side * 92} 64 L {side * 74} 58 L {side * 78} 50 Q {side * 40} 44 {side * 8} 34 Z",
                  shade(feather, -0.1 if side < 0 else 0.0))  # fmt: skip
        pen.stroke(
            f"M {side * 20} 56 Q {side * 46} 76 {side * 76} 78 M {side * 20} 48 Q {side * 44} 60 {side * 66} 62",
            shade(feather, 0.25),
            1.8,
        )
    pen.shape("M -10 22 L -18 0 L -6 5 L 0 -2 L 6 5 L 18 0 L 10 22 Z", white)
    pen.shape("M -14 60 Q -18 34 0 16 Q 18 34 14 60 Z", feather)
    pen.oval(0, 66, 11, 13, white)
    pen.shape("M -4 64 Q 0 68 4 64 Q 3 54 0 52 Q -3 54 -4 64 Z", gold)
    for x in (-5, 5):
        pen.dot(x, 69, 1.8, BLACK)
        pen.stroke(f"M {x} 24 L {x} 14", gold, 3)


def draw_parrot(pen: Pen, paints: Paints) -> None:
    body = paints.own("#e23b3b")
    pen.stroke("M -50 18 Q 0 12 50 20", paints.on("#6a4c34"), 6)
    for x, colour in ((-14, "#2c7be0"), (-8, "#f4c430"), (-2, "#2fa860")):
        pen.shape(f"M {x} 30 Q {x - 12} 6 {x - 20} -14 Q {x - 4} 0 {x + 6} 28 Z", paints.on(colour))
    pen.shape("M -16 28 Q -22 62 -8 84 Q 4 102 24 94 Q 34 84 28 68 Q 30 34 8 20 Q -8 16 -16 28 Z", body)
    pen.shape("M -14 58 Q -34 34 -20 4 Q -2 20 8 46 Q 4 62 -14 58 Z", paints.on("#2c7be0"))
    pen.shape("M -14 58 Q -22 44 -18 34 Q -4 40 6 50 Q 2 60 -14 58 Z", paints.on("#f4c430"), flat=True)
    pen.dot(14, 83, 8, (252, 250, 244))
    pen.dot(16, 83, 3, BLACK)
    pen.shape("M 24 90 Q 42 88 38 68 Q 30 72 24 74 Z", paints.on("#33303a"))
    pen.stroke("M 0 21 L 0 13 M 8 20 L 8 13", paints.on("#c8a060"), 3)


def draw_butterfly(pen: Pen, paints: Paints) -> None:
    wing = paints.own("#f08a2c")
    dark, spot = paints.on("#2a2028"), paints.on("#fff6e0")
    for side in (-1, 1):
        pen.shape(f"M 0 52 C {side * 16} 96 {side * 62} 108 {side * 66} 80 Q {side * 66} 56 {side * 2} 48 Z", dark)
        pen.shape(f"M 0 50 C {side * 40} 52 {side * 56} 30 {side * 44} 12 Q {side * 28} -2 0 44 Z", dark)
        pen.shape(
            f"M {side * 4} 54 C {side * 20} 88 {side * 54} 98 {side * 58} 80 Q {side * 56} 62 {side * 4} 52 Z", wing
        )
        pen.shape(
            f"M {side * 3} 47 C {side * 36} 50 {side * 48} 32 {side * 39} 17 Q {side * 26} 8 {side * 3} 44 Z",
            shade(wing, 0.12),
        )
        pen.stroke(f"M {side * 4} 54 Q {side * 26} 68 {side * 48} 88 M {side * 6} 54 Q {side * 30} 62 {side * 54} 70 "
                   f"M {side * 5} 46 Q {side * 22} 36 {side * 34} 20", dark, 1.7)  # fmt: skip
        for x, y, size in ((59, 88, 2.2), (62, 78, 2), (52, 95, 2), (44, 17, 2), (40, 10, 1.7)):
            pen.dot(side * x, y, size, spot)
        pen.stroke(f"M 0 68 Q {side * 6} 84 {side * 14} 92", dark, 1.4)
        pen.dot(side * 14, 92, 2, dark)
    pen.shape("M 0 74 Q 6 66 3.4 46 Q 3 26 0 18 Q -3 26 -3.4 46 Q -6 66 0 74 Z", dark)


def draw_bee(pen: Pen, paints: Paints) -> None:
    body, dark = paints.own("#f8c22c"), paints.on("#2a2228")
    for x, turn in ((-8, -24), (14, 16)):
        pen.oval(x, 82, 14, 24, paints.on("#eaf6ff"), turn=turn, alpha=0.8)
    pen.shape("M -52 46 L -66 42 L -52 40 Z", dark)
    pen.oval(-8, 44, 46, 28, body)
    pen.clip("M -54 44 Q -50 72 -8 72 Q 38 72 38 44 Q 38 16 -8 16 Q -50 16 -54 44 Z")
    for x in (-36, -14, 8):
        pen.box(x, 10, 11, 70, dark, flat=True)
    pen.release()
    pen.oval(40, 50, 22, 21, body)
    pen.stroke("M 46 68 Q 50 82 60 84 M 38 70 Q 38 84 46 90", dark, 2.2)
    pen.dot(48, 54, 5.4, BLACK)
    pen.dot(50, 56, 1.9, (255, 255, 255))
    pen.stroke("M 48 40 Q 54 38 58 43", dark, 1.8)
    pen.dot(40, 43, 3.6, paints.on("#f08a70"), alpha=0.7)


def _draw_dragon_wing(pen: Pen, colour: Colour, *, forward: bool) -> None:
    if forward:
        pen.shape("M 6 52 Q 6 92 34 112 Q 36 100 44 96 Q 42 84 50 78 Q 44 66 40 52 Z", colour)
        pen.stroke("M 10 54 Q 14 92 34 112 M 14 54 Q 24 84 44 96 M 20 53 Q 34 74 50 78", shade(colour, -0.35), 1.6)
        return
    pen.shape("M 2 54 Q -12 96 -62 108 Q -58 94 -66 86 Q -52 82 -54 70 Q -40 70 -36 56 Q -20 58 -12 46 Z", colour)
    pen.stroke(
        "M 0 54 Q -18 92 -62 108 M -2 52 Q -30 80 -66 86 M -4 50 Q -30 66 -54 70 M -6 48 Q -24 56 -36 56",
        shade(colour, -0.35),
        1.8,
    )


def draw_dragon(pen: Pen, paints: Paints) -> None:
    skin = paints.own("#3f8a5c")
    belly, membrane = mix(skin, paints.on("#f8e0a0"), 0.65), mix(skin, paints.on("#e8703a"), 0.62)
    _draw_dragon_wing(pen, shade(membrane, -0.3), forward=True)
    pen.stroke("M -22 40 C -48 30 -64 16 -82 26 Q -94 34 -92 44", skin, 8)
    pen.shape("M -92 42 L -104 56 L -92 52 L -82 58 Z", membrane)
    pen.shape(
        "M -34 38 Q -18 58 14 56 Q 34 58 44 72 Q 48 84 58 88 L 66 78 Q 62 62 50 50 Q 34 32 6 28 Q -20 24 -34 38 Z", skin
    )
    pen.shape("M -24 36 Q 8 28 30 40 Q 48 52 58 74 Q 62 66 50 50 Q 34 32 6 28 Q -12 26 -24 36 Z", belly, flat=True)
    for x in (-14, 10):
        pen.shape(
            f"M {x - 8} 36 Q {x - 14} 20 {x - 6} 12 L {x + 8} 10 Q {x + 4} 16 {x + 1} 18 Q {x + 10} 26 {x + 8} 36 Z",
            shade(skin, -0.12),
        )
        pen.stroke(f"M {x + 6} 11 L {x + 10} 7 M {x} 12 L {x + 2} 7", paints.on("#f4ecd0"), 2.2)
    pen.shape("M 50 84 Q 52 100 66 99 L 90 92 Q 98 88 95 82 L 78 79 Q 62 74 52 78 Z", skin)
    pen.shape("M 60 80 Q 76 80 92 78 Q 90 72 78 71 Q 64 70 58 76 Z", shade(skin, -0.1))
    pen.shape("M 58 97 Q 48 108 36 108 Q 46 100 50 90 Z M 66 98 Q 60 110 50 116 Q 56 104 58 96 Z", paints.on("#f2e6c0"))
    for x, y in ((-24, 44), (-10, 53), (4, 57), (18, 58), (32, 63), (42, 74)):
        pen.shape(f"M {x - 5} {y - 3} L {x - 4} {y + 9} L {x + 5} {y - 1} Z", membrane, flat=True)
    pen.shape("M 68 92 Q 74 95 78 91 Q 73 88 68 92 Z", paints.on("#ffe14a"), flat=True)
    pen.stroke("M 73 94 L 73 89", BLACK, 1.6)
    pen.dot(91, 88, 1.3, BLACK)
    _draw_dragon_wing(pen, membrane, forward=False)
    for reach, code, size in ((108, "#ff6a1f", 15), (120, "#ff9a2c", 12), (114, "#ffd84a", 8)):
        pen.shape(
            f"M 94 80 Q {reach} {80 + size} {reach + 24} 76 Q {reach} {76 - size} 94 76 Z",
            paints.on(code),
            flat=True,
            alpha=0.9,
        )
    pen.glow(116, 78, 40, (255, 160, 60), alpha=0.7)


def draw_crow(pen: Pen, paints: Paints) -> None:
    """Draw a raven on a dead branch."""
    body = paints.own("#23232e")
    gloss = mix(body, paints.on("#5a6aa8"), 0.4)
    pen.stroke("M -70 6 Q -10 14 66 4 M 30 9 Q 48 20 64 24 M -40 8 Q -52 -4 -60 -8", paints.on("#5a4436"), 5)
    pen.shape("M -30 30 L -82 8 L -76 18 L -86 20 L -70 28 Q -50 44 -26 46 Z", shade(body, -0.1))
    pen.shape("M -36 36 Q -26 70 8 78 Q 18 100 38 98 Q 54 96 54 80 Q 54 74 48 70 Q 40 20 4 18 Q -24 18 -36 36 Z", body)
    pen.shape("M 14 66 Q -14 66 -34 40 Q -50 30 -62 22 Q -30 18 -4 28 Q 20 40 14 66 Z", gloss)
    pen.stroke("M -48 27 Q -20 30 -2 44 M -36 24 Q -10 28 6 42", shade(body, 0.2), 1.4)
    pen.shape("M 50 88 Q 68 88 82 74 Q 66 74 50 76 Z", paints.on("#3a3a44"))
    pen.stroke("M 52 80 L 74 77", BLACK, 1)
    pen.dot(42, 86, 4, (244, 236, 210))
    pen.dot(43, 86, 2.4, BLACK)
    pen.stroke(
        "M 4 20 L 2 8 M 16 22 L 18 8 M 2 8 L -5 6 M 2 8 L 8 6 M 18 8 L 12 6 M 18 8 L 24 6", paints.on("#4a4a54"), 2.6
    )
