"""Image styles applied to a rendered scene: film noir, watercolour, pixel art, pencil and others."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance

from studio.scene.ink_styles import anime, comic
from studio.scene.noise import clouds
from studio.scene.photo_style import photo
from studio.scene.raster import as_bytes, blurred, enlarged, grey_of, small_size, stacked
from studio.scene.render3d_style import clay
from studio.scene.restyle import painterly

Pixels = NDArray[np.uint8]
Style = Callable[[Pixels, np.random.Generator], Pixels]

_PAPER = (250, 245, 234)
_PIXEL_ROWS = 128
_MAX_SIDE = 2560  # pixels; larger images are styled at this size and scaled up, to bound memory
_REFERENCE_SIDE = 1000  # length of the shorter side in pixels at which the stroke scale is 1


def apply_styles(pixels: Pixels, styles: Sequence[str], random: Callable[[], np.random.Generator]) -> Pixels:
    """Apply each style in order; `random` returns a new generator, so that all layers get the same noise."""
    for style in styles:
        pixels = _apply_style(pixels, STYLES[style], random())
    return pixels


def _apply_style(pixels: Pixels, style: Style, random: np.random.Generator) -> Pixels:
    height, width = pixels.shape[:2]
    if max(height, width) <= _MAX_SIDE:
        return style(pixels, random)
    scale = _MAX_SIDE / max(height, width)
    small = Image.fromarray(pixels).resize((max(1, round(width * scale)), max(1, round(height * scale))))
    sampling = Image.Resampling.NEAREST if style is _pixel else Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(style(np.asarray(small), random)).resize((width, height), sampling))


def _unchanged(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """Return the image unchanged, for styles that affect drawing instead."""
    return pixels


def _noir(pixels: Pixels, random: np.random.Generator) -> Pixels:
    grey = grey_of(pixels)
    low, high = np.percentile(grey[::4, ::4], (2, 98))
    level = np.clip((grey - low) / max(0.2, high - low), 0, 1)
    curve = np.clip(level + 0.16 * np.sin((level - 0.5) * 2 * np.pi) * 0.6, 0, 1)
    return stacked(curve * 255, curve * 252, curve * 246)


def _vintage(pixels: Pixels, random: np.random.Generator) -> Pixels:
    grey = grey_of(pixels)[..., None]
    faded = pixels * 0.42 + grey * 255 * 0.58
    warm = faded * np.array((1.04, 0.93, 0.72), np.float32) * 0.86 + np.array((34, 26, 18), np.float32)
    return as_bytes(warm)


def _vivid(pixels: Pixels, random: np.random.Generator) -> Pixels:
    image = ImageEnhance.Color(Image.fromarray(pixels)).enhance(1.5)
    return np.asarray(ImageEnhance.Contrast(image).enhance(1.08))


def _neon(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """Apply bloom on highlights and the chromatic aberration of a CRT."""
    image = Image.fromarray(pixels)
    reach = max(1, round(min(image.size) * 0.012))
    bright = np.clip(pixels.astype(np.float32) - 110, 0, 255).astype(np.uint8)
    bleed = np.asarray(blurred(Image.fromarray(bright), reach), np.float32)
    shift = max(1, reach // 5)
    fringed = np.dstack([np.roll(pixels[..., 0], shift, 1), pixels[..., 1], np.roll(pixels[..., 2], -shift, 1)])
    return as_bytes(fringed + bleed * 0.85)


def _soft(pixels: Pixels, random: np.random.Generator) -> Pixels:
    image = Image.fromarray(pixels)
    hazy = blurred(image, max(1, round(min(image.size) * 0.014)))
    return np.asarray(Image.blend(image, hazy, 0.55))


def _watercolour(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """Simulate watercolour: edge darkening, paper texture and a ragged white border."""
    scale = min(pixels.shape[:2]) / _REFERENCE_SIDE
    flat = blurred(Image.fromarray(painterly(pixels, share=1.0)), max(1, round(1.6 * scale)))
    height, width = pixels.shape[:2]
    paper = np.array(_PAPER, np.float32)
    wash = enlarged(clouds(random, *small_size(width, height), cells=5), width, height)[..., None]
    pigment = np.asarray(flat, np.float32) * _pigment_density(flat, reach=max(1, round(5 * scale)))[..., None]
    pale = pigment * (0.78 + 0.14 * wash) + paper * (0.22 - 0.14 * wash)
    grain = random.normal(0, 5, (height // 2 + 1, width // 2 + 1)).astype(np.float32)
    rough = grain.repeat(2, 0).repeat(2, 1)[:height, :width]
    mask = _ragged_mask(random, width, height)[..., None]
    return as_bytes((pale + rough[..., None]) * mask + paper * (1 - mask))


def _pigment_density(image: Image.Image, *, reach: int) -> NDArray[np.float32]:
    """Return the brightness factor (0.4..1) for pigment pooling along the dark side of edges."""
    grey = image.convert("L")
    around, here = (np.asarray(channel, np.float32) / 255 for channel in (blurred(grey, reach), grey))
    return np.asarray(np.clip(1 - 2.6 * np.clip(around - here, 0, 0.2), 0.4, 1), np.float32)


def _oil(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """Simulate oil paint: line integral convolution along a flow field, with side-lit brush ridges."""
    height, width = pixels.shape[:2]
    step = max(1.0, min(width, height) / 260)
    flow = enlarged(clouds(random, *small_size(width, height), cells=2.2, octaves=3), width, height) * 9
    across, up = np.cos(flow), np.sin(flow)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    rough = enlarged(
        random.random(small_size(width, height, divisor=max(2, round(step * 1.2)))[::-1], np.float32), width, height
    )
    dragged, bristle = np.zeros_like(pixels, np.float32), np.zeros((height, width), np.float32)
    for reach in (-2.5, -1.2, 0.0, 1.2, 2.5):
        at_x = np.clip(x + across * reach * step, 0, width - 1).astype(np.int32)
        at_y = np.clip(y + up * reach * step, 0, height - 1).astype(np.int32)
        dragged += pixels[at_y, at_x] / 5
        bristle += rough[at_y, at_x] / 5
    levels = np.round(dragged / 14) * 14 * 0.45 + dragged * 0.55
    slope_y, slope_x = np.gradient(bristle)
    return as_bytes(levels * 1.03 + ((slope_x + slope_y) * 44 * step + (bristle - 0.5) * 16)[..., None])


def _sketch(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """Simulate pencil: colour-dodge edges and two directions of hatching in the shadows, on paper."""
    image = Image.fromarray(pixels).convert("L")
    scale = max(0.4, min(image.size) / _REFERENCE_SIDE)
    grey = np.asarray(image, np.float32)
    inverse = np.asarray(blurred(Image.fromarray((255 - grey).astype(np.uint8)), max(1, round(5 * scale))), np.float32)
    lines = 255 * np.clip(grey / np.clip(255 - inverse, 12, 255), 0, 1) ** 4.4
    y, x = np.mgrid[0 : grey.shape[0], 0 : grey.shape[1]].astype(np.float32)
    wobble = enlarged(clouds(random, *small_size(*image.size), cells=6), *image.size) * 9 * scale
    low, high = np.percentile(grey[::4, ::4], (3, 97))
    dark = 1 - np.clip((grey - low) / max(50, high - low), 0, 1)
    for (dx, dy), threshold in (((1, 1), 0.3), ((1, -1), 0.58)):
        hatch = (np.sin((x * dx + y * dy + wobble) / (2.3 * scale)) > 0.1) * np.clip((dark - threshold) * 2.6, 0, 0.74)
        lines = lines * (1 - hatch)
    tint = np.asarray(pixels, np.float32) * 0.12 + np.array(_PAPER, np.float32) * 0.88
    return as_bytes(tint * (0.12 + 0.88 * lines[..., None] / 255))


def _pixel(pixels: Pixels, random: np.random.Generator) -> Pixels:
    height, width = pixels.shape[:2]
    rows = max(16, round(_PIXEL_ROWS * min(1.0, height / width * 1.6)))
    small = Image.fromarray(pixels).resize((max(8, round(rows * width / height)), rows), Image.Resampling.BOX)
    quantized = small.quantize(40, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB")
    return np.asarray(quantized.resize((width, height), Image.Resampling.NEAREST))


def _poster(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """Reduce to nine flat colours on tinted paper."""
    image = Image.fromarray(pixels)
    radius = max(1, round(min(image.size) * 0.003))
    quantized = (
        blurred(image, radius).quantize(9, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB")
    )
    return as_bytes(np.asarray(quantized, np.float32) * np.array((1.0, 0.985, 0.94), np.float32))


STYLES: Mapping[str, Style] = MappingProxyType(
    {
        "noir": _noir,
        "watercolour": _watercolour,
        "oil": _oil,
        "neon": _neon,
        "pixel": _pixel,
        "sketch": _sketch,
        "vintage": _vintage,
        "poster": _poster,
        "vivid": _vivid,
        "soft": _soft,
        "comic": comic,
        "anime": anime,
        "clay": clay,
        "photo": photo,
        "isometric": _unchanged,
    }
)


def _ragged_mask(random: np.random.Generator, width: int, height: int) -> NDArray[np.float32]:
    """Return a mask that is 1 inside and 0 on an uneven border."""
    y = np.minimum(np.arange(height), np.arange(height)[::-1])[:, None].astype(np.float32)
    x = np.minimum(np.arange(width), np.arange(width)[::-1])[None].astype(np.float32)
    side = min(width, height)
    rough = enlarged(clouds(random, *small_size(width, height), cells=9), width, height)
    return np.asarray(np.clip((np.minimum(x, y) / side - 0.018 - 0.05 * rough) * 60, 0, 1), np.float32)
