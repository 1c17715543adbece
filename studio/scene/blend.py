"""Blending of several images: the first takes on the colours of the others, which fade in at its edges."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from studio.scene.restyle import cropped

Pixels = NDArray[np.uint8]
Field = NDArray[np.float32]

_COLOUR_STRENGTH = 0.5  # strength of the colour transfer, 0..1
_EDGE_OPACITY = 0.9  # opacity of another image at the outermost edge
_BAND_ROWS = 512  # rows processed at once, to bound memory
_EDGE_COUNT = 4
_FADE_WIDTH = 0.46  # width of the fade, as a fraction of the side


def blended(first: Pixels, others: Sequence[Pixels]) -> Pixels:
    """Return `first` with the colours of all `others`, and up to four of them faded in at its edges."""
    result = first
    height, width = first.shape[:2]
    for number, other in enumerate(others):
        fitted = cropped(other, width, height)
        result = _transfer_colours(result, fitted, share=_COLOUR_STRENGTH / len(others))
        if number < _EDGE_COUNT:
            result = _composite(result, fitted, _edge_mask(width, height, number, wide=width >= height))
    return result


def _transfer_colours(picture: Pixels, other: Pixels, *, share: float) -> Pixels:
    """Move the mean and standard deviation of each channel towards those of `other`, using lookup tables."""
    levels, tables = np.arange(256, dtype=np.float32), []
    for channel in range(3):
        have, want = picture[::4, ::4, channel], other[::4, ::4, channel]
        spread = np.clip((want.std() + 1) / (have.std() + 1), 0.4, 2.5)
        toned = (levels - have.mean()) * spread + want.mean()
        tables.append(np.clip(levels * (1 - share) + toned * share, 0, 255).astype(np.uint8))
    return np.dstack([table[picture[..., channel]] for channel, table in enumerate(tables)])


def _composite(picture: Pixels, other: Pixels, mask: Field) -> Pixels:
    """Composite `other` over `picture` with opacity `mask`, in bands of rows to bound memory."""
    result = np.empty_like(picture)
    for top in range(0, len(picture), _BAND_ROWS):
        band = slice(top, top + _BAND_ROWS)
        share = mask[band] if len(mask) > 1 else mask
        below = picture[band].astype(np.float32)
        result[band] = below + (other[band] - below) * share
    return result


def _edge_mask(width: int, height: int, number: int, *, wide: bool) -> Field:
    """Return an opacity mask that is highest at one edge of the image and zero in the middle."""
    along_x = (number < 2) == wide
    side = np.linspace(0, 1, width if along_x else height, dtype=np.float32)
    share = np.clip((side if number % 2 == 0 else 1 - side) / _FADE_WIDTH - (1 / _FADE_WIDTH - 1), 0, 1)
    eased = share * share * (3 - 2 * share) * np.float32(_EDGE_OPACITY)
    return np.asarray(eased[None, :, None] if along_x else eased[:, None, None], np.float32)
