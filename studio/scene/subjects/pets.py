"""Pets and other small animals in front view, most of them sitting."""

from studio.scene.colour import Colour, mix, shade
from studio.scene.pen import Pen
from studio.scene.subjects.palette import Paints

_EYE_COLOUR = "#1c1a22"


def _draw_eyes(pen: Pen, paints: Paints, y: float, *, apart: float, size: float, at: float = 0.0) -> None:
    """Draw two dark eyes with highlights, `apart` from the centre line `at`."""
    for x in (at - apart, at + apart):
        pen.oval(x, y, size * 0.85, size, paints.on(_EYE_COLOUR), flat=True)
        pen.dot(x + size * 0.28, y + size * 0.35, size * 0.3, (255, 255, 255))


def _draw_nose(pen: Pen, paints: Paints, y: float, *, size: float, colour: str = "#3a2a30", at: float = 0.0) -> None:
    pen.shape(f"M {at - size} {y} Q {at} {y + size * 0.7} {at + size} {y} Q {at} {y - size * 1.3} {at - size} {y} Z",
              paints.on(colour), flat=True)  # fmt: skip
    pen.stroke(f"M {at} {y - size * 0.5} L {at} {y - size * 1.6} M {at - size * 1.3} {y - size * 2.2} "
               f"Q {at - size * 0.5} {y - size * 2.6} {at} {y - size * 1.6} "
               f"Q {at + size * 0.5} {y - size * 2.6} {at + size * 1.3} {y - size * 2.2}",
               paints.on(colour), size * 0.4)  # fmt: skip


def _draw_sitting_body(pen: Pen, fur: Colour, chest: Colour) -> None:
    """Draw a sitting body with two forepaws, from the front."""
    pen.oval(-22, 12, 17, 13, shade(fur, -0.12))
    pen.oval(22, 12, 17, 13, shade(fur, -0.12))
    pen.shape("M -27 4 Q -31 36 -16 56 L 16 56 Q 31 36 27 4 Q 14 -2 0 -1 Q -14 -2 -27 4 Z", fur)
    pen.shape("M -12 52 Q -17 26 0 12 Q 17 26 12 52 Z", chest)
    for x in (-10, 10):
        pen.shape(f"M {x - 7} 34 L {x - 7.5} 4 Q {x} -3 {x + 7.5} 4 L {x + 7} 34 Z", shade(fur, 0.04))
        pen.oval(x, 3, 9, 5, shade(chest, -0.04))
        pen.stroke(f"M {x - 3} 1 L {x - 3} 5 M {x + 3} 1 L {x + 3} 5", shade(chest, -0.35), 0.9)


def _draw_tail(pen: Pen, fur: Colour, *, width: float) -> None:
    pen.stroke("M 24 6 C 48 2 52 22 44 34 Q 40 42 47 48", shade(fur, -0.1), width)


def draw_cat(pen: Pen, paints: Paints) -> None:
    fur = paints.own("#e0934a")
    pale = mix(fur, paints.on("#fff4e4"), 0.72)
    _draw_tail(pen, fur, width=9)
    _draw_sitting_body(pen, fur, pale)
    for side in (-1, 1):
        pen.shape(f"M {side * 27} 76 L {side * 25} 103 Q {side * 14} 98 {side * 6} 90 Z", fur)
        pen.shape(
            f"M {side * 23} 82 L {side * 22.5} 97 Q {side * 16} 94 {side * 11} 89 Z", paints.on("#f2a6a0"), flat=True
        )
    pen.oval(0, 72, 29, 23, fur)
    pen.oval(0, 62, 15, 10, pale)
    for x in (-9, 0, 9):
        pen.stroke(f"M {x} 92 L {x * 0.8} 85", shade(fur, -0.4), 2.4)
    for side in (-1, 1):
        pen.stroke(f"M {side * 27} 72 L {side * 20} 71 M {side * 27} 66 L {side * 20} 67", shade(fur, -0.4), 1.8)
        pen.stroke(
            f"M {side * 12} 61 L {side * 36} 65 M {side * 12} 59 L {side * 36} 57", paints.on("#fffaf0"), 0.8, alpha=0.8
        )
        pen.oval(side * 11.5, 74, 6, 6.6, paints.on("#9ad06a"), flat=True)
    _draw_eyes(pen, paints, 74, apart=11.5, size=4.6)
    _draw_nose(pen, paints, 64.5, size=2.6, colour="#c8606a")


