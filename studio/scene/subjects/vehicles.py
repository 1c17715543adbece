"""Road and rail vehicles, facing right."""

from studio.scene.colour import mix, shade
from studio.scene.pen import Pen
from studio.scene.subjects.palette import Paints


def _draw_wheel(pen: Pen, paints: Paints, x: float, radius: float) -> None:
    pen.dot(x, radius, radius, paints.on("#24242c"))
    pen.dot(x, radius, radius * 0.56, paints.on("#c8ccd4"))
    pen.dot(x, radius, radius * 0.2, paints.on("#5a5e6a"))


def _draw_headlight(pen: Pen, paints: Paints, x: float, y: float) -> None:
    pen.oval(x, y, 3.4, 4.6, paints.lamp, flat=True)
    if paints.dark:
        for reach in (30, 52, 74, 96):
            beam = f"M {x} {y + 3} L {x + reach} {y + reach * 0.12} L {x + reach} {y - reach * 0.3} L {x} {y - 3} Z"
            pen.shape(beam, paints.lamp, flat=True, alpha=0.07)
        pen.glow(x, y, 26, paints.lamp, alpha=0.9)


def draw_car(pen: Pen, paints: Paints) -> None:
    body = paints.own("#e0483c")
    pen.shape("M -62 56 Q -52 92 -24 96 L 22 96 Q 42 94 62 58 Z", shade(body, -0.06))
    pen.shape(
        "M -54 58 Q -46 84 -24 88 L -4 88 L -4 58 Z M 4 58 L 4 88 L 20 88 Q 36 86 52 58 Z", paints.glass, flat=True
    )
    pen.shape(
        "M -46 60 L -30 86 L -22 88 L -40 60 Z M 12 60 L 26 87 L 32 84 L 18 60 Z", (255, 255, 255), flat=True, alpha=0.3
    )
    pen.shape(
        "M -104 26 Q -106 52 -88 56 Q -40 62 60 59 Q 98 54 104 38 Q 106 22 98 18 L -98 18 Q -104 20 -104 26 Z", body
    )
    pen.shape("M -104 30 L 104 30 L 103 24 L -104 24 Z", shade(body, -0.24), flat=True)
    pen.stroke("M 0 56 L 0 22 M -58 54 Q -60 36 -52 22", shade(body, -0.3), 1.4)
    pen.box(8, 46, 12, 3, shade(body, -0.4), round=1.4, flat=True)
    pen.box(-107, 16, 214, 7, paints.on("#4a4e5a"), round=3)
    pen.oval(-101, 44, 3.4, 5, paints.on("#ff4a3a"), flat=True)
    _draw_headlight(pen, paints, 99, 42)
    for x in (-60, 60):
        pen.dot(x, 21, 24, shade(body, -0.6))
        _draw_wheel(pen, paints, x, 20)


def draw_bus(pen: Pen, paints: Paints) -> None:
    """Draw a two-tone camper van."""
    body, white = paints.own("#3fa0a8"), paints.on("#f8f4ea")
    pen.shape("M -92 14 L -92 78 Q -90 98 -72 98 L 64 98 Q 82 96 90 62 L 92 14 Z", white)
    pen.shape("M -92 14 L -92 54 L 90 54 Q 94 36 92 14 Z", body)
    pen.stroke("M -92 54 L 91 54", shade(white, -0.2), 2)
    for x in (-82, -48, -14, 20):
        pen.box(x, 62, 27, 24, paints.glass, round=4, flat=True)
    pen.shape("M 54 62 L 54 86 L 66 86 Q 76 82 82 62 Z", paints.glass, flat=True)
    pen.stroke("M 16 54 L 16 16 M 52 54 L 52 16", shade(body, -0.3), 1.3)
    pen.box(-96, 12, 192, 6, paints.on("#d0d4da"), round=3)
    pen.box(-70, 98, 120, 4, paints.on("#8a6a4a"), flat=True)
    pen.box(-60, 101, 40, 10, paints.on("#c05a40"), round=3)
    pen.box(-14, 101, 26, 8, paints.on("#5a7a9a"), round=3)
    _draw_headlight(pen, paints, 88, 34)
    for x in (-56, 56):
        pen.dot(x, 18, 21, shade(body, -0.5))
        _draw_wheel(pen, paints, x, 17)


def draw_truck(pen: Pen, paints: Paints) -> None:
    cab, load = paints.own("#d8642c"), paints.on("#e8e4da")
    pen.box(-104, 22, 130, 74, load, round=3)
    pen.stroke("M -78 24 L -78 94 M -52 24 L -52 94 M -26 24 L -26 94 M 0 24 L 0 94", shade(load, -0.14), 1.6)
    pen.shape("M 30 20 L 30 82 Q 32 86 38 86 L 66 86 Q 74 84 84 54 Q 96 52 98 44 L 98 20 Z", cab)
    pen.shape("M 46 56 L 46 78 L 64 78 Q 70 76 77 56 Z", paints.glass, flat=True)
    pen.stroke("M 42 52 L 42 24", shade(cab, -0.3), 1.4)
    pen.box(-106, 14, 208, 9, paints.on("#3a3c46"), round=2)
    _draw_headlight(pen, paints, 95, 36)
    for x in (-78, -48, 66):
        _draw_wheel(pen, paints, x, 17)


