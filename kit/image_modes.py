"""Converts images of any bit depth, color space and transparency to 8-bit sRGB or grayscale."""

from io import BytesIO

from PIL import Image, ImageCms, ImageOps

HIGH_BIT_DEPTH = ("I", "F")  # prefixes of Pillow modes with more than 8 bits per channel
SCALE_16_TO_8 = 257  # 65,535 / 255

SRGB = ImageCms.createProfile("sRGB")
MODES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}  # by the color space of a profile
GRAY_MODES = frozenset({"1", "L", "LA"})


def upright(image: Image.Image) -> Image.Image:
    """Return the image rotated by its EXIF orientation, with 8 bits per channel."""
    turned = ImageOps.exif_transpose(image)
    if not turned.mode.startswith(HIGH_BIT_DEPTH):
        return turned
    # Pillow clips values above 255 instead of scaling.
    return turned.convert("I").point(lambda value: value * (1 / SCALE_16_TO_8)).convert("L")


def in_srgb(image: Image.Image) -> Image.Image:
    """Return an image of 8 bits per channel in sRGB, converted from its color profile.

    A profile that is broken or of another color space than the image is ignored.
    """
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(image.info["icc_profile"]))
        colors = _without_alpha(image, mode=MODES[profile.profile.xcolor_space])
        converted = ImageCms.profileToProfile(colors, profile, SRGB, outputMode="RGB")
    except (KeyError, OSError, ValueError, ImageCms.PyCMSError):
        return image
    if converted is None:
        return image
    if image.has_transparency_data:
        converted.putalpha(image.convert("RGBA").getchannel("A"))
    return converted


def _without_alpha(image: Image.Image, *, mode: str) -> Image.Image:
    """Return the image in `mode` without transparency. Raises `ValueError` if its colors are of another kind."""
    if (image.mode == "CMYK") != (mode == "CMYK") or (mode == "L" and image.mode not in GRAY_MODES):
        raise ValueError(f"the profile is for {mode}, the image is {image.mode}")
    return (image.convert("RGBA") if image.has_transparency_data else image).convert(mode)


def over_white(image: Image.Image) -> Image.Image:
    """Return the image in RGB, on a white background where it is transparent."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    clear = image.convert("RGBA")
    ground = Image.new("RGBA", clear.size, "white")
    ground.alpha_composite(clear)
    return ground.convert("RGB")