def draw_dog(pen: Pen, paints: Paints) -> None:
    fur = paints.own("#c68a4e")
    pale, dark = mix(fur, paints.on("#fff4e4"), 0.75), shade(fur, -0.35)
    pen.stroke("M 24 10 Q 44 18 46 40", shade(fur, -0.1), 9)
    _draw_sitting_body(pen, fur, pale)
    pen.shape("M -20 50 Q 0 42 20 50 L 19 56 Q 0 48 -19 56 Z", paints.on("#d8404a"), flat=True)
    pen.dot(0, 45, 4, paints.on("#f4c440"))
    pen.oval(0, 74, 25, 24, fur)
    pen.shape("M -6 97 Q -10 76 -4 66 L 4 66 Q 10 76 6 97 Q 0 99 -6 97 Z", pale, flat=True)
    for side in (-1, 1):
        pen.shape(
            f"M {side * 15} 95 Q {side * 36} 98 {side * 38} 66 Q {side * 33} "
            f"54 {side * 25} 64 Q {side * 21} 78 {side * 15} 95 Z",
            dark,
        )
    pen.oval(0, 63, 15, 12, pale)
    _draw_eyes(pen, paints, 77, apart=10.5, size=4.4)
    pen.oval(0, 68, 5.6, 4.2, paints.on("#2a2228"), flat=True)
    pen.stroke("M 0 65 L 0 60 M -8 59 Q -4 55 0 59 Q 4 55 8 59", paints.on("#2a2228"), 1.3)
    pen.shape("M -4 57 Q -4.5 48 0 48 Q 4.5 48 4 57 Q 0 58.5 -4 57 Z", paints.on("#f0788a"), flat=True)


def draw_fox(pen: Pen, paints: Paints) -> None:
    fur = paints.own("#e8702a")
    pale = paints.on("#fff3e2")
    pen.shape("M 20 2 C 44 -6 70 8 66 36 Q 64 52 54 60 Q 54 38 40 30 Q 26 24 20 14 Z", shade(fur, -0.06))
    pen.shape("M 66 36 Q 64 52 54 60 Q 54 48 50 40 Q 58 42 66 36 Z", pale)
    _draw_sitting_body(pen, fur, pale)
    for x in (-10, 10):
        pen.oval(x, 3, 9, 5, paints.on("#3a2a2e"))
    for side in (-1, 1):
        pen.shape(f"M {side * 27} 76 L {side * 27} 108 Q {side * 12} 100 {side * 5} 88 Z", fur)
        pen.shape(
            f"M {side * 24} 82 L {side * 25} 102 Q {side * 16} 96 {side * 11} 88 Z", paints.on("#3a2a2e"), flat=True
        )
    pen.shape("M -31 74 Q -24 94 0 94 Q 24 94 31 74 Q 16 62 0 50 Q -16 62 -31 74 Z", fur)
    for side in (-1, 1):
        pen.shape(
            f"M {side * 31} 74 Q {side * 18} 78 {side * 11} 68 Q {side * 4} 58 0 50 Q {side * 14} 60 {side * 31} 74 Z",
            pale,
        )
    _draw_eyes(pen, paints, 74, apart=11, size=4)
    pen.oval(0, 53, 4.6, 3.8, paints.on("#241c24"), flat=True)


def draw_wolf(pen: Pen, paints: Paints) -> None:
    fur = paints.own("#7c8798")
    pale, dark = paints.on("#e9edf2"), shade(fur, -0.3)
    pen.shape("M 20 4 C 40 -4 60 4 62 26 Q 60 36 54 40 Q 44 24 20 18 Z", dark)
    _draw_sitting_body(pen, fur, pale)
    for side in (-1, 1):
        pen.shape(f"M {side * 24} 78 L {side * 22} 109 Q {side * 10} 100 {side * 5} 90 Z", dark)
        pen.shape(f"M {side * 20} 84 L {side * 20} 101 Q {side * 13} 96 {side * 9} 90 Z", fur, flat=True)
    pen.shape("M -34 66 Q -26 76 -26 82 Q -20 96 0 96 Q 20 96 26 82 Q 26 76 34 66 Q 22 66 16 58 Q 8 48 0 48 "
              "Q -8 48 -16 58 Q -22 66 -34 66 Z", fur)  # fmt: skip
    pen.shape("M -22 68 Q -12 76 -4 74 L 0 92 L 4 74 Q 12 76 22 68 Q 14 54 0 50 Q -14 54 -22 68 Z", pale, flat=True)
    for side in (-1, 1):
        pen.shape(
            f"M {side * 5} 74 Q {side * 12} 82 {side * 17} 77 Q {side * 11} 71 {side * 5} 74 Z",
            paints.on("#f2c230"),
            flat=True,
        )
        pen.dot(side * 11, 76, 2.2, paints.on(_EYE_COLOUR))
    pen.oval(0, 58, 5.4, 4.2, paints.on("#22202a"), flat=True)
    pen.stroke("M 0 55 L 0 52 M -7 52 Q 0 48 7 52", paints.on("#22202a"), 1.2)


