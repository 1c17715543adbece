"""Another picture in the light of a prompt: cropped, graded towards its colours, and painted over."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from studio.scene.colour import Colour, mix, shade
from studio.scene.light import Light

Pixels = NDArray[np.uint8]

_CROP_CENTRE = (0.5, 0.42)  # faces are above the middle
_BRUSH_SHARE = 0.006  # of the shorter side
_DARKNESS = 0.62  # of the brightness left in a dark hour
_BAND_ROWS = 512  # worked on at once, to bound the memory of a large picture
_GREY = np.array((0.299, 0.587, 0.114), np.float32)


def cropped(image: Pixels, width: int, height: int) -> Pixels:
    """The largest part of that shape, at that size."""
    size = (width, height)
    return np.asarray(ImageOps.fit(Image.fromarray(image), size, Image.Resampling.LANCZOS, centering=_CROP_CENTRE))


def graded(pixels: Pixels, light: Light, *, share: float) -> Pixels:
    """Shadows, middles and lights turned towards those of an hour; a dark hour darkens."""
    result = np.empty_like(pixels)
    for top in range(0, len(pixels), _BAND_ROWS):
        result[top : top + _BAND_ROWS] = _graded_band(pixels[top : top + _BAND_ROWS], light, share=share)
    return result


def _graded_band(pixels: Pixels, light: Light, *, share: float) -> Pixels:
    picture = pixels.astype(np.float32)
    level = picture @ _GREY
    shadow = shade(light.top, -0.62)
    stops: tuple[Colour, ...] = (
        shadow,
        mix(light.top, light.haze, 0.35),
        mix(light.middle, light.haze, 0.4),
        light.horizon,
        light.sun,
    )
    table = np.array(stops, np.float32)
    positions = np.array((0, 62, 126, 196, 255), np.float32)
    toned = np.stack([np.interp(level, positions, table[:, part]) for part in range(3)], -1).astype(np.float32)
    toned *= (0.35 + 0.65 * (level / np.maximum(toned @ _GREY, 1.0)))[..., None].clip(0.4, 1.7)
    if light.tint is not None:
        toned = toned * 0.4 + level[..., None] * np.array(shade(light.tint, 0.2), np.float32) * (0.6 / 150)
    lit = picture * (np.array(light.ambient, np.float32) / 255)
    result = (toned * 0.62 + lit * 0.38) * (_DARKNESS if light.dark else 1.0)
    return np.clip(picture * (1 - share) + result * share, 0, 255).astype(np.uint8)


def painterly(pixels: Pixels, *, share: float) -> Pixels:
    """Flat strokes with kept edges: each point takes the calmest of the four patches it is a corner of."""
    height, width = pixels.shape[:2]
    reach = max(1, round(min(width, height) * _BRUSH_SHARE))
    painted = np.empty_like(pixels)
    for top in range(0, height, _BAND_ROWS):
        bottom = min(height, top + _BAND_ROWS)
        start = max(0, top - 2 * reach)
        band = pixels[start : min(height, bottom + 2 * reach)].astype(np.float32)
        flat = band * (1 - share) + _calmest(band, reach) * share
        painted[top:bottom] = np.clip(flat[top - start : bottom - start], 0, 255)
    return painted


def _calmest(picture: NDArray[np.float32], reach: int) -> NDArray[np.float32]:
    height, width = picture.shape[:2]
    level = picture @ _GREY
    mean = _patch_mean(np.dstack([picture, level**2]), reach)
    unrest = np.abs(mean[..., 3] - (mean[..., :3] @ _GREY) ** 2)
    patches = np.pad(np.dstack([mean[..., :3], unrest]), ((reach, reach), (reach, reach), (0, 0)), mode="edge")
    best, chosen = np.full(level.shape, np.inf, np.float32), np.zeros_like(picture)
    for down in (0, 2 * reach):
        for right in (0, 2 * reach):
            patch = patches[down : down + height, right : right + width]
            calmer = patch[..., 3] < best
            best = np.where(calmer, patch[..., 3], best)
            chosen = np.where(calmer[..., None], patch[..., :3], chosen)
    return chosen


def _patch_mean(values: NDArray[np.float32], reach: int) -> NDArray[np.float32]:
    """The mean over a square of `2 * reach + 1` points around each."""
    side = 2 * reach + 1
    padded = np.pad(values, ((reach + 1, reach), (reach + 1, reach), (0, 0)), mode="edge").astype(np.float64)
    sums = padded.cumsum(0).cumsum(1)
    total = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    return np.asarray(total / side**2, np.float32)
