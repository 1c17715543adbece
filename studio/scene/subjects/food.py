"""Food and drink."""

from studio.scene.colour import WHITE, shade
from studio.scene.pen import Pen
from studio.scene.subjects.palette import Paints


def draw_cup(pen: Pen, paints: Paints) -> None:
    china = paints.own("#f4efe6")
    pen.oval(0, 5, 62, 9, shade(china, -0.14))
    pen.oval(0, 8, 58, 7, shade(china, 0.2))
    pen.canvas.save()
    pen.ring(42, 44, 15, china, 7)
    pen.canvas.restore()
    pen.shape("M -42 66 Q -40 14 -18 8 L 18 8 Q 40 14 42 66 Z", china)
    pen.oval(0, 66, 42, 10, shade(china, 0.3))
    pen.oval(0, 65, 37, 8, paints.on("#5a3220"), flat=True)
    pen.oval(-4, 65.6, 15, 3, paints.on("#c89868"), flat=True)
    for x, lean in ((-14, 6), (2, -6), (18, 6)):
        pen.stroke(f"M {x} 78 C {x + lean} 86 {x - lean} 94 {x + lean} 106", WHITE, 3, alpha=0.36)


def draw_apple(pen: Pen, paints: Paints) -> None:
    skin = paints.own("#dc3434")
    pen.shape("M 0 84 Q -18 96 -38 84 Q -60 60 -38 20 Q -24 -4 0 6 Q 24 -4 38 20 Q 60 60 38 84 Q 18 96 0 84 Z", skin)
    pen.oval(-26, 62, 8, 17, WHITE, turn=16, alpha=0.36)
    pen.stroke("M 0 82 Q 2 96 8 102", paints.on("#6a4228"), 4)
    pen.shape("M 4 92 Q 18 108 40 98 Q 26 84 4 92 Z", paints.on("#5fa84a"))


def draw_cake(pen: Pen, paints: Paints) -> None:
    sponge, cream = paints.on("#e8b878"), paints.own("#f8a8b8")
    pen.oval(0, 5, 70, 9, paints.on("#eceef2"))
    pen.box(-54, 8, 108, 34, sponge, round=4)
    pen.box(-54, 22, 108, 6, cream, flat=True)
    pen.shape(
        "M -56 42 Q -56 30 -48 32 Q -40 20 -32 32 Q -24 26 -16 34 "
        "Q -8 20 2 32 Q 10 24 20 34 Q 28 20 36 32 Q 46 26 56 42 Z",
        cream,
    )
    pen.box(-36, 42, 72, 24, sponge, round=4)
    pen.shape(
        "M -38 66 Q -38 52 -28 56 Q -20 46 -12 56 Q -2 48 6 56 Q 14 48 22 56 Q 32 50 38 66 Z", paints.on("#fff6ea")
    )
    for x in (-22, 0, 22):
        pen.box(x - 2, 66, 4, 18, paints.on("#7ac8e8"), round=1)
        pen.shape(
            f"M {x - 3} 88 Q {x} 84 {x + 3} 88 Q {x + 3} 94 {x} 99 Q {x - 3} 94 {x - 3} 88 Z", (255, 200, 70), flat=True
        )
        pen.glow(x, 91, 17, (255, 200, 100), alpha=0.8)
    for x, y, code in (
        (-44, 14, "#e8484a"),
        (-26, 16, "#4ab0e8"),
        (-8, 13, "#6ac85a"),
        (12, 16, "#e8484a"),
        (30, 13, "#b06ae0"),
        (46, 16, "#4ab0e8"),
    ):
        pen.dot(x, y, 2.6, paints.on(code))


