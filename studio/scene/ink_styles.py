"""Styles drawn in ink: comic books with their dots, and anime with its flat light."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance

from studio.scene.raster import Pixels, as_bytes, blurred, enlarged, grey_of

Field = NDArray[np.float32]

_STROKE_SIDE = 1000  # pixels of the shorter side at which strokes are one unit wide
_DOT_PITCH = 9.0  # pixels between halftone dots at that size
_DOT_TURN = 0.42  # radians the screen of dots is turned by
_HALVED_SIDE = 500  # pixels of the shorter side above which edges are looked for at half the size
_INK = np.array((22, 18, 30), np.float32)
_COMIC_TONES = 20
_ANIME_STEPS = 7  # of brightness


def comic(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """Few strong colours inside ink outlines, dots in the half shadows, and a black frame on white."""
    height, width = pixels.shape[:2]
    scale = max(0.3, min(height, width) / _STROKE_SIDE)
    calm = blurred(Image.fromarray(pixels), max(1, round(2 * scale)))
    bright = ImageEnhance.Contrast(ImageEnhance.Color(calm).enhance(1.6)).enhance(1.2)
    # The tones are chosen from a small copy, in a quarter of the time.
    tones = bright.resize((256, 256)).quantize(_COMIC_TONES, method=Image.Quantize.MEDIANCUT)
    flat = np.array(bright.quantize(palette=tones, dither=Image.Dither.NONE).convert("RGB"), np.float32)
    level = grey_of(np.asarray(calm))
    dots = _dots(width, height, pitch=_DOT_PITCH * scale)
    shadow = np.clip((0.62 - level) * 1.9, 0, 0.85)
    light = np.clip((level - 0.72) * 2.2, 0, 0.5)
    darkened = np.where(dots < shadow, np.float32(0.58), np.float32(1))[..., None]
    whitened = np.where(dots > 1 - light, np.float32(0.6), np.float32(0))[..., None]
    # In place, or a large picture takes a third more memory.
    flat *= darkened * (1 - whitened)
    flat += 255 * whitened
    inked = _inked(flat, edges(calm, reach=max(1, round(1.4 * scale)), gain=11.0))
    return _framed(as_bytes(inked), scale=scale)


def anime(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """Clean colours in steps of light, thin soft outlines, and bright parts that bloom."""
    height, width = pixels.shape[:2]
    scale = max(0.3, min(height, width) / _STROKE_SIDE)
    calm = blurred(Image.fromarray(pixels), max(1, round(1.2 * scale)))
    clean = np.asarray(ImageEnhance.Color(calm).enhance(1.38), np.float32)
    level = np.maximum(grey_of(clean.astype(np.uint8)), 1 / 255)
    place = level * _ANIME_STEPS
    step = np.floor(place)
    # A short ramp between two steps, or smooth skies would show bands.
    eased = (step + np.clip((place - step - 0.2) / 0.6, 0, 1)) / _ANIME_STEPS
    celled = clean * (0.55 + 0.45 * (eased + 0.04) / level)[..., None]
    lifted = celled * 0.94 + np.array((14, 16, 24), np.float32)
    lined = _inked(lifted, 0.62 * edges(calm, reach=max(1, round(0.9 * scale)), gain=9.0))
    quarter = max(1, width // 4), max(1, height // 4)
    bright = Image.fromarray(as_bytes(np.clip(lined[::2, ::2] - 172, 0, 83) * 2)).resize(quarter)
    bloom = blurred(bright, max(1, round(4 * scale))).resize((width, height), Image.Resampling.BILINEAR)
    return as_bytes(lined + np.asarray(bloom, np.float32) * np.float32(0.34))


def _inked(picture: Field, ink: Field) -> Field:
    """The picture itself with ink laid on it, as opaque as the field says."""
    cover = ink[..., None]
    picture *= 1 - cover
    picture += _INK * cover
    return picture


def edges(image: Image.Image, *, reach: int, gain: float) -> Field:
    """Where colours meet, from 0 to 1; worked out at half the size where a picture is large."""
    width, height = image.size
    halved = min(width, height) > _HALVED_SIDE
    if halved:
        image = image.resize((width // 2, height // 2), Image.Resampling.BOX)
        reach = max(1, reach // 2)
    part = np.asarray(image, np.int16)
    change = np.zeros(part.shape[:2], np.int16)
    if part.shape[0] > 2 * reach:
        change[reach:-reach] = np.abs(part[2 * reach :] - part[: -2 * reach]).max(axis=2)
    if part.shape[1] > 2 * reach:
        aside = np.abs(part[:, 2 * reach :] - part[:, : -2 * reach]).max(axis=2)
        np.maximum(change[:, reach:-reach], aside, out=change[:, reach:-reach])
    found: Field = np.clip((change.astype(np.float32) / 255 - 0.1) * gain * 0.5, 0, 1).astype(np.float32)
    return enlarged(found, width, height) if halved else found


def _dots(width: int, height: int, *, pitch: float) -> Field:
    """A turned screen whose values, from 0 to 1, are below a level on a part as large as that level."""
    turned = np.exp(1j * np.arange(max(width, height)) * np.cos(_DOT_TURN) * np.pi / pitch).astype(np.complex64)
    tilted = np.exp(1j * np.arange(max(width, height)) * np.sin(_DOT_TURN) * np.pi / pitch).astype(np.complex64)
    along = (turned[None, :width] * tilted[:height, None]).real
    athwart = (turned[:height, None] * tilted[None, :width].conj()).real
    return np.asarray((1 - along * athwart) / 2, np.float32)


def _framed(pixels: Pixels, *, scale: float) -> Pixels:
    """In the gutter of a page."""
    margin, rule = max(1, round(14 * scale)), max(1, round(5 * scale))
    if min(pixels.shape[:2]) < 4 * (margin + rule):
        return pixels
    page = np.full_like(pixels, 250)
    page[margin:-margin, margin:-margin] = _INK.astype(np.uint8)
    inner = slice(margin + rule, -(margin + rule))
    page[inner, inner] = pixels[inner, inner]
    return page
