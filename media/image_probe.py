"""Probing images and making smaller variants. Runs in the probe process alone."""

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from kit.image_modes import in_srgb, over_white, upright
from media.formats import Format
from media.probe_result import ProbeRefused, ProbeResult, Variants

MAX_PIXELS = 50_000_000
MAX_OPTIMIZED_PIXELS = 25_000_000  # two seconds of work; an alpha channel takes ten times that
MAX_FRAMES = 1_000
THUMBNAIL_SIDE = 320  # pixels
MAX_WEBP_SIDE = 16_383  # pixels
WEBP_QUALITY = 80
WEBP_EFFORT = 2  # 0 to 6; 4 takes three times as long for 8 % fewer bytes
AVIF_QUALITY = 60
AVIF_SPEED = 8  # 0 to 10; 6 takes three times as long
ORIENTATION = 0x0112  # EXIF
SIDEWAYS = frozenset({5, 6, 7, 8})


def probe_picture(path: Path, file_format: Format) -> ProbeResult:
    """Decode the whole image. Raises `ProbeRefused` for decompression bombs, damaged files and other formats."""
    with _opened(path, file_format) as image:
        if getattr(image, "n_frames", 1) > MAX_FRAMES:
            raise ProbeRefused(f"has more than {MAX_FRAMES} frames")
        image.load()
        width, height = image.size
        if image.getexif().get(ORIENTATION) in SIDEWAYS:
            width, height = height, width
    return ProbeResult(
        media_type=file_format.media_type,
        format=file_format.extension,
        codec=file_format.extension,
        width=width,
        height=height,
    )


def picture_variants(path: Path, file_format: Format, *, directory: Path) -> Variants:
    """Write `thumbnail.webp` and, for a still image of moderate size, `optimized.webp` to `directory`."""
    plain, is_still = _still(path, file_format)
    optimized = None
    if is_still:
        optimized = directory / "optimized.webp"
        plain.save(optimized, "WEBP", quality=WEBP_QUALITY, method=WEBP_EFFORT)
    return Variants(thumbnail=save_thumbnail(over_white(plain), directory, side=THUMBNAIL_SIDE), optimized=optimized)


def picture_as_avif(path: Path, file_format: Format, *, directory: Path) -> Variants:
    """Write `optimized.avif` of a still image of moderate size to `directory`. Raises `ProbeRefused`."""
    plain, is_still = _still(path, file_format)
    if not is_still:
        raise ProbeRefused("is too large or has several frames")
    optimized = directory / "optimized.avif"
    plain.save(optimized, "AVIF", quality=AVIF_QUALITY, speed=AVIF_SPEED, max_threads=1)
    return Variants(optimized=optimized)


def _still(path: Path, file_format: Format) -> tuple[Image.Image, bool]:
    """Return the upright 8-bit image in sRGB, and whether it is a still image of moderate size."""
    with _opened(path, file_format) as image:
        still = getattr(image, "n_frames", 1) == 1
        turned = in_srgb(upright(image))
        plain = turned.convert("RGBA" if turned.has_transparency_data else "RGB")
    plain.info.clear()  # a profile would be written with the variant
    fits = max(plain.size) <= MAX_WEBP_SIDE and plain.width * plain.height <= MAX_OPTIMIZED_PIXELS
    return plain, still and fits


def save_thumbnail(image: Image.Image, directory: Path, *, side: int) -> Path:
    """Shrink `image` in place to at most `side` pixels per side, and write it to `thumbnail.webp`."""
    path = directory / "thumbnail.webp"
    image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    image.save(path, "WEBP", quality=WEBP_QUALITY, method=WEBP_EFFORT)
    return path


@contextmanager
def _opened(path: Path, file_format: Format) -> Iterator[Image.Image]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(path, formats=[file_format.decoder or ""])
        with image:
            _check_size(image)
            yield image
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ProbeRefused(f"has more than {MAX_PIXELS:,} pixels") from error
    except (OSError, SyntaxError, ValueError, RuntimeError, EOFError, struct.error) as error:
        raise ProbeRefused(f"is damaged or cut short, or is no {file_format.extension.upper()} file") from error


def _check_size(image: Image.Image) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise ProbeRefused(f"has more than {MAX_PIXELS:,} pixels")
