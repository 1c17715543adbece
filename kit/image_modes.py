"""Pictures of every depth and transparency as the plain ones that work is done on."""

from PIL import Image, ImageOps

DEEP = ("I", "F")  # what the names of modes with more than 8 bits begin with
DEEP_PER_SHALLOW = 257  # 65,535 / 255


def upright(image: Image.Image) -> Image.Image:
    """The picture turned as its camera was held, with 8 bits for each part of a pixel."""
    turned = ImageOps.exif_transpose(image)
    if not turned.mode.startswith(DEEP):
        return turned
    # Pillow itself cuts off what is brighter than 255.
    return turned.convert("I").point(lambda value: value * (1 / DEEP_PER_SHALLOW)).convert("L")


def over_white(image: Image.Image) -> Image.Image:
    """The picture in RGB, with white where it can be seen through."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    clear = image.convert("RGBA")
    ground = Image.new("RGBA", clear.size, "white")
    ground.alpha_composite(clear)
    return ground.convert("RGB")