def draw_train(pen: Pen, paints: Paints) -> None:
    """Draw a steam locomotive with one carriage."""
    body, dark = paints.own("#b03a34"), paints.on("#2c2e38")
    for x in range(-150, 130, 14):
        pen.box(x, -4, 8, 4, paints.on("#6a5040"), flat=True)
    pen.stroke("M -156 1 L 136 1", paints.on("#9a9ea8"), 2.4)
    pen.box(-146, 14, 88, 52, mix(body, paints.on("#f0d8a0"), 0.35), round=3)
    pen.box(-150, 64, 96, 6, dark, round=2)
    for x in (-138, -114, -90):
        pen.box(x, 36, 17, 20, paints.glass, round=2, flat=True)
    pen.stroke("M -58 18 L -42 18", dark, 4)
    pen.box(-42, 14, 42, 70, body, round=2)
    pen.box(-48, 82, 54, 7, dark, round=2)
    pen.box(-34, 50, 26, 24, paints.glass, round=2, flat=True)
    pen.box(-4, 20, 92, 42, body, round=12)
    for x in (18, 44, 68):
        pen.box(x, 20, 4, 42, paints.on("#e0b84a"), flat=True)
    pen.shape("M 62 60 L 58 92 L 82 92 L 78 60 Z", dark)
    pen.oval(28, 64, 10, 10, paints.on("#e0b84a"))
    pen.shape("M 86 18 L 112 3 L 86 3 Z", dark)
    pen.dot(90, 50, 5, paints.lamp)
    if paints.dark:
        pen.glow(96, 50, 50, paints.lamp, alpha=0.9)
    for x, y, size in ((68, 104, 11), (52, 118, 15), (28, 130, 19), (-2, 138, 23)):
        pen.dot(x, y, size, paints.on("#f2f2f2"), alpha=0.42)
    for x, radius in ((-128, 9), (-78, 9), (-26, 14), (8, 14), (42, 14), (76, 10)):
        _draw_wheel(pen, paints, x, radius)
    pen.stroke("M -26 12 L 42 12", paints.on("#d8dade"), 2.6)


def draw_bicycle(pen: Pen, paints: Paints) -> None:
    frame, dark = paints.own("#2f9aa8"), paints.on("#2a2a34")
    for x in (-52, 52):
        pen.ring(x, 33, 32, dark, 3.6)
        pen.ring(x, 33, 29, paints.on("#b8bcc6"), 1)
        for dx, dy in ((29, 0), (20, 20), (0, 29), (-20, 20)):
            pen.stroke(f"M {x - dx} {33 - dy} L {x + dx} {33 + dy}", paints.on("#c8ccd4"), 0.7)
    pen.stroke("M -52 33 L -22 78 L 34 80 L 0 31 L -52 33 M 0 31 L -26 86 M 52 33 L 34 80 L 30 94", frame, 4.2)
    pen.stroke("M 30 94 L 42 98 M 30 94 L 22 96", dark, 4)
    pen.shape("M -42 88 Q -26 94 -10 88 L -24 83 Z", dark)
    pen.ring(0, 31, 9, dark, 2.4)
    pen.stroke("M -9 20 L 9 42 M -14 20 L -5 20 M 5 42 L 14 42", dark, 2.4)
    pen.box(46, 74, 26, 17, paints.on("#b8824c"), round=3)
    for x, colour in ((50, "#ff6a7a"), (58, "#ffd23f"), (66, "#ff9ac0")):
        pen.dot(x, 94, 5, paints.on(colour))


def draw_motorcycle(pen: Pen, paints: Paints) -> None:
    """Draw a scooter."""
    body, dark = paints.own("#5fc0b0"), paints.on("#2a2a34")
    for x in (-50, 56):
        _draw_wheel(pen, paints, x, 18)
    pen.shape("M -78 34 Q -76 62 -44 62 Q -16 60 -10 34 L 26 34 Q 32 64 "
        "34 84 L 44 84 Q 46 56 60 40 Q 78 36 80 26 Q 58 30 44 24 "
              "Q 38 20 26 20 L -20 20 Q -28 38 -50 38 Q -66 36 -70 24 Z", body)  # fmt: skip
    pen.shape("M -76 62 Q -60 72 -10 66 Q -8 60 -16 58 L -70 58 Z", dark)
    pen.stroke("M 40 82 L 38 98 L 24 102 M 38 98 L 46 102", dark, 3.4)
    pen.shape("M 40 90 Q 52 88 52 80 Q 48 74 40 76 Z", shade(body, 0.2))
    _draw_headlight(pen, paints, 51, 82)
    pen.oval(-80, 44, 3, 4, paints.on("#ff4a3a"), flat=True)
