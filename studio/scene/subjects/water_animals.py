"""Water animals; the water surface is at height zero."""

from studio.scene.colour import BLACK, mix, shade
from studio.scene.pen import Pen
from studio.scene.subjects.palette import Paints


def draw_whale(pen: Pen, paints: Paints) -> None:
    skin = paints.own("#3f6a94")
    pen.shape("M 78 26 Q 82 56 104 62 Q 106 50 98 44 Q 112 46 122 38 Q 112 26 92 28 Z", shade(skin, -0.1))
    pen.shape(
        "M -84 20 Q -84 66 -30 66 Q 26 66 56 36 Q 70 22 92 30 L 88 42 Q 96 16 66 6 Q 20 -10 -50 -4 Q -82 0 -84 20 Z",
        skin,
    )
    pen.shape(
        "M -83 16 Q -40 8 4 14 Q 30 12 58 4 Q 10 -10 -50 -4 Q -80 0 -83 16 Z",
        mix(skin, paints.on("#f4f8fa"), 0.8),
        flat=True,
    )
    for x in (-64, -50, -36, -22):
        pen.stroke(f"M {x} 8 Q {x + 12} 2 {x + 26} 0", shade(skin, 0.1), 1.4)
    pen.shape("M -18 16 Q -10 -12 12 -14 Q 10 6 -2 18 Z", shade(skin, -0.18))
    pen.stroke("M -84 22 Q -68 14 -54 20", shade(skin, -0.5), 1.8)
    pen.dot(-50, 28, 3.2, BLACK)
    pen.dot(-51, 29.2, 1.1, (255, 255, 255))
    spray = paints.on("#eefaff")
    for text in (
        "M -34 66 Q -34 92 -52 92 Q -60 90 -58 82",
        "M -32 66 Q -30 94 -14 94 Q -6 92 -8 84",
        "M -33 66 L -33 98",
    ):
        pen.stroke(text, spray, 4, alpha=0.85)


def draw_dolphin(pen: Pen, paints: Paints) -> None:
    skin = paints.own("#5f88b0")
    pen.shape("M -10 78 Q -20 100 -34 98 Q -28 88 -24 74 Z", shade(skin, -0.14))
    pen.shape("M 72 62 Q 68 88 30 92 Q -20 90 -50 50 Q -62 34 -66 18 Q -80 10 -84 0 Q -68 4 -60 8 Q -54 -4 -42 -10 "
              "Q -44 6 -50 16 Q -40 36 -20 46 Q 20 62 56 58 Q 84 50 92 54 Q 92 60 72 62 Z", skin)  # fmt: skip
    pen.shape(
        "M 62 58 Q 20 64 -20 46 Q -40 36 -50 18 Q -30 40 0 48 Q 30 56 62 58 Z",
        mix(skin, paints.on("#ffffff"), 0.7),
        flat=True,
    )
    pen.shape("M 22 58 Q 14 36 -4 32 Q 0 50 8 58 Z", shade(skin, -0.2))
    pen.dot(60, 70, 2.4, BLACK)
    pen.dot(60.6, 71, 0.8, (255, 255, 255))
    for x, y, size in ((-84, -4, 4), (-70, -8, 3), (-56, -14, 3.4), (-40, -12, 2.6), (-94, 4, 2.4)):
        pen.dot(x, y, size, paints.on("#eefaff"), alpha=0.85)


def draw_shark(pen: Pen, paints: Paints) -> None:
    skin = paints.own("#6f8296")
    pen.shape("M 0 62 Q 6 92 28 100 Q 22 76 34 58 Z", shade(skin, -0.08))
    pen.shape("M -78 44 Q -94 64 -104 84 Q -88 74 -70 54 Q -80 30 -96 12 Q -84 22 -66 40 Z", shade(skin, -0.1))
    pen.shape("M -80 48 Q -30 70 20 68 Q 66 62 92 40 Q 80 34 70 32 L 56 26 Q 20 18 -20 32 Q -50 44 -80 44 Z", skin)
    pen.shape("M 88 38 Q 76 33 66 31 L 56 26 Q 20 18 -20 32 Q 20 36 88 38 Z", paints.on("#eef3f6"), flat=True)
    pen.shape("M 16 34 Q 4 8 -14 0 Q -12 18 0 36 Z", shade(skin, -0.2))
    pen.shape("M 52 32 L 55 27 L 58 32 L 61 28 L 64 33 L 67 30 L 70 35 L 76 36 L 50 34 Z", (255, 255, 255), flat=True)
    pen.stroke("M 36 54 Q 33 46 36 40 M 30 54 Q 27 46 30 40 M 24 54 Q 21 46 24 40", shade(skin, -0.4), 1.6)
    pen.dot(66, 48, 3, BLACK)


def draw_fish(pen: Pen, paints: Paints) -> None:
    scale = paints.own("#ff8a2a")
    pen.shape("M -36 50 Q -66 84 -78 78 Q -70 50 -78 22 Q -66 16 -36 50 Z", shade(scale, -0.1))
    pen.shape("M -20 78 Q 4 104 28 92 Q 22 84 24 74 Z M -8 26 Q 0 4 18 6 Q 16 16 20 26 Z", shade(scale, -0.12))
    pen.shape("M -44 50 Q -10 92 32 82 Q 62 72 72 50 Q 62 28 32 18 Q -10 8 -44 50 Z", scale)
    for x in (-8, 26):
        pen.shape(
            f"M {x} {82 - abs(x) * 0.1} Q {x + 12} 50 {x} "
            f"{18 + abs(x) * 0.05} L {x + 11} 18 Q {x + 24} 50 {x + 11} 83 Z",
            paints.on("#fffaf2"),
            flat=True,
        )
    pen.shape("M 6 48 Q -10 54 -14 40 Q -4 32 8 40 Z", shade(scale, -0.22))
    pen.dot(52, 58, 8, (255, 255, 255))
    pen.dot(54, 58, 4.6, BLACK)
    pen.dot(55.6, 60, 1.6, (255, 255, 255))
    pen.stroke("M 70 44 Q 62 40 60 36", shade(scale, -0.5), 1.8)


