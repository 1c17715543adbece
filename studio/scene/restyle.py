"""Restyling of an existing image: crop, colour grading and painterly filter."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from studio.scene.colour import Colour, mix, shade
from studio.scene.lighting import Light

Pixels = NDArray[np.uint8]

_CROP_CENTRE = (0.5, 0.42)  # above the middle, where faces usually are
_BRUSH_RADIUS = 0.006  # brush radius as a fraction of the shorter side
_DARK_BRIGHTNESS = 0.62  # brightness factor for dark lighting
_BAND_ROWS = 512  # rows processed at once, to bound memory
_LUMA_WEIGHTS = np.array((0.299, 0.587, 0.114), np.float32)


def cropped(image: Pixels, width: int, height: int) -> Pixels:
    """Crop the image to the aspect ratio of `width` x `height` and resize it to that size."""
    size = (width, height)
    return np.asarray(ImageOps.fit(Image.fromarray(image), size, Image.Resampling.LANCZOS, centering=_CROP_CENTRE))


def graded(pixels: Pixels, light: Light, *, share: float) -> Pixels:
    """Grade shadows, mid-tones and highlights towards a lighting preset; dark presets also darken."""
    result = np.empty_like(pixels)
    for top in range(0, len(pixels), _BAND_ROWS):
        result[top : top + _BAND_ROWS] = _graded_band(pixels[top : top + _BAND_ROWS], light, share=share)
    return result


def _graded_band(pixels: Pixels, light: Light, *, share: float) -> Pixels:
    picture = pixels.astype(np.float32)
    level = picture @ _LUMA_WEIGHTS
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
    toned = np.stack([np.interp(level, positions, table[:, channel]) for channel in range(3)], -1).astype(np.float32)
    toned *= (0.35 + 0.65 * (level / np.maximum(toned @ _LUMA_WEIGHTS, 1.0)))[..., None].clip(0.4, 1.7)
    if light.tint is not None:
        toned = toned * 0.4 + level[..., None] * np.array(shade(light.tint, 0.2), np.float32) * (0.6 / 150)
    lit = picture * (np.array(light.ambient, np.float32) / 255)
    result = (toned * 0.62 + lit * 0.38) * (_DARK_BRIGHTNESS if light.dark else 1.0)
    return np.clip(picture * (1 - share) + result * share, 0, 255).astype(np.uint8)


def painterly(pixels: Pixels, *, share: float) -> Pixels:
    """Apply a Kuwahara filter: each pixel takes the mean of the least varied of four adjacent patches."""
    height, width = pixels.shape[:2]
    reach = max(1, round(min(width, height) * _BRUSH_RADIUS))
    painted = np.empty_like(pixels)
    for top in range(0, height, _BAND_ROWS):
        bottom = min(height, top + _BAND_ROWS)
        start = max(0, top - 2 * reach)
        band = pixels[start : min(height, bottom + 2 * reach)].astype(np.float32)
        flat = band * (1 - share) + _kuwahara(band, reach) * share
        painted[top:bottom] = np.clip(flat[top - start : bottom - start], 0, 255)
    return painted


def _kuwahara(picture: NDArray[np.float32], reach: int) -> NDArray[np.float32]:
    height, width = picture.shape[:2]
    level = picture @ _LUMA_WEIGHTS
    mean = _patch_mean(np.dstack([picture, level**2]), reach)
    variance = np.abs(mean[..., 3] - (mean[..., :3] @ _LUMA_WEIGHTS) ** 2)
    patches = np.pad(np.dstack([mean[..., :3], variance]), ((reach, reach), (reach, reach), (0, 0)), mode="edge")
    best, chosen = np.full(level.shape, np.inf, np.float32), np.zeros_like(picture)
    for down in (0, 2 * reach):
        for right in (0, 2 * reach):
            patch = patches[down : down + height, right : right + width]
            is_smoother = patch[..., 3] < best
            best = np.where(is_smoother, patch[..., 3], best)
            chosen = np.where(is_smoother[..., None], patch[..., :3], chosen)
    return chosen


def _patch_mean(values: NDArray[np.float32], reach: int) -> NDArray[np.float32]:
    """Return the mean over a square of side `2 * reach + 1` around each pixel."""
    side = 2 * reach + 1
    padded = np.pad(values, ((reach + 1, reach), (reach + 1, reach), (0, 0)), mode="edge").astype(np.float64)
    sums = padded.cumsum(0).cumsum(1)
    total = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    return np.asarray(total / side**2, np.float32)
