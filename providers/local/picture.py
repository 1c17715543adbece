"""Pictures from a prompt, from a prompt in two layers, and from another picture."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from providers.local.scene import render
from providers.local.scene.brief import Weather
from providers.local.scene.layering import lifted
from providers.local.scene.restyle import cropped, graded, painterly

SOFTWARE = "doitong local"
_SOFTWARE_TAG = 0x0131  # of EXIF
_PNG_EFFORT = 2  # of 9: a tenth larger, four times as fast
_JPEG_QUALITY = 92  # of 100
_WEBP_QUALITY = 90  # of 100
_WEBP_EFFORT = 2  # of 6

_GRADED = 0.9  # of the way to the colours of the prompt, at full strength
_ADDING = frozenset(["add", "adding", "insert", "put", "place", "include"])

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Picture:
    """`pixels` is height x width x 3, RGB; `followed` are the words of the prompt that shaped it."""

    pixels: Pixels
    followed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layers:
    """Two RGBA pictures of the same size: `back` is opaque, `front` has straight (not premultiplied) alpha.

    Laid one over the other they are the picture without its grain, before its weather falls.
    """

    back: Pixels
    front: Pixels
    weather: Weather
    followed: tuple[str, ...]


def paint(prompt: str, width: int, height: int, *, seed: int, grain: bool = True, negative: str = "") -> Picture:
    """Compose a picture from the words of a prompt; the same arguments give the same pixels."""
    scene = render.settle(prompt, seed=seed, negative=negative)
    pixels = render.draw_back(scene, width, height)
    render.draw_near(scene, pixels)
    render.draw_falling(scene, pixels)
    finished = render.finished(scene, pixels)
    return Picture(render.grained(scene, finished) if grain else finished, scene.brief.followed)


def layers(prompt: str, width: int, height: int, *, seed: int, negative: str = "") -> Layers:
    """The same scene as `paint` composes, taken apart for a camera that moves through it."""
    scene = render.settle(prompt, seed=seed, negative=negative)
    drawn = render.draw_back(scene, width, height)
    back = render.finished(scene, drawn)
    render.draw_near(scene, drawn)
    whole = render.finished(scene, drawn)
    front = lifted(whole, back, coverage=render.near_coverage(scene, width, height))
    opaque = np.full((height, width), 255, np.uint8)
    return Layers(np.dstack([back, opaque]), front, render.weather_in(scene), scene.brief.followed)


def variation(image: Pixels, prompt: str, width: int, height: int, *, seed: int, strength: float) -> Picture:
    """Paint a picture anew in the light, weather and style of a prompt; `strength` 0 keeps it, 1 changes it most.

    Things are drawn into it only where the prompt says to add them.
    """
    scene = render.settle(prompt, seed=seed)
    adds = bool(_ADDING & set(prompt.lower().split()))
    pixels = graded(cropped(image, width, height), scene.light, share=_GRADED * strength)
    pixels = painterly(pixels, share=min(1.0, 1.4 * strength))
    drawn = np.dstack([pixels, np.full((height, width), 255, np.uint8)])
    if adds:
        render.draw_things(scene, drawn)
    render.draw_falling(scene, drawn)
    finished = render.finished(scene, drawn)
    return Picture(render.grained(scene, finished), render.followed_by_light(scene, things=adds))


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
