"""Deep and see-through pictures, and those with a color profile, as a viewer shows them."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from kit.image_modes import in_srgb, over_white, upright
from tests.support import icc_profiles

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


@pytest.mark.parametrize(
    ("kind", "mode", "color", "profile", "shown"),
    [
        # The expected colors were computed from the published matrices and transfer functions of the color spaces.
        ("PNG", "RGB", (200, 100, 50), icc_profiles.display_p3(), (215, 93, 31)),
        ("PNG", "RGB", (120, 140, 160), icc_profiles.display_p3(), (115, 141, 162)),
        ("WEBP", "RGB", (0, 255, 0), icc_profiles.display_p3(), (0, 255, 0)),
        ("JPEG", "RGB", (200, 100, 50), icc_profiles.adobe_rgb(), (227, 100, 42)),
        ("PNG", "L", 100, icc_profiles.adobe_rgb(), (99, 99, 99)),
        ("PNG", "L", 128, icc_profiles.linear_gray(), (188, 188, 188)),
        ("PNG", "LA", (128, 255), icc_profiles.linear_gray(), (188, 188, 188)),
        ("PNG", "I;16", 0x8000, icc_profiles.linear_gray(), (188, 188, 188)),
        ("JPEG", "CMYK", (255, 0, 0, 0), icc_profiles.cmyk(), (54, 156, 197)),
        ("JPEG", "CMYK", (0, 255, 0, 0), icc_profiles.cmyk(), (198, 77, 88)),
        ("JPEG", "CMYK", (0, 0, 0, 0), icc_profiles.cmyk(), (255, 255, 255)),
    ],
)
def test_colors_are_converted_from_the_profile_to_srgb(
    kind: str, mode: str, color: int | tuple[int, ...], profile: bytes, shown: tuple[int, ...]
) -> None:
    options = {"lossless": True} if kind == "WEBP" else {"quality": 100, "subsampling": 0} if kind == "JPEG" else {}
    image = save_and_open(Image.new(mode, (8, 8), color), kind, icc_profile=profile, **options)

    converted = over_white(in_srgb(upright(image)))

    assert converted.getpixel((4, 4)) == pytest.approx(shown, abs=2)


def test_a_color_of_a_palette_is_converted_and_what_can_be_seen_through_stays_so() -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([200, 100, 50, 0, 0, 0])
    image.putpixel((1, 0), 1)

    converted = in_srgb(upright(save_and_open(image, transparency=1, icc_profile=icc_profiles.display_p3())))

    assert converted.mode == "RGBA"
    assert converted.getpixel((0, 0)) == pytest.approx((215, 93, 31, 255), abs=1)
    assert converted.getpixel((1, 0)) == pytest.approx((0, 0, 0, 0), abs=1)


@pytest.mark.parametrize(
    "profile",
    [
        b"x",
        bytes(128),
        icc_profiles.display_p3()[:300],
        icc_profiles.display_p3()[:200] + b"\xff" * 400,
        icc_profiles.linear_gray(),
        icc_profiles.cmyk(),
    ],
    ids=["no profile", "zeros", "cut short", "damaged", "of gray", "of inks"],
)
def test_a_profile_that_is_broken_or_of_other_colors_is_ignored(profile: bytes) -> None:
    image = save_and_open(Image.new("RGB", (2, 2), (200, 100, 50)), icc_profile=profile)

    assert in_srgb(upright(image)).getpixel((0, 0)) == (200, 100, 50)
