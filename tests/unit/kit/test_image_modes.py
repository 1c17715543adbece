"""Deep and see-through pictures as a viewer shows them."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from kit.image_modes import over_white, upright

GREYS = [(0, 0), (0x4000, 64), (0x8000, 128), (0xFFFF, 255)]


def reopened(image: Image.Image, kind: str = "PNG", **options: object) -> Image.Image:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return Image.open(buffer)


def colour_of(image: Image.Image) -> object:
    return over_white(upright(image)).getpixel((0, 0))


@pytest.mark.parametrize(("deep", "shallow"), GREYS)
def test_16_bits_of_grey_become_8(deep: int, shallow: int) -> None:
    image = reopened(Image.fromarray(np.full((2, 2), deep, np.uint16)))

    assert image.mode == "I;16"
    assert colour_of(image) == pytest.approx((shallow,) * 3, abs=1)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_can_be_seen_through_is_white(mode: str) -> None:
    assert colour_of(reopened(Image.new(mode, (2, 2), 0))) == (255, 255, 255)


def test_what_can_be_half_seen_through_is_half_white() -> None:
    assert colour_of(reopened(Image.new("RGBA", (2, 2), (0, 0, 0, 128)))) == pytest.approx((127, 127, 127), abs=1)


def test_a_see_through_colour_of_a_palette_is_white() -> None:
    assert colour_of(reopened(Image.new("P", (2, 2), 0), transparency=0)) == (255, 255, 255)


def test_a_plain_picture_stays_as_it_is() -> None:
    assert colour_of(reopened(Image.new("RGB", (2, 2), (10, 20, 30)))) == (10, 20, 30)


def test_a_picture_of_a_turned_camera_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6

    assert upright(reopened(Image.new("RGB", (4, 2)), "JPEG", exif=exif)).size == (2, 4)
