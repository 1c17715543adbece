"""3D-render image style: regions between edges are shaded as smooth rounded bodies under soft light."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance

from studio.scene.ink_styles import edges
from studio.scene.raster import Pixels, as_bytes, blurred

Field = NDArray[np.float32]

_SHADING_SIDE = 640  # length of the shorter side in pixels at which shading is computed
_LIGHT_DIRECTION = np.array((-0.48, -0.6, 0.64), np.float32)
_NEUTRAL_LEVEL = 150  # 8-bit shading level at which colours are unchanged
_ROUNDING = 0.012  # width of the rounded edge, as a fraction of the shorter side


def clay(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """Apply rounded shading with specular highlights, and ambient occlusion along edges."""
    height, width = pixels.shape[:2]
    share = min(1.0, _SHADING_SIDE / min(height, width))
    size = max(1, round(width * share)), max(1, round(height * share))
    whole = ImageEnhance.Color(Image.fromarray(pixels)).enhance(1.25)
    small = whole.resize(size, Image.Resampling.BILINEAR)
    smooth = blurred(small, max(1, round(min(size) * _ROUNDING * 0.3)))
    shading, specular = _shade_image(smooth)
    large = [
        np.asarray(layer.resize((width, height), Image.Resampling.BICUBIC), np.float32)
        for layer in (smooth, shading, specular)
    ]
    colour = (large[0] * 0.55 + np.asarray(whole, np.float32) * 0.45) * 0.9 + 26
    return as_bytes(colour * (large[1] / _NEUTRAL_LEVEL)[..., None] + large[2][..., None] * 0.5)


def _shade_image(image: Image.Image) -> tuple[Image.Image, Image.Image]:
    """Return the diffuse shading and the specular highlights of an image, as 8-bit greyscale images."""
    reach = max(1, round(min(image.size) * _ROUNDING))
    edge_map = Image.fromarray(as_bytes(255 * edges(image, reach=1, gain=14.0)))
    rise = np.zeros((image.height, image.width), np.float32)
    for radius, share in ((reach, 0.9), (reach * 3, 1.5)):
        rise -= np.asarray(blurred(edge_map, radius), np.float32) / 255 * share
    if min(rise.shape) < 2:
        return Image.new("L", image.size, _NEUTRAL_LEVEL), Image.new("L", image.size)
    slope_y, slope_x = np.gradient(rise * reach * 2.6)
    light = _LIGHT_DIRECTION / np.linalg.norm(_LIGHT_DIRECTION)
    facing = (light[2] - slope_x * light[0] - slope_y * light[1]) / np.sqrt(slope_x**2 + slope_y**2 + 1)
    occlusion = np.clip(1.04 + 0.34 * rise, 0.5, 1.04)
    shading = (1 + (facing - light[2]) * 0.85) * occlusion * _NEUTRAL_LEVEL
    specular = np.clip(facing - 0.84, 0, 1) * 700
    return Image.fromarray(as_bytes(shading)), Image.fromarray(as_bytes(specular))
