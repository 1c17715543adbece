"""Large standing animals in side view, facing right."""

from studio.scene.colour import BLACK, Colour, mix, shade
from studio.scene.pen import Pen
from studio.scene.subjects.palette import Paints

_HOOF_COLOUR = "#3a3034"


def _draw_legs(
    pen: Pen, colour: Colour, xs: tuple[float, ...], *, top: float, width: float, hoof: Colour | None = None
) -> None:
    """Draw legs at `xs`, ordered from far to near; the far legs are darker."""
    for number, x in enumerate(xs):
        leg = shade(colour, -0.28) if number < len(xs) / 2 else shade(colour, -0.06)
        pen.shape(f"M {x - width * 0.62} {top} Q {x - width * 0.4} "
            f"{top * 0.5} {x - width * 0.4} 0 L {x + width * 0.5} 0 "
                  f"Q {x + width * 0.4} {top * 0.5} {x + width * 0.7} {top} Z", leg)  # fmt: skip
        if hoof:
            pen.box(x - width * 0.45, 0, width, 5, hoof, round=1.4, flat=True)


def _draw_eye(pen: Pen, x: float, y: float, size: float = 1.9) -> None:
    pen.dot(x, y, size, BLACK)
    pen.dot(x + size * 0.3, y + size * 0.35, size * 0.35, (255, 255, 255))


def _draw_equine(pen: Pen, paints: Paints, coat: Colour, mane: Colour) -> None:
    _draw_legs(pen, coat, (-22, 20, -28, 26), top=40, width=8, hoof=paints.on(_HOOF_COLOUR))
    pen.shape("M -34 58 Q -58 56 -54 18 Q -46 34 -36 40 Z", mane)
    pen.shape("M -36 54 Q -34 64 -14 61 Q 6 58 20 64 Q 28 72 34 88 L 46 94 Q 48 84 44 76 Q 40 60 34 44 Q 30 34 20 34 "
              "Q -8 30 -26 34 Q -38 38 -36 54 Z", coat)  # fmt: skip
    pen.shape("M 33 84 Q 36 98 46 96 Q 60 88 68 74 Q 66 66 58 68 Q 48 72 42 76 Z", coat)
    pen.shape("M 60 78 Q 70 76 68 70 Q 64 65 57 68 Z", shade(coat, -0.25))
    pen.shape("M 40 94 L 40 104 L 46 96 Z", coat)
    pen.shape("M 18 62 Q 22 84 36 100 Q 40 98 44 95 Q 36 84 36 72 Q 28 60 18 62 Z", mane)
    _draw_eye(pen, 49, 87)


def draw_horse(pen: Pen, paints: Paints) -> None:
    coat = paints.own("#8a5534")
    _draw_equine(pen, paints, coat, shade(coat, -0.55))


def draw_unicorn(pen: Pen, paints: Paints) -> None:
    _draw_equine(pen, paints, paints.own("#fbf6fb"), paints.on("#e58fd0"))
    pen.shape("M 44 95 L 58 122 L 50 93 Z", paints.on("#ffd35c"))
    pen.glow(56, 118, 22, paints.on("#fff0b0"), alpha=0.8)


def draw_zebra(pen: Pen, paints: Paints) -> None:
    coat = paints.own("#f4f2ee")
    dark = paints.on("#22202a")
    _draw_equine(pen, paints, coat, dark)
    for x in (-30, -22, -14, -6, 2, 10):
        pen.shape(f"M {x} 62 Q {x + 4} 48 {x - 1} 36 L {x + 2} 35 Q {x + 9} 48 {x + 4} 62 Z", dark, flat=True)
    pen.stroke("M 30 70 L 41 66 M 33 78 L 43 74 M 26 60 L 37 54 M 50 92 L 48 80 M 56 86 L 53 74", dark, 2.6)