def draw_octopus(pen: Pen, paints: Paints) -> None:
    skin = paints.own("#d0608c")
    for side in (-1, 1):
        for text in (
            f"M {side * 8} 44 C {side * 12} 20 {side * 4} 8 {side * 14} 2",
            f"M {side * 16} 46 C {side * 26} 24 {side * 22} 8 {side * 38} 8",
            f"M {side * 22} 50 C {side * 44} 34 {side * 40} 20 {side * 58} 24",
            f"M {side * 24} 56 C {side * 50} 54 {side * 52} 42 {side * 66} 50",
        ):
            pen.stroke(text, shade(skin, -0.14), 9)
            pen.stroke(text, shade(skin, 0.2), 1.6, alpha=0.6)
    pen.shape("M -30 56 Q -40 100 0 100 Q 40 100 30 56 Q 18 40 0 42 Q -18 40 -30 56 Z", skin)
    for x, y, size in ((-16, 88, 4), (-6, 93, 2.6), (14, 90, 3.4), (20, 80, 2.2)):
        pen.dot(x, y, size, shade(skin, 0.3), alpha=0.7)
    for x in (-12, 12):
        pen.oval(x, 66, 8, 9, (255, 255, 255), flat=True)
        pen.dot(x + 1, 65, 4.6, BLACK)
        pen.dot(x + 2.6, 67, 1.6, (255, 255, 255))
    pen.stroke("M -6 53 Q 0 48 6 53", shade(skin, -0.6), 2)


def draw_jellyfish(pen: Pen, paints: Paints) -> None:
    bell = paints.own("#c88af0")
    pen.glow(0, 68, 62, bell, alpha=0.55)
    for number, x in enumerate((-26, -16, -6, 6, 16, 26)):
        bend = 8 if number % 2 else -8
        pen.stroke(f"M {x} 56 C {x + bend} 40 {x - bend} 24 {x + bend} 0", shade(bell, 0.25), 2.6, alpha=0.75)
    for x in (-10, 0, 10):
        pen.stroke(f"M {x} 58 C {x + 8} 44 {x - 10} 36 {x + 4} 22", shade(bell, 0.5), 6, alpha=0.55)
    pen.shape(
        "M -38 58 Q -36 100 0 100 Q 36 100 38 58 Q 30 64 24 57 Q "
        "16 64 8 57 Q 0 64 -8 57 Q -16 64 -24 57 Q -30 64 -38 58 Z",
        bell,
        alpha=0.88,
    )
    pen.oval(-14, 84, 12, 7, shade(bell, 0.6), turn=30, alpha=0.55)


def draw_turtle(pen: Pen, paints: Paints) -> None:
    skin, shell = paints.on("#8fbf6a"), paints.own("#5a7a3a")
    for x, turn in ((-34, 30), (26, -24)):
        pen.oval(x, 12, 10, 17, skin, turn=turn)
    pen.shape("M -50 24 Q -66 22 -70 14 Q -56 12 -46 18 Z", skin)
    pen.oval(64, 46, 20, 16, skin)
    pen.shape("M 36 24 Q 48 44 58 40 L 56 30 Q 48 22 40 20 Z", skin)
    pen.shape("M -54 20 Q -46 80 0 80 Q 46 80 52 20 Q 0 8 -54 20 Z", shell)
    pen.shape("M -56 22 Q 0 8 54 22 Q 54 14 46 13 Q 0 4 -48 13 Q -56 15 -56 22 Z", mix(shell, skin, 0.6))
    for text in (
        "M -18 64 L 16 64 L 24 42 L 0 28 L -24 42 Z",
        "M -18 64 L -36 60 M 16 64 L 36 58 M 24 42 L 46 36 M -24 42 L -46 38 M 0 28 L 0 16",
    ):
        pen.stroke(text, shade(shell, 0.35), 2.6)
    pen.dot(70, 51, 4.4, (255, 255, 255))
    pen.dot(71, 51, 2.6, BLACK)
    pen.stroke("M 72 39 Q 78 39 81 43", shade(skin, -0.5), 1.4)


def draw_duck(pen: Pen, paints: Paints) -> None:
    body = paints.own("#fbf6ea")
    pen.shape("M -56 26 Q -68 40 -72 54 Q -58 50 -44 40 Z", body)
    pen.shape("M -60 28 Q -50 44 -20 42 Q 8 42 18 52 Q 10 66 12 76 Q "
        "16 96 34 96 Q 52 94 52 78 Q 52 66 44 56 Q 54 34 40 12 "
              "Q 20 -4 -20 -2 Q -52 0 -60 28 Z", body)  # fmt: skip
    pen.shape("M -50 30 Q -30 44 14 34 Q 20 20 4 12 Q -26 4 -50 30 Z", shade(body, -0.12))
    pen.shape("M 49 82 Q 62 84 74 76 Q 66 70 50 72 Z", paints.on("#f29a2e"))
    pen.dot(38, 83, 3.2, BLACK)
    pen.dot(39, 84.2, 1.1, (255, 255, 255))
    pen.stroke("M -80 -2 Q -40 -8 0 -4 Q 40 -10 76 -4", paints.on("#eefaff"), 2, alpha=0.6)
