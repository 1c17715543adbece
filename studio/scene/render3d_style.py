"""The style of a 3D render: what lies between two edges swells into a smooth body under a soft light."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance

from studio.scene.ink_styles import edges
from studio.scene.raster import Pixels, as_bytes, blurred

Field = NDArray[np.float32]

_WORKED_SIDE = 640  # pixels of the shorter side at which bodies are modelled
_LIGHT = np.array((-0.48, -0.6, 0.64), np.float32)
_EVEN = 150  # the level of light that changes nothing
_ROUNDING = 0.012  # of the shorter side: how far a body bends at its edge


def clay(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """Soft bodies with a sheen, and shade where two of them meet."""
    height, width = pixels.shape[:2]
    share = min(1.0, _WORKED_SIDE / min(height, width))
    size = max(1, round(width * share)), max(1, round(height * share))
    whole = ImageEnhance.Color(Image.fromarray(pixels)).enhance(1.25)
    small = whole.resize(size, Image.Resampling.BILINEAR)
    smooth = blurred(small, max(1, round(min(size) * _ROUNDING * 0.3)))
    shading, sheen = _light_on(smooth)
    large = [
        np.asarray(part.resize((width, height), Image.Resampling.BICUBIC), np.float32)
        for part in (smooth, shading, sheen)
    ]
    colour = (large[0] * 0.55 + np.asarray(whole, np.float32) * 0.45) * 0.9 + 26
    return as_bytes(colour * (large[1] / _EVEN)[..., None] + large[2][..., None] * 0.5)


def _light_on(image: Image.Image) -> tuple[Image.Image, Image.Image]:
    """How much light falls on each point of the bodies in a picture, and how much they shine."""
    reach = max(1, round(min(image.size) * _ROUNDING))
    seam = Image.fromarray(as_bytes(255 * edges(image, reach=1, gain=14.0)))
    rise = np.zeros((image.height, image.width), np.float32)
    for radius, share in ((reach, 0.9), (reach * 3, 1.5)):
        rise -= np.asarray(blurred(seam, radius), np.float32) / 255 * share
    if min(rise.shape) < 2:
        return Image.new("L", image.size, _EVEN), Image.new("L", image.size)
    slope_y, slope_x = np.gradient(rise * reach * 2.6)
    light = _LIGHT / np.linalg.norm(_LIGHT)
    facing = (light[2] - slope_x * light[0] - slope_y * light[1]) / np.sqrt(slope_x**2 + slope_y**2 + 1)
    hollow = np.clip(1.04 + 0.34 * rise, 0.5, 1.04)
    shading = (1 + (facing - light[2]) * 0.85) * hollow * _EVEN
    sheen = np.clip(facing - 0.84, 0, 1) * 700
    return Image.fromarray(as_bytes(shading)), Image.fromarray(as_bytes(sheen))