def draw_deer(pen: Pen, paints: Paints) -> None:
    coat = paints.own("#b5793f")
    _draw_legs(pen, coat, (-20, 17, -26, 23), top=42, width=6, hoof=paints.on(_HOOF_COLOUR))
    pen.shape("M -32 58 Q -40 60 -38 50 L -30 50 Z", paints.on("#fff4e0"))
    pen.shape("M -33 52 Q -32 62 -12 60 Q 8 58 18 62 Q 26 70 30 84 L 41 88 Q 42 76 38 66 Q 34 52 28 42 Q 22 36 10 37 "
              "Q -12 36 -24 38 Q -34 42 -33 52 Z", coat)  # fmt: skip
    pen.shape("M -24 39 Q 0 33 22 40 Q 0 44 -24 39 Z", paints.on("#fff0d8"), flat=True)
    pen.shape("M 29 80 Q 32 92 41 90 Q 52 84 59 75 Q 56 69 50 71 Q 42 73 38 74 Z", coat)
    pen.shape("M 30 86 Q 20 92 18 88 Q 22 80 32 82 Z", shade(coat, -0.1))
    pen.dot(58, 74.5, 2.6, paints.on("#2a2228"))
    for text in ("M 35 90 Q 22 104 30 120 M 28 103 Q 20 106 17 114 M 27 110 Q 34 114 38 121",
                 "M 39 90 Q 46 104 58 112 M 45 101 Q 54 100 60 104 M 50 107 Q 50 114 54 121"):  # fmt: skip
        pen.stroke(text, paints.on("#8a6a4c"), 3)
    for x, y in ((-22, 55), (-12, 56), (-2, 54), (8, 57), (-16, 49), (-6, 49)):
        pen.dot(x, y, 1.7, paints.on("#fff4e0"))
    _draw_eye(pen, 43, 83)


def draw_cow(pen: Pen, paints: Paints) -> None:
    coat, dark = paints.own("#f4f0e8"), paints.on("#3a3236")
    _draw_legs(pen, coat, (-26, 20, -34, 28), top=30, width=9, hoof=paints.on(_HOOF_COLOUR))
    pen.stroke("M -43 62 Q -54 50 -50 28", shade(coat, -0.2), 2.4)
    pen.oval(-50, 26, 3, 5, dark)
    pen.oval(-8, 27, 9, 6, paints.on("#f0a8a8"))
    pen.shape("M -45 60 Q -42 74 -20 72 Q 10 70 30 74 L 38 62 Q 42 40 28 32 Q 0 24 -34 30 Q -48 38 -45 60 Z", coat)
    pen.shape("M -38 70 Q -20 76 -14 64 Q -16 50 -30 52 Q -44 56 -38 70 Z M 4 72 Q 16 74 22 66 Q 16 54 4 58 Z M -20 40 "
              "Q -8 44 -6 34 Q -14 28 -24 32 Z", dark)  # fmt: skip
    pen.shape("M 26 84 Q 14 88 14 80 Q 20 76 28 78 Z M 46 84 Q 58 88 58 80 Q 52 76 44 78 Z", dark)
    pen.stroke("M 29 86 Q 26 94 32 97 M 43 86 Q 46 94 40 97", paints.on("#e8dcc0"), 3.6)
    pen.shape("M 24 82 Q 26 92 36 91 Q 46 92 48 82 Q 46 60 36 56 Q 26 60 24 82 Z", coat)
    pen.shape("M 24 82 Q 26 92 33 91 Q 34 80 28 72 Z", dark, flat=True)
    pen.oval(36, 61, 11, 7.5, paints.on("#f0b4b0"))
    for x in (32, 40):
        pen.dot(x, 61, 1.7, paints.on("#8a4a50"))
        _draw_eye(pen, x - 1 if x < 36 else x + 1, 78)


