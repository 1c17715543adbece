"""Skia paints, gradients, paths and colour arithmetic for drawing avatars."""

from collections.abc import Sequence

import skia

Colour = tuple[int, int, int]
Point = tuple[float, float]


def shade(colour: Colour, factor: float) -> Colour:
    """Multiply the channels by `factor`: below 1 is darker, above 1 lighter."""
    red, green, blue = (min(255, max(0, round(part * factor))) for part in colour)
    return red, green, blue


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Interpolate linearly; `share` is that of the second colour, 0 to 1."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def fill_paint(colour: Colour, alpha: int = 255) -> skia.Paint:
    return skia.Paint(AntiAlias=True, Color=skia.Color(*colour, alpha))


def stroke_paint(colour: Colour, width: float, *, alpha: int = 255) -> skia.Paint:
    return skia.Paint(
        AntiAlias=True,
        Color=skia.Color(*colour, alpha),
        Style=skia.Paint.kStroke_Style,
        StrokeWidth=width,
        StrokeCap=skia.Paint.kRound_Cap,
        StrokeJoin=skia.Paint.kRound_Join,
    )


def vertical_gradient(top: float, bottom: float, colours: Sequence[Colour]) -> skia.Paint:
    """Return a fill with a linear gradient from y=`top` to y=`bottom`."""
    ends = [skia.Point(0, top), skia.Point(0, bottom)]
    shader = skia.GradientShader.MakeLinear(ends, [skia.Color(*colour) for colour in colours])
    return skia.Paint(AntiAlias=True, Shader=shader)


def radial_gradient(centre: Point, radius: float, colours: Sequence[Colour], alphas: Sequence[int] = ()) -> skia.Paint:
    """Return a fill with a radial gradient from the centre outwards."""
    opacity = alphas or [255] * len(colours)
    tones = [skia.Color(*colour, alpha) for colour, alpha in zip(colours, opacity, strict=True)]
    return skia.Paint(AntiAlias=True, Shader=skia.GradientShader.MakeRadial(skia.Point(*centre), radius, tones))


def curve(start: Point, *curves: tuple[float, ...], close: bool = False) -> skia.Path:
    """Return a path of lines (2 numbers), quadratic (4) and cubic (6) Bézier curves."""
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
