"""Conversion of 16-bit, transparent and rotated images for display."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from kit.image_modes import over_white, upright

GREY_VALUES = [(0, 0), (0x4000, 64), (0x8000, 128), (0xFFFF, 255)]


def save_and_open(image: Image.Image, format: str = "PNG", **options: object) -> Image.Image:
    buffer = BytesIO()
    image.save(buffer, format, **options)
    return Image.open(buffer)


def colour_of(image: Image.Image) -> object:
    return over_white(upright(image)).getpixel((0, 0))


@pytest.mark.parametrize(("value_16", "value_8"), GREY_VALUES)
def test_16_bit_grey_becomes_8_bit(value_16: int, value_8: int) -> None:
    image = save_and_open(Image.fromarray(np.full((2, 2), value_16, np.uint16)))

    assert image.mode == "I;16"
    assert colour_of(image) == pytest.approx((value_8,) * 3, abs=1)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparent_pixels_become_white(mode: str) -> None:
    assert colour_of(save_and_open(Image.new(mode, (2, 2), 0))) == (255, 255, 255)


def test_half_transparent_pixels_are_blended_with_white() -> None:
    assert colour_of(save_and_open(Image.new("RGBA", (2, 2), (0, 0, 0, 128)))) == pytest.approx((127, 127, 127), abs=1)


def test_a_transparent_palette_colour_becomes_white() -> None:
    assert colour_of(save_and_open(Image.new("P", (2, 2), 0), transparency=0)) == (255, 255, 255)


def test_an_opaque_image_is_unchanged() -> None:
    assert colour_of(save_and_open(Image.new("RGB", (2, 2), (10, 20, 30)))) == (10, 20, 30)


def test_the_exif_orientation_is_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6

    assert upright(save_and_open(Image.new("RGB", (4, 2)), "JPEG", exif=exif)).size == (2, 4)