def draw_sheep(pen: Pen, paints: Paints) -> None:
    wool, face = paints.own("#f6f2e8"), paints.on("#4a4048")
    _draw_legs(pen, face, (-18, 14, -24, 22), top=28, width=6)
    for x, y, radius in (
        (-30, 50, 16),
        (-18, 64, 17),
        (0, 68, 18),
        (18, 64, 17),
        (28, 50, 16),
        (16, 38, 16),
        (0, 36, 17),
        (-18, 38, 16),
        (0, 52, 24),
    ):
        pen.oval(x, y, radius, radius, wool)
    for x, y in ((-16, 58), (2, 62), (14, 48), (-4, 44), (-24, 46)):
        pen.stroke(f"M {x - 4} {y} Q {x} {y + 5} {x + 4} {y}", shade(wool, -0.14), 1.6)
    pen.oval(44, 64, 12, 15, face, turn=16)
    pen.oval(30, 68, 8, 3.6, face, turn=-20)
    for x, y, radius in ((36, 78, 8), (44, 81, 7), (29, 74, 7)):
        pen.dot(x, y, radius, wool)
    pen.dot(47, 68, 3, (255, 255, 255))
    pen.dot(47.6, 68, 1.6, BLACK)


def draw_pig(pen: Pen, paints: Paints) -> None:
    skin = paints.own("#f4a6b0")
    _draw_legs(pen, skin, (-20, 16, -28, 24), top=24, width=9, hoof=paints.on("#a8606c"))
    pen.stroke("M -42 48 Q -54 52 -50 58 Q -44 60 -48 50 Q -52 44 -58 48", shade(skin, -0.15), 2.6)
    pen.oval(-4, 44, 40, 28, skin)
    pen.oval(34, 56, 23, 21, skin)
    for side in (-1, 1):
        pen.shape(
            f"M {34 + side * 10} 74 L {34 + side * 22} 84 Q {34 + side * 24} 70 {34 + side * 18} 64 Z",
            shade(skin, -0.12),
        )
    pen.oval(42, 52, 12, 9, shade(skin, -0.14))
    for x in (38, 46):
        pen.oval(x, 52, 2, 3.2, shade(skin, -0.6), flat=True)
    _draw_eye(pen, 30, 62, 2.6)
    _draw_eye(pen, 48, 64, 2.6)


def draw_camel(pen: Pen, paints: Paints) -> None:
    coat = paints.own("#b8804a")
    _draw_legs(pen, coat, (-22, 18, -28, 26), top=44, width=7.5, hoof=paints.on("#8a6a48"))
    pen.stroke("M -38 56 Q -46 46 -42 34", shade(coat, -0.25), 2.6)
    pen.shape("M -38 52 Q -38 62 -26 66 Q -18 88 -8 68 Q 0 64 8 70 Q 18 88 26 62 Q 32 54 40 54 Q 48 60 46 80 L 56 82 "
              "Q 58 50 44 42 Q 30 36 0 38 Q -30 36 -38 52 Z", coat)  # fmt: skip
    pen.shape("M 44 78 Q 44 92 54 92 Q 64 90 72 82 Q 72 76 64 76 Q 56 76 56 78 Z", coat)
    pen.shape("M 46 88 L 42 95 L 50 92 Z", shade(coat, -0.15))
    pen.shape("M -12 66 Q 0 72 12 67 L 14 52 Q 0 46 -14 52 Z", paints.trim())
    pen.stroke("M -13 56 L 13 56 M -13 61 L 12 61", paints.on("#ffe08a"), 1.8)
    _draw_eye(pen, 57, 86)