def draw_rabbit(pen: Pen, paints: Paints) -> None:
    fur = paints.own("#d9c4ae")
    pale = mix(fur, paints.on("#ffffff"), 0.7)
    pen.oval(25, 12, 9, 9, pale)
    _draw_sitting_body(pen, fur, pale)
    for side in (-1, 1):
        pen.oval(side * 11, 92, 7, 25, fur, turn=side * 11)
        pen.oval(side * 11, 92, 3.6, 19, paints.on("#f2b2b4"), turn=side * 11)
    pen.oval(0, 62, 24, 20, fur)
    pen.oval(0, 54, 12, 8, pale)
    _draw_eyes(pen, paints, 65, apart=11, size=4.2)
    _draw_nose(pen, paints, 57, size=2.4, colour="#d0707c")
    pen.box(-2.6, 47.4, 5.2, 4, (255, 255, 255), round=1, flat=True)


def draw_bear(pen: Pen, paints: Paints) -> None:
    fur = paints.own("#8a5a38")
    pale = mix(fur, paints.on("#f4dcba"), 0.62)
    for side in (-1, 1):
        pen.oval(side * 30, 40, 11, 22, shade(fur, -0.1), turn=side * -16)
        pen.oval(side * 20, 8, 16, 11, shade(fur, -0.1))
        pen.oval(side * 22, 7, 8, 6, pale)
    pen.oval(0, 32, 31, 32, fur)
    pen.oval(0, 30, 19, 22, pale)
    for side in (-1, 1):
        pen.dot(side * 21, 93, 10, shade(fur, -0.08))
        pen.dot(side * 21, 92, 5.4, pale)
    pen.oval(0, 76, 28, 24, fur)
    pen.oval(0, 67, 13, 10, pale)
    _draw_eyes(pen, paints, 79, apart=11, size=3.8)
    _draw_nose(pen, paints, 71, size=4, colour="#2e2228")


def draw_panda(pen: Pen, paints: Paints) -> None:
    white, black = paints.own("#f6f6f2"), paints.on("#24242e")
    for side in (-1, 1):
        pen.oval(side * 29, 40, 11, 22, black, turn=side * -18)
        pen.oval(side * 20, 8, 17, 11, black)
        pen.oval(side * 23, 7, 8, 6, shade(black, 0.4))
    pen.oval(0, 30, 30, 30, white)
    pen.shape("M -26 46 Q 0 62 26 46 Q 22 58 0 60 Q -22 58 -26 46 Z", black)
    for side in (-1, 1):
        pen.dot(side * 22, 95, 10, black)
    pen.oval(0, 77, 30, 25, white)
    for side in (-1, 1):
        pen.oval(side * 12, 78, 7.6, 9.5, black, turn=side * 28)
    for x in (-11, 11):
        pen.dot(x, 79, 3.4, (250, 250, 250))
        pen.dot(x + 0.6, 79, 2.2, black)
    _draw_nose(pen, paints, 69, size=3.6, colour="#24242e")
    pen.stroke("M 20 22 Q 30 50 26 70", paints.on("#6fae4a"), 3.4)
    pen.shape("M 26 66 Q 40 70 46 82 Q 30 80 26 66 Z", paints.on("#6fae4a"))


def draw_mouse(pen: Pen, paints: Paints) -> None:
    fur = paints.own("#a7a3ae")
    pen.stroke("M 22 6 C 60 -4 56 30 76 30", paints.on("#e8a0a8"), 3.6)
    _draw_sitting_body(pen, fur, mix(fur, paints.on("#ffffff"), 0.6))
    for side in (-1, 1):
        pen.dot(side * 25, 86, 17, fur)
        pen.dot(side * 25, 86, 11, paints.on("#f0b0b4"))
    pen.shape("M -24 70 Q -22 92 0 92 Q 22 92 24 70 Q 16 54 0 50 Q -16 54 -24 70 Z", fur)
    _draw_eyes(pen, paints, 72, apart=10, size=4.2)
    pen.dot(0, 53, 4, paints.on("#e8808c"))
    for side in (-1, 1):
        pen.stroke(
            f"M {side * 8} 56 L {side * 30} 60 M {side * 8} 55 L {side * 30} 52", paints.on("#f8f4f0"), 0.8, alpha=0.8
        )