def draw_pizza(pen: Pen, paints: Paints) -> None:
    pen.oval(0, 50, 60, 50, paints.on("#d89a50"))
    pen.oval(0, 51, 52, 43, paints.on("#d8482c"))
    pen.oval(0, 51, 49, 40, paints.own("#f8d060"))
    for x, y in ((-22, 68), (14, 74), (30, 48), (-30, 42), (-4, 50), (10, 26), (-14, 24)):
        pen.oval(x, y, 9, 7.6, paints.on("#c83a30"))
        pen.dot(x - 2, y + 1.6, 1.6, paints.on("#f08a70"))
    for x, y, turn in ((-2, 82, 20), (28, 66, -40), (-38, 58, 70), (4, 38, -20), (26, 32, 40)):
        pen.oval(x, y, 6, 2.8, paints.on("#4f9a40"), turn=turn)
    pen.stroke("M 0 50 L 0 92 M 0 50 L 40 24 M 0 50 L -42 28", paints.on("#c88a40"), 1.6)


def draw_icecream(pen: Pen, paints: Paints) -> None:
    pen.shape("M -24 46 L 0 -2 L 24 46 Z", paints.on("#e0a860"))
    pen.stroke("M -18 42 L 4 8 M -6 44 L 10 18 M 18 42 L -4 8 M 6 44 L -10 18", paints.on("#b87c3c"), 1.2)
    for x, y, tone in ((-14, 54, paints.on("#fff0d8")), (14, 54, paints.on("#b07a58")), (0, 74, paints.own("#f79ab0"))):
        pen.oval(x, y, 19, 18, tone)
    pen.shape("M -18 72 Q -12 60 -6 70 Q 0 58 6 70 Q 12 60 18 72 Q 18 92 0 92 Q -18 92 -18 72 Z", paints.own("#f79ab0"))
    pen.dot(2, 96, 6.4, paints.on("#d8303c"))
    pen.stroke("M 3 101 Q 6 108 12 110", paints.on("#5a8a40"), 1.6)


def draw_burger(pen: Pen, paints: Paints) -> None:
    bun = paints.own("#e0a04c")
    pen.shape("M -54 6 Q -54 26 -50 26 L 50 26 Q 54 26 54 6 Q 50 0 40 0 L -40 0 Q -50 0 -54 6 Z", bun)
    pen.box(-56, 24, 112, 15, paints.on("#6a3a24"), round=7)
    pen.shape("M -54 42 L 54 42 L 50 36 L 34 28 L 20 38 L -54 38 Z", paints.on("#f8c83c"), flat=True)
    pen.box(-52, 42, 104, 8, paints.on("#d83c34"), round=4)
    pen.stroke(
        "M -56 52 Q -48 46 -40 52 Q -32 58 -24 52 Q -16 46 -8 52 Q 0 58 8 52 Q 16 46 24 52 Q 32 58 40 52 Q 48 46 56 52",
        paints.on("#6ab84a"),
        6,
    )
    pen.shape("M -54 56 Q -54 98 0 98 Q 54 98 54 56 Q 0 52 -54 56 Z", bun)
    for x, y, turn in ((-28, 80, 30), (-8, 88, -10), (14, 86, 20), (32, 76, -30), (-36, 68, 50), (4, 74, 0)):
        pen.oval(x, y, 3.4, 1.8, paints.on("#fdf0d0"), turn=turn)


def draw_bottle(pen: Pen, paints: Paints) -> None:
    glass = paints.own("#3f7a4a")
    pen.shape("M -18 0 L -18 50 Q -18 62 -7 70 L -7 96 L 7 96 L 7 70 Q 18 62 18 50 L 18 0 Q 0 -4 -18 0 Z", glass)
    pen.box(-17, 14, 34, 30, paints.on("#f6ecd4"), flat=True)
    pen.stroke("M -10 36 L 10 36 M -10 29 L 10 29 M -6 22 L 6 22", paints.on("#8a3a44"), 2)
    pen.box(-8, 92, 16, 11, paints.on("#9a3040"), round=2)
    pen.box(-14, 46, 4, 12, WHITE, round=2, flat=True)
    pen.shape(
        "M 30 44 Q 28 20 42 18 L 42 5 L 34 1 L 56 1 L 48 5 L 48 18 Q 62 20 60 44 Z", paints.on("#e8f2f6"), alpha=0.6
    )
    pen.shape("M 30.4 36 Q 30 20 45 18 Q 60 20 59.6 36 Z", paints.on("#a02c48"), alpha=0.9)