def draw_giraffe(pen: Pen, paints: Paints) -> None:
    coat, spot = paints.own("#f0c468"), paints.on("#a8642c")
    _draw_legs(pen, coat, (-14, 10, -18, 14), top=34, width=5, hoof=paints.on(_HOOF_COLOUR))
    pen.stroke("M -23 46 Q -30 38 -28 26", spot, 1.6)
    pen.shape(
        "M -24 44 Q -22 52 -6 54 Q 4 60 12 84 L 20 88 Q 22 66 20 48 Q 20 34 10 30 Q -8 26 -20 32 Q -26 36 -24 44 Z",
        coat,
    )
    pen.shape("M 10 82 Q 10 94 18 94 Q 28 90 34 84 Q 34 79 28 80 L 20 81 Z", coat)
    pen.stroke("M 14 93 L 13 100 M 18 93 L 19 100", coat, 1.8)
    for x in (13, 19):
        pen.dot(x, 100.5, 1.7, spot)
    pen.shape("M 11 89 Q 4 92 4 88 Q 8 85 12 86 Z", coat)
    for x, y, size in (
        (-16, 44, 4),
        (-8, 38, 4),
        (-6, 48, 3.6),
        (2, 42, 4.4),
        (10, 36, 3.6),
        (10, 48, 4),
        (12, 58, 3.2),
        (16, 66, 2.8),
        (14, 75, 2.4),
        (-16, 35, 3),
    ):
        pen.shape(f"M {x - size} {y} L {x - size * 0.3} {y + size} L {x + size} {y + size * 0.4} "
            f"L {x + size * 0.6} {y - size * 0.9} L {x - size * 0.5} {y - size * 0.8} Z",
                  spot, flat=True)  # fmt: skip
    _draw_eye(pen, 20, 89, 1.4)


def _draw_feline_body(pen: Pen, coat: Colour, pale: Colour) -> None:
    _draw_legs(pen, coat, (-26, 22, -34, 30), top=36, width=10)
    pen.stroke("M -42 54 C -62 50 -58 78 -70 76", shade(coat, -0.05), 4.4)
    pen.shape(
        "M -46 52 Q -44 66 -20 64 Q 8 60 30 66 Q 42 56 38 40 Q 30 28 6 30 Q -24 26 -40 34 Q -48 40 -46 52 Z", coat
    )
    pen.shape("M -30 33 Q 0 26 30 36 Q 4 38 -30 33 Z", pale, flat=True)


def _draw_feline_face(pen: Pen, paints: Paints, coat: Colour, pale: Colour) -> None:
    for side in (-1, 1):
        pen.dot(42 + side * 13, 87, 6, coat)
        pen.dot(42 + side * 13, 87, 3, shade(coat, -0.35))
    pen.oval(42, 72, 19, 18, coat)
    pen.oval(42, 63, 11, 8, pale)
    for x in (35, 49):
        _draw_eye(pen, x, 75, 2.4)
    pen.shape("M 37 68 Q 42 71 47 68 L 42 62.5 Z", paints.on("#8a4a44"), flat=True)
    pen.stroke("M 42 63 L 42 60 M 36 59 Q 39 56 42 60 Q 45 56 48 59", paints.on("#5a3630"), 1.1)


def draw_lion(pen: Pen, paints: Paints) -> None:
    coat = paints.own("#dda64e")
    pale, mane = mix(coat, paints.on("#fff0d4"), 0.6), paints.on("#94501f")
    _draw_feline_body(pen, coat, pale)
    pen.oval(-71, 76, 6, 4.4, mane, turn=20)
    for x, y in ((42, 98), (25, 92), (59, 92), (18, 76), (66, 76), (20, 60), (64, 60), (30, 48), (54, 48), (42, 44)):
        pen.oval(x, y, 13, 13, mane)
    pen.oval(42, 72, 26, 28, shade(mane, 0.08))
    _draw_feline_face(pen, paints, coat, pale)


def draw_tiger(pen: Pen, paints: Paints) -> None:
    coat = paints.own("#ee8a2e")
    pale, dark = paints.on("#fff3e0"), paints.on("#231c20")
    _draw_feline_body(pen, coat, pale)
    for x in (-38, -29, -20, -11, -2, 7, 16):
        pen.shape(f"M {x} 64 Q {x + 5} 52 {x + 1} 42 Q {x + 9} 52 {x + 5} 64 Z", dark, flat=True)
    pen.stroke("M -53 57 L -57 62 M -58 66 L -63 68 M -63 74 L -66 79", dark, 2.2)
    _draw_feline_face(pen, paints, coat, pale)
    pen.stroke(
        "M 38 89 L 40 83 M 46 89 L 44 83 M 24 74 L 30 73 M 25 68 L 31 68 M 60 74 L 54 73 M 59 68 L 53 68", dark, 2
    )