def draw_owl(pen: Pen, paints: Paints) -> None:
    feather = paints.own("#8f6b4a")
    pale = mix(feather, paints.on("#fbe8c8"), 0.68)
    pen.stroke("M -46 4 Q 0 -2 46 5", paints.on("#5a4232"), 6)
    pen.shape("M -30 30 Q -34 86 0 90 Q 34 86 30 30 Q 24 4 0 2 Q -24 4 -30 30 Z", feather)
    pen.oval(0, 32, 19, 26, pale)
    for row, count in ((44, 3), (34, 4), (24, 3)):
        for column in range(count):
            x = (column - (count - 1) / 2) * 9
            pen.stroke(f"M {x - 3} {row + 2} Q {x} {row - 3} {x + 3} {row + 2}", shade(feather, -0.2), 1.6)
    for side in (-1, 1):
        pen.shape(
            f"M {side * 27} 64 Q {side * 42} 40 {side * 26} 10 Q {side * 18} 34 {side * 27} 64 Z", shade(feather, -0.22)
        )
        pen.shape(f"M {side * 8} 88 L {side * 28} 102 Q {side * 32} 90 {side * 28} 78 Z", shade(feather, -0.1))
        pen.dot(side * 13, 72, 14, pale)
        pen.dot(side * 13, 72, 9.4, paints.on("#ffc23a"))
        pen.dot(side * 13, 72, 5.2, paints.on(_EYE_COLOUR))
        pen.dot(side * 13 + 2, 74.5, 1.8, (255, 255, 255))
        pen.stroke(f"M {side * 8} 4 L {side * 8} -1 M {side * 13} 4 L {side * 13} -1", paints.on("#e0a040"), 3)
    pen.shape("M -5 68 Q 0 71 5 68 L 0 56 Z", paints.on("#e8a038"))


def draw_penguin(pen: Pen, paints: Paints) -> None:
    coat = paints.own("#2c3444")
    for side in (-1, 1):
        pen.oval(side * 12, 2, 12, 4.5, paints.on("#f2a02c"))
        pen.shape(
            f"M {side * 24} 66 Q {side * 44} 44 {side * 36} 18 Q {side * 26} 30 {side * 22} 44 Z", shade(coat, -0.1)
        )
    pen.shape("M -28 30 Q -30 100 0 100 Q 30 100 28 30 Q 26 2 0 2 Q -26 2 -28 30 Z", coat)
    pen.shape("M -20 30 Q -22 62 -6 68 Q -18 72 -16 82 Q -8 90 0 82 Q 8 90 "
        "16 82 Q 18 72 6 68 Q 22 62 20 30 Q 18 6 0 6 Q -18 6 -20 30 Z",
              paints.on("#fdfcf8"))  # fmt: skip
    _draw_eyes(pen, paints, 80, apart=8, size=3.6)
    pen.shape("M -7 73 Q 0 77 7 73 Q 0 63 -7 73 Z", paints.on("#f2a02c"))
    for side in (-1, 1):
        pen.dot(side * 14, 71, 3.6, paints.on("#f8b0a8"), alpha=0.7)


def draw_frog(pen: Pen, paints: Paints) -> None:
    skin = paints.own("#6fb84a")
    for side in (-1, 1):
        pen.oval(side * 40, 22, 18, 24, shade(skin, -0.12), turn=side * 24)
        pen.oval(side * 44, 3, 18, 5, shade(skin, -0.2))
    pen.oval(0, 36, 42, 36, skin)
    pen.oval(0, 24, 28, 22, mix(skin, paints.on("#fbf6c8"), 0.7))
    for side in (-1, 1):
        pen.dot(side * 24, 76, 17, skin)
        pen.dot(side * 24, 78, 11.5, (252, 252, 244))
        pen.dot(side * 24, 78, 6.4, paints.on(_EYE_COLOUR))
        pen.dot(side * 22, 81, 2.2, (255, 255, 255))
        pen.oval(side * 17, 2, 12, 4.6, shade(skin, -0.12))
        pen.dot(side * 33, 50, 5, paints.on("#f0a090"), alpha=0.6)
    pen.stroke("M -28 52 Q 0 36 28 52", shade(skin, -0.6), 2.4)
