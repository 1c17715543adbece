"""Basic image operations shared by the image styles."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageFilter

Pixels = NDArray[np.uint8]


def grey_of(pixels: Pixels) -> NDArray[np.float32]:
    """Return the luma of each pixel, from 0 to 1."""
    return np.asarray(Image.fromarray(pixels).convert("L"), np.float32) / np.float32(255)


def blurred(image: Image.Image, radius: int) -> Image.Image:
    """Blur by about `radius` pixels with two box filters."""
    return image.filter(ImageFilter.BoxBlur(radius)).filter(ImageFilter.BoxBlur(max(1, radius // 2)))


def small_size(width: int, height: int, *, divisor: int = 4) -> tuple[int, int]:
    """Return the dimensions divided by `divisor` (at least 16 each), for noise that is scaled up later."""
    return max(16, width // divisor), max(16, height // divisor)


def enlarged(field: NDArray[np.float32], width: int, height: int) -> NDArray[np.float32]:
    """Resize a scalar field with bilinear interpolation."""
    return np.asarray(Image.fromarray(field).resize((width, height), Image.Resampling.BILINEAR))


def stacked(*parts: ArrayLike) -> Pixels:
    """Stack red, green and blue channels into RGB pixels."""
    return as_bytes(np.dstack([np.asarray(part, np.float32) for part in parts]))


def as_bytes(values: ArrayLike) -> Pixels:
    """Clip values to 0..255 and convert them to 8-bit pixels."""
    return np.asarray(np.clip(np.asarray(values, np.float32), 0, 255), np.uint8)
