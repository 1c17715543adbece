"""Photographic image style: tone curve, surface texture, halation and film grain."""

import numpy as np
from PIL import Image, ImageFilter

from studio.scene.noise import clouds
from studio.scene.raster import Pixels, as_bytes, blurred, enlarged, grey_of, small_size

_BACKGROUND_BLUR = 0.006  # blur radius as a fraction of the shorter side
_GRAIN_TILE = 512  # pixels
_GRAIN = 7.5  # standard deviation in 8-bit levels, at mid-tones


def photo(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """Apply reduced saturation, a soft tone curve, low-contrast surface noise, halation and film grain."""
    height, width = pixels.shape[:2]
    soft = Image.fromarray(pixels).filter(_lens_blur(min(height, width)))
    picture = np.asarray(soft, np.float32)
    level = grey_of(np.asarray(soft))[..., None]
    picture = picture * 0.9 + level * 255 * 0.1
    fine_noise, coarse_noise = (
        enlarged(clouds(random, *small_size(width, height), cells=cells, octaves=3), width, height) for cells in (24, 3)
    )
    picture *= (0.93 + 0.08 * fine_noise + 0.06 * coarse_noise)[..., None]
    curve = np.clip(picture / 255, 0, 1)
    curve = curve + 0.09 * np.sin((curve - 0.5) * 2 * np.pi) * (1 - curve)
    quarter = max(1, width // 4), max(1, height // 4)
    bright = Image.fromarray(as_bytes(np.clip(curve[::2, ::2] - 0.66, 0, 1) * 600)).resize(quarter)
    halo = blurred(bright, max(1, round(min(height, width) * 0.005))).resize((width, height))
    halation = np.asarray(halo, np.float32)
    toned = curve * np.array((247, 243, 234), np.float32) + np.array((7, 8, 12), np.float32) + halation * 0.2
    return as_bytes(toned + _grain(random, width, height) * (0.4 + 2.4 * level * (1 - level)))


def out_of_focus(pixels: Pixels) -> Pixels:
    """Return the background blurred as if out of focus: opaque RGBA."""
    height, width = pixels.shape[:2]
    radius = max(0.5, min(height, width) * _BACKGROUND_BLUR)
    # Blurring a reduced copy is much faster and loses no detail that the blur would preserve.
    factor = max(1, int(radius / 3))
    small = Image.fromarray(pixels[..., :3]).reduce(factor).filter(ImageFilter.GaussianBlur(radius / factor))
    blurred_background = np.asarray(small.resize((width, height), Image.Resampling.BILINEAR))
    return np.dstack([blurred_background, np.full((height, width), 255, np.uint8)])


def _lens_blur(side: int) -> ImageFilter.GaussianBlur:
    return ImageFilter.GaussianBlur(max(0.3, side * 0.0007))


def _grain(random: np.random.Generator, width: int, height: int) -> np.ndarray:
    tile = random.normal(0, _GRAIN, (_GRAIN_TILE, _GRAIN_TILE)).astype(np.float32)
    tile = (tile + np.roll(tile, 1, 0) + np.roll(tile, 1, 1)) / np.float32(1.8)
    repeats = (-(-height // _GRAIN_TILE), -(-width // _GRAIN_TILE))
    return np.tile(tile, repeats)[:height, :width, None]
