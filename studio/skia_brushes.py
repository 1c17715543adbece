"""The few strokes that everything is painted with."""

from collections.abc import Sequence

import skia

Colour = tuple[int, int, int]
Point = tuple[float, float]


def shade(colour: Colour, factor: float) -> Colour:
    """Darker below 1, lighter above."""
    red, green, blue = (min(255, max(0, round(part * factor))) for part in colour)
    return red, green, blue


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """`share` of the second in the first."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def fill(colour: Colour, alpha: int = 255) -> skia.Paint:
    return skia.Paint(AntiAlias=True, Color=skia.Color(*colour, alpha))


def line(colour: Colour, width: float, *, alpha: int = 255) -> skia.Paint:
    return skia.Paint(
        AntiAlias=True,
        Color=skia.Color(*colour, alpha),
        Style=skia.Paint.kStroke_Style,
        StrokeWidth=width,
        StrokeCap=skia.Paint.kRound_Cap,
        StrokeJoin=skia.Paint.kRound_Join,
    )


def down(top: float, bottom: float, colours: Sequence[Colour]) -> skia.Paint:
    """A fill that changes from the top to the bottom."""
    ends = [skia.Point(0, top), skia.Point(0, bottom)]
    shader = skia.GradientShader.MakeLinear(ends, [skia.Color(*colour) for colour in colours])
    return skia.Paint(AntiAlias=True, Shader=shader)


def around(centre: Point, radius: float, colours: Sequence[Colour], alphas: Sequence[int] = ()) -> skia.Paint:
    """A fill that changes from the centre outwards."""
    opacity = alphas or [255] * len(colours)
    tones = [skia.Color(*colour, alpha) for colour, alpha in zip(colours, opacity, strict=True)]
    return skia.Paint(AntiAlias=True, Shader=skia.GradientShader.MakeRadial(skia.Point(*centre), radius, tones))


def curve(start: Point, *curves: tuple[float, ...], close: bool = False) -> skia.Path:
    """A path of lines (2 numbers), quadratic (4) and cubic (6) curves."""
    path = skia.Path()
    path.moveTo(*start)
    for numbers in curves:
        {2: path.lineTo, 4: path.quadTo, 6: path.cubicTo}[len(numbers)](*numbers)
    if close:
        path.close()
    return path


def oval(x: float, y: float, half_width: float, half_height: float) -> skia.Rect:
    return skia.Rect.MakeXYWH(x - half_width, y - half_height, 2 * half_width, 2 * half_height)


def rounded(x: float, y: float, width: float, height: float, radius: float) -> skia.RRect:
    return skia.RRect.MakeRectXY(skia.Rect.MakeXYWH(x, y, width, height), radius, radius)
