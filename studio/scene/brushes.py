"""Skia paints, paths and textures in canvas pixels."""

from collections.abc import Sequence

import numpy as np
import skia
from numpy.typing import ArrayLike, NDArray

from studio.scene.colour import Colour

Box = tuple[float, float, float, float]  # left, top, right, bottom


def tone(colour: Colour, alpha: float = 1.0) -> int:
    """Return the colour as a packed Skia ARGB integer."""
    red, green, blue = (min(255, max(0, round(channel))) for channel in colour)
    packed: int = skia.Color(red, green, blue, min(255, max(0, round(255 * alpha))))
    return packed


def fill(colour: Colour, alpha: float = 1.0) -> skia.Paint:
    return skia.Paint(AntiAlias=True, Color=tone(colour, alpha))


def line(colour: Colour, width: float, alpha: float = 1.0) -> skia.Paint:
    return skia.Paint(
        AntiAlias=True,
        Color=tone(colour, alpha),
        Style=skia.Paint.kStroke_Style,
        StrokeWidth=width,
        StrokeCap=skia.Paint.kRound_Cap,
        StrokeJoin=skia.Paint.kRound_Join,
    )


def soft(paint: skia.Paint, radius: float) -> skia.Paint:
    """Add a blur mask filter of `radius` pixels to the paint and return it."""
    paint.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, max(0.1, radius / 2)))
    return paint


def down(
    top: float, bottom: float, colours: Sequence[Colour], *, stops: Sequence[float] = (), alphas: Sequence[float] = ()
) -> skia.Paint:
    """Return a vertical linear gradient fill."""
    return _linear_gradient(skia.Point(0, top), skia.Point(0, bottom), colours, stops=stops, alphas=alphas)


def across(left: float, right: float, colours: Sequence[Colour], *, alphas: Sequence[float] = ()) -> skia.Paint:
    """Return a horizontal linear gradient fill."""
    return _linear_gradient(skia.Point(left, 0), skia.Point(right, 0), colours, stops=(), alphas=alphas)


def _linear_gradient(
    start: skia.Point, end: skia.Point, colours: Sequence[Colour], *, stops: Sequence[float], alphas: Sequence[float]
) -> skia.Paint:
    tones = [tone(colour, alpha) for colour, alpha in zip(colours, alphas or [1.0] * len(colours), strict=True)]
    shader = skia.GradientShader.MakeLinear([start, end], tones, list(stops) or None)
    return skia.Paint(AntiAlias=True, Dither=True, Shader=shader)


def glow(canvas: skia.Canvas, x: float, y: float, *, radius: float, colour: Colour, alpha: float) -> None:
    """Draw a radial glow in screen blend mode."""
    tones = [tone(colour, alpha), tone(colour, alpha * 0.36), tone(colour, 0)]
    shader = skia.GradientShader.MakeRadial(skia.Point(x, y), radius, tones, [0.0, 0.34, 1.0])
    canvas.drawCircle(x, y, radius, skia.Paint(Dither=True, Shader=shader, BlendMode=skia.BlendMode.kScreen))


def polygon(xs: ArrayLike, ys: ArrayLike, *, close: bool = True) -> skia.Path:
    points = [skia.Point(x, y) for x, y in zip(_float_list(xs), _float_list(ys), strict=True)]
    return skia.Path.Polygon(points, close)


def ground(xs: ArrayLike, ys: ArrayLike, bottom: float) -> skia.Path:
    """Return the closed path between a polyline and the horizontal line at `bottom`."""
    left_to_right, heights = _float_list(xs), _float_list(ys)
    return polygon([left_to_right[0], *left_to_right, left_to_right[-1]], [bottom, *heights, bottom])


def box(left: float, top: float, right: float, bottom: float) -> skia.Rect:
    return skia.Rect.MakeLTRB(left, top, right, bottom)


def texture(canvas: skia.Canvas, pixels: NDArray[np.uint8], area: Box, *, screen: bool = False) -> None:
    """Draw RGBA pixels scaled to `area` with cubic resampling; `screen` selects the screen blend mode."""
    image = skia.Image.fromarray(
        np.ascontiguousarray(pixels), colorType=skia.kRGBA_8888_ColorType, alphaType=skia.kUnpremul_AlphaType
    )
    paint = skia.Paint(Dither=True, BlendMode=skia.BlendMode.kScreen if screen else skia.BlendMode.kSrcOver)
    sampling = skia.SamplingOptions(skia.CubicResampler.Mitchell())
    canvas.drawImageRect(image, skia.Rect.MakeWH(image.width(), image.height()), box(*area), sampling, paint)


def veil(colour: Colour, opacity: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return RGBA pixels of one colour with the given opacity (0..1) per pixel."""
    pixels = np.empty((*opacity.shape, 4), np.uint8)
    pixels[..., :3] = np.clip(colour, 0, 255)
    pixels[..., 3] = np.clip(opacity * 255, 0, 255)
    return pixels


def _float_list(values: ArrayLike) -> list[float]:
    return [float(value) for value in np.asarray(values, np.float64)]
