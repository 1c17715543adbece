"""The style of a photograph: gentle tones, texture on every surface, light that spreads, and grain."""

import numpy as np
from PIL import Image, ImageFilter

from studio.scene.raster import Pixels, as_bytes, blurred, enlarged, grey_of, small_size
from studio.scene.texture import clouds

_BLUR_OF_BACK = 0.006  # of the shorter side
_GRAIN_TILE = 512  # pixels
_GRAIN = 7.5  # levels of 255, in the middle tones


def photo(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """Less colour, a soft shoulder in the lights, surfaces that are nowhere quite flat, and the grain of film."""
    height, width = pixels.shape[:2]
    soft = Image.fromarray(pixels).filter(_lens_softness(min(height, width)))
    picture = np.asarray(soft, np.float32)
    level = grey_of(np.asarray(soft))[..., None]
    picture = picture * 0.9 + level * 255 * 0.1
    mottle, broad = (
        enlarged(clouds(random, *small_size(width, height), cells=cells, octaves=3), width, height) for cells in (24, 3)
    )
    picture *= (0.93 + 0.08 * mottle + 0.06 * broad)[..., None]
    curve = np.clip(picture / 255, 0, 1)
    curve = curve + 0.09 * np.sin((curve - 0.5) * 2 * np.pi) * (1 - curve)
    quarter = max(1, width // 4), max(1, height // 4)
    bright = Image.fromarray(as_bytes(np.clip(curve[::2, ::2] - 0.66, 0, 1) * 600)).resize(quarter)
    halo = blurred(bright, max(1, round(min(height, width) * 0.005))).resize((width, height))
    spread = np.asarray(halo, np.float32)
    toned = curve * np.array((247, 243, 234), np.float32) + np.array((7, 8, 12), np.float32) + spread * 0.2
    return as_bytes(toned + _grain(random, width, height) * (0.4 + 2.4 * level * (1 - level)))


def out_of_focus(pixels: Pixels) -> Pixels:
    """What is far behind the thing a lens is set on: RGBA, blurred in place of depth."""
    height, width = pixels.shape[:2]
    radius = max(0.5, min(height, width) * _BLUR_OF_BACK)
    # Nothing finer than the blur is lost in a smaller copy, which is blurred in a fraction of the time.
    part = max(1, int(radius / 3))
    small = Image.fromarray(pixels[..., :3]).reduce(part).filter(ImageFilter.GaussianBlur(radius / part))
    seen = np.asarray(small.resize((width, height), Image.Resampling.BILINEAR))
    return np.dstack([seen, np.full((height, width), 255, np.uint8)])


def _lens_softness(side: int) -> ImageFilter.GaussianBlur:
    return ImageFilter.GaussianBlur(max(0.3, side * 0.0007))


def _grain(random: np.random.Generator, width: int, height: int) -> np.ndarray:
    tile = random.normal(0, _GRAIN, (_GRAIN_TILE, _GRAIN_TILE)).astype(np.float32)
    tile = (tile + np.roll(tile, 1, 0) + np.roll(tile, 1, 1)) / np.float32(1.8)
    repeats = (-(-height // _GRAIN_TILE), -(-width // _GRAIN_TILE))
    return np.tile(tile, repeats)[:height, :width, None]
