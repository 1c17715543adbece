"""How players show a video frame: turned by its display matrix, with square pixels. Runs in the probe process alone."""

import struct
from collections.abc import Mapping
from typing import Final, cast

from av import VideoFrame
from av.sidedata.sidedata import SideData, Type
from av.video.stream import VideoStream
from PIL import Image
from PIL.Image import Transpose

from media.image_probe import MAX_PIXELS

Size = tuple[int, int]  # width and height in pixels

MATRIX: Final = struct.Struct("=9i")  # rows (a, b, u), (c, d, v), (x, y, w); x' = a·x + c·y, y' = b·x + d·y
TURNS: Final[Mapping[tuple[int, ...], Transpose]] = {
    (0, -1, 1, 0): Transpose.ROTATE_90,
    (-1, 0, 0, -1): Transpose.ROTATE_180,
    (0, 1, -1, 0): Transpose.ROTATE_270,
    (-1, 0, 0, 1): Transpose.FLIP_LEFT_RIGHT,
    (1, 0, 0, -1): Transpose.FLIP_TOP_BOTTOM,
    (0, 1, 1, 0): Transpose.TRANSPOSE,
    (0, -1, -1, 0): Transpose.TRANSVERSE,
}
SIDEWAYS: Final = frozenset({Transpose.ROTATE_90, Transpose.ROTATE_270, Transpose.TRANSPOSE, Transpose.TRANSVERSE})
MAX_PIXEL_RATIO: Final = 8  # width to height of a pixel, or the reverse; more is damage


def displayed_size(stream: VideoStream, frame: VideoFrame) -> Size:
    """Return the size in which players show `frame`."""
    width, height = _with_square_pixels(stream)
    return (height, width) if _turn(frame) in SIDEWAYS else (width, height)


def displayed_image(stream: VideoStream, frame: VideoFrame, *, max_side: int) -> Image.Image:
    """Return `frame` as players show it; larger ones may be shrunk to `max_side` pixels on the longer side."""
    image = Image.fromarray(frame.to_ndarray(format="rgb24"))
    width, height = _with_square_pixels(stream)
    if (width, height) != (stream.width, stream.height):
        scale = min(1.0, max_side / max(width, height))
        image = image.resize((max(1, round(width * scale)), max(1, round(height * scale))), Image.Resampling.LANCZOS)
    turn = _turn(frame)
    return image if turn is None else image.transpose(turn)


def _with_square_pixels(stream: VideoStream) -> Size:
    """Return the size after stretching the shorter side of a pixel, as browsers do."""
    width, height, ratio = stream.width, stream.height, stream.sample_aspect_ratio
    if not ratio or not 1 / MAX_PIXEL_RATIO <= ratio <= MAX_PIXEL_RATIO:
        return width, height
    stretched = (round(width * ratio), height) if ratio > 1 else (width, round(height / ratio))
    return stretched if stretched[0] * stretched[1] <= MAX_PIXELS else (width, height)


def _turn(frame: VideoFrame) -> Transpose | None:
    """Return how to turn and mirror the frame; None for angles other than right ones."""
    side_data = cast("Mapping[Type, SideData]", frame.side_data)
    if Type.DISPLAYMATRIX not in side_data:
        return None
    a, b, _, c, d, *_ = MATRIX.unpack(bytes(side_data[Type.DISPLAYMATRIX]))
    unit = max(map(abs, (a, b, c, d)))
    return TURNS.get(tuple((2 * value > unit) - (2 * value < -unit) for value in (a, b, c, d)))
