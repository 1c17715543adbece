"""Pictures from a prompt, from a prompt in two layers, and from another picture."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from providers.local.scene import render

SOFTWARE = "doitong local"
_SOFTWARE_TAG = 0x0131  # of EXIF
_PNG_EFFORT = 2  # of 9: a tenth larger, four times as fast
_JPEG_QUALITY = 92  # of 100
_WEBP_QUALITY = 90  # of 100
_WEBP_EFFORT = 2  # of 6

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Picture:
    """`pixels` is height x width x 3, RGB; `followed` are the words of the prompt that shaped it."""

    pixels: Pixels
    followed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layers:
    """Two RGBA pictures of the same size, `front` with straight alpha; laid over `back` it gives the whole scene."""

    back: Pixels
    front: Pixels
    weather: Literal["none", "rain", "snow", "glow"]
    followed: tuple[str, ...]


def paint(prompt: str, width: int, height: int, *, seed: int, grain: bool = True, negative: str = "") -> Picture:
    """Compose a picture from the words of a prompt; the same arguments give the same pixels."""
    scene = render.settle(prompt, seed=seed, negative=negative)
    pixels = render.draw_back(scene, width, height)
    render.draw_near(scene, pixels)
    render.draw_falling(scene, pixels)
    finished = render.finished(scene, pixels)
    return Picture(render.grained(scene, finished) if grain else finished, scene.brief.followed)


def save_picture(pixels: Pixels, path: Path) -> None:
    """Write PNG, JPEG or WebP, by the suffix."""
    image = Image.fromarray(pixels)
    exif = Image.Exif()
    exif[_SOFTWARE_TAG] = SOFTWARE
    match path.suffix.lower():
        case ".jpg" | ".jpeg":
            image.save(path, "JPEG", quality=_JPEG_QUALITY, exif=exif)
        case ".webp":
            image.save(path, "WEBP", quality=_WEBP_QUALITY, method=_WEBP_EFFORT, exif=exif)
        case _:
            text = PngInfo()
            text.add_text("Software", SOFTWARE)
            image.save(path, "PNG", compress_level=_PNG_EFFORT, pnginfo=text)
