"""Ink-based image styles: comic book with halftone dots, and anime with cel shading."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance

from studio.scene.raster import Pixels, as_bytes, blurred, enlarged, grey_of

Field = NDArray[np.float32]

_REFERENCE_SIDE = 1000  # length of the shorter side in pixels at which the stroke scale is 1
_DOT_PITCH = 9.0  # distance between halftone dots in pixels at scale 1
_DOT_ANGLE = 0.42  # rotation of the halftone screen in radians
_MAX_FULL_RESOLUTION_SIDE = 500  # shorter side in pixels above which edges are detected at half resolution
_INK = np.array((22, 18, 30), np.float32)
_COMIC_TONES = 20
_ANIME_STEPS = 7  # number of brightness levels


def comic(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """Apply a limited saturated palette, ink outlines, halftone dots and a black panel frame on white."""
    height, width = pixels.shape[:2]
    scale = max(0.3, min(height, width) / _REFERENCE_SIDE)
    smoothed = blurred(Image.fromarray(pixels), max(1, round(2 * scale)))
    bright = ImageEnhance.Contrast(ImageEnhance.Color(smoothed).enhance(1.6)).enhance(1.2)
    # Computing the palette on a small copy takes a quarter of the time.
    tones = bright.resize((256, 256)).quantize(_COMIC_TONES, method=Image.Quantize.MEDIANCUT)
    flat = np.array(bright.quantize(palette=tones, dither=Image.Dither.NONE).convert("RGB"), np.float32)
    level = grey_of(np.asarray(smoothed))
    dots = _halftone_screen(width, height, pitch=_DOT_PITCH * scale)
    shadow = np.clip((0.62 - level) * 1.9, 0, 0.85)
    light = np.clip((level - 0.72) * 2.2, 0, 0.5)
    darkened = np.where(dots < shadow, np.float32(0.58), np.float32(1))[..., None]
    whitened = np.where(dots > 1 - light, np.float32(0.6), np.float32(0))[..., None]
    # In-place operations: temporaries would take a third more memory.
    flat *= darkened * (1 - whitened)
    flat += 255 * whitened
    inked = _apply_ink(flat, edges(smoothed, reach=max(1, round(1.4 * scale)), gain=11.0))
    return _add_frame(as_bytes(inked), scale=scale)


def anime(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """Apply stepped brightness (cel shading), thin soft outlines and bloom on the highlights."""
    height, width = pixels.shape[:2]
    scale = max(0.3, min(height, width) / _REFERENCE_SIDE)
    smoothed = blurred(Image.fromarray(pixels), max(1, round(1.2 * scale)))
    clean = np.asarray(ImageEnhance.Color(smoothed).enhance(1.38), np.float32)
    level = np.maximum(grey_of(clean.astype(np.uint8)), 1 / 255)
    position = level * _ANIME_STEPS
    step = np.floor(position)
    # A short ramp between two steps avoids visible banding in smooth skies.
    eased = (step + np.clip((position - step - 0.2) / 0.6, 0, 1)) / _ANIME_STEPS
    cel_shaded = clean * (0.55 + 0.45 * (eased + 0.04) / level)[..., None]
    lifted = cel_shaded * 0.94 + np.array((14, 16, 24), np.float32)
    lined = _apply_ink(lifted, 0.62 * edges(smoothed, reach=max(1, round(0.9 * scale)), gain=9.0))
    quarter = max(1, width // 4), max(1, height // 4)
    bright = Image.fromarray(as_bytes(np.clip(lined[::2, ::2] - 172, 0, 83) * 2)).resize(quarter)
    bloom = blurred(bright, max(1, round(4 * scale))).resize((width, height), Image.Resampling.BILINEAR)
    return as_bytes(lined + np.asarray(bloom, np.float32) * np.float32(0.34))


def _apply_ink(picture: Field, ink: Field) -> Field:
    """Composite ink over `picture` in place, with the opacity `ink` (0..1), and return it."""
    cover = ink[..., None]
    picture *= 1 - cover
    picture += _INK * cover
    return picture


def edges(image: Image.Image, *, reach: int, gain: float) -> Field:
    """Return the edge strength per pixel, from 0 to 1; large images are processed at half resolution."""
    width, height = image.size
    halved = min(width, height) > _MAX_FULL_RESOLUTION_SIDE
    if halved:
        image = image.resize((width // 2, height // 2), Image.Resampling.BOX)
        reach = max(1, reach // 2)
    values = np.asarray(image, np.int16)
    change = np.zeros(values.shape[:2], np.int16)
    if values.shape[0] > 2 * reach:
        change[reach:-reach] = np.abs(values[2 * reach :] - values[: -2 * reach]).max(axis=2)
    if values.shape[1] > 2 * reach:
        horizontal = np.abs(values[:, 2 * reach :] - values[:, : -2 * reach]).max(axis=2)
        np.maximum(change[:, reach:-reach], horizontal, out=change[:, reach:-reach])
    found: Field = np.clip((change.astype(np.float32) / 255 - 0.1) * gain * 0.5, 0, 1).astype(np.float32)
    return enlarged(found, width, height) if halved else found


def _halftone_screen(width: int, height: int, *, pitch: float) -> Field:
    """Return a rotated halftone threshold matrix with values from 0 to 1."""
    along_wave = np.exp(1j * np.arange(max(width, height)) * np.cos(_DOT_ANGLE) * np.pi / pitch).astype(np.complex64)
    across_wave = np.exp(1j * np.arange(max(width, height)) * np.sin(_DOT_ANGLE) * np.pi / pitch).astype(np.complex64)
    along = (along_wave[None, :width] * across_wave[:height, None]).real
    across = (along_wave[:height, None] * across_wave[None, :width].conj()).real
    return np.asarray((1 - along * across) / 2, np.float32)


def _add_frame(pixels: Pixels, *, scale: float) -> Pixels:
    """Draw a white margin and a black panel frame around the image."""
    margin, rule = max(1, round(14 * scale)), max(1, round(5 * scale))
    if min(pixels.shape[:2]) < 4 * (margin + rule):
        return pixels
    page = np.full_like(pixels, 250)
    page[margin:-margin, margin:-margin] = _INK.astype(np.uint8)
    inner = slice(margin + rule, -(margin + rule))
    page[inner, inner] = pixels[inner, inner]
    return page