def draw_elephant(pen: Pen, paints: Paints) -> None:
    skin = paints.own("#93a0b2")
    _draw_legs(pen, skin, (-26, 12, -38, 24), top=38, width=15)
    pen.stroke("M -50 58 Q -58 48 -55 32", shade(skin, -0.25), 2.6)
    pen.shape("M -52 54 Q -52 88 -16 88 Q 18 90 32 72 Q 40 52 30 36 Q 0 26 -40 32 Q -52 38 -52 54 Z", skin)
    pen.shape("M 22 68 Q 20 94 42 96 Q 60 94 60 72 Q 64 52 70 30 Q 72 20 80 24 L 86 20 Q 76 8 66 16 Q 58 26 52 46 "
              "Q 44 52 34 50 Q 22 54 22 68 Z", skin)  # fmt: skip
    pen.stroke("M 62 44 L 67 46 M 64 36 L 70 38 M 66 28 L 72 30", shade(skin, -0.25), 1.2)
    pen.shape("M 48 52 Q 58 44 68 48 Q 58 38 46 46 Z", paints.on("#fbf4e2"), flat=True)
    pen.shape("M 26 92 Q 2 98 0 70 Q 2 50 18 48 Q 32 56 34 76 Q 34 88 26 92 Z", shade(skin, -0.14))
    pen.shape(
        "M 24 88 Q 8 90 7 70 Q 9 56 18 54 Q 28 62 29 76 Z", mix(shade(skin, -0.1), paints.on("#e0a8a8"), 0.4), flat=True
    )
    for x in (-38, 24):
        pen.stroke(f"M {x - 4} 3 L {x - 4} 5 M {x + 1} 3 L {x + 1} 5 M {x + 6} 3 L {x + 6} 5", shade(skin, 0.5), 2.4)
    _draw_eye(pen, 46, 78, 2.4)


def draw_dinosaur(pen: Pen, paints: Paints) -> None:
    skin = paints.own("#6aa860")
    pale = mix(skin, paints.on("#f4f0c0"), 0.6)
    pen.shape("M -6 30 Q -20 10 -14 0 L 2 0 Q -2 8 8 26 Z", shade(skin, -0.28))
    pen.shape("M -70 20 Q -40 18 -26 36 Q -20 56 4 64 Q 16 70 16 84 Q 18 98 36 98 Q 58 98 62 84 Q 62 78 56 77 L 38 76 "
              "Q 38 56 30 40 Q 24 24 2 22 Q -30 12 -70 20 Z", skin)  # fmt: skip
    pen.shape("M 36 76 Q 36 56 29 41 Q 22 26 4 23 Q 20 40 24 62 Q 26 74 36 76 Z", pale, flat=True)
    for x, y in ((-46, 22), (-34, 28), (-24, 40), (-14, 54), (0, 64), (10, 74), (14, 88)):
        pen.shape(f"M {x - 6} {y - 3} L {x - 6} {y + 11} L {x + 4} {y + 2} Z", paints.on("#e88a4a"))
    pen.shape("M 6 34 Q 0 12 4 0 L 24 0 Q 22 6 14 8 Q 24 20 22 34 Z", skin)
    pen.stroke("M 28 54 Q 38 52 40 46 M 40 46 L 44 47 M 40 46 L 42 42", shade(skin, -0.12), 5)
    pen.stroke("M 40 82 Q 52 80 60 83", shade(skin, -0.6), 1.6)
    pen.shape("M 44 81 L 46 77 L 48 81 Z M 51 81 L 53 77 L 55 81 Z", (255, 255, 255), flat=True)
    pen.dot(38, 90, 4.4, (255, 255, 255))
    _draw_eye(pen, 39, 90, 2.4)
