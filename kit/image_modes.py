"""Converts images of any bit depth and transparency to 8-bit RGB or grayscale."""

from PIL import Image, ImageOps

HIGH_BIT_DEPTH = ("I", "F")  # prefixes of Pillow modes with more than 8 bits per channel
SCALE_16_TO_8 = 257  # 65,535 / 255


def upright(image: Image.Image) -> Image.Image:
    """Return the image rotated by its EXIF orientation, with 8 bits per channel."""
    turned = ImageOps.exif_transpose(image)
    if not turned.mode.startswith(HIGH_BIT_DEPTH):
        return turned
    # Pillow clips values above 255 instead of scaling.
    return turned.convert("I").point(lambda value: value * (1 / SCALE_16_TO_8)).convert("L")


def over_white(image: Image.Image) -> Image.Image:
    """Return the image in RGB, on a white background where it is transparent."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    clear = image.convert("RGBA")
    ground = Image.new("RGBA", clear.size, "white")
    ground.alpha_composite(clear)
    return ground.convert("RGB")
