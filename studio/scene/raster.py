"""Small operations on whole pictures that styles are made of."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageFilter

Pixels = NDArray[np.uint8]


def grey_of(pixels: Pixels) -> NDArray[np.float32]:
    """The brightness of each point, from 0 to 1."""
    return np.asarray(Image.fromarray(pixels).convert("L"), np.float32) / np.float32(255)


def blurred(image: Image.Image, radius: int) -> Image.Image:
    """Soft, by about `radius` pixels."""
    return image.filter(ImageFilter.BoxBlur(radius)).filter(ImageFilter.BoxBlur(max(1, radius // 2)))


def small_size(width: int, height: int, *, part: int = 4) -> tuple[int, int]:
    """A width and a height that are a part of these, for noise to be enlarged from."""
    return max(16, width // part), max(16, height // part)


def enlarged(field: NDArray[np.float32], width: int, height: int) -> NDArray[np.float32]:
    """A field at a larger size, smoothly."""
    return np.asarray(Image.fromarray(field).resize((width, height), Image.Resampling.BILINEAR))


def stacked(*parts: ArrayLike) -> Pixels:
    """Red, green and blue as one picture."""
    return as_bytes(np.dstack([np.asarray(part, np.float32) for part in parts]))


def as_bytes(values: ArrayLike) -> Pixels:
    """Numbers as pixels, clipped to 0..255."""
    return np.asarray(np.clip(np.asarray(values, np.float32), 0, 255), np.uint8)
