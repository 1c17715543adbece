"""Several pictures in one: the first with the colours of the others, which come in at its edges."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from studio.scene.restyle import cropped

Pixels = NDArray[np.uint8]
Field = NDArray[np.float32]

_COLOUR_SHARE = 0.5  # of the way to the colours of the others
_EDGE_SHARE = 0.9  # of another picture at the very edge
_BAND_ROWS = 512  # worked on at once
_EDGES = 4
_REACH = 0.46  # of the side, into which another picture fades


def blended(first: Pixels, others: Sequence[Pixels]) -> Pixels:
    """`first` with one more picture at each of its edges, as far as there are edges, and all their colours."""
    result = first
    height, width = first.shape[:2]
    for number, other in enumerate(others):
        fitted = cropped(other, width, height)
        result = _toned(result, fitted, share=_COLOUR_SHARE / len(others))
        if number < _EDGES:
            result = _mixed(result, fitted, _from_edge(width, height, number, wide=width >= height))
    return result


def _toned(picture: Pixels, other: Pixels, *, share: float) -> Pixels:
    """With the mean and the spread of each colour nearer to those of the other: by a table for each colour."""
    levels, tables = np.arange(256, dtype=np.float32), []
    for part in range(3):
        have, want = picture[::4, ::4, part], other[::4, ::4, part]
        spread = np.clip((want.std() + 1) / (have.std() + 1), 0.4, 2.5)
        toned = (levels - have.mean()) * spread + want.mean()
        tables.append(np.clip(levels * (1 - share) + toned * share, 0, 255).astype(np.uint8))
    return np.dstack([table[picture[..., part]] for part, table in enumerate(tables)])


def _mixed(picture: Pixels, other: Pixels, mask: Field) -> Pixels:
    """`mask` of the other over the picture, in bands, to bound the memory of a large one."""
    result = np.empty_like(picture)
    for top in range(0, len(picture), _BAND_ROWS):
        band = slice(top, top + _BAND_ROWS)
        share = mask[band] if len(mask) > 1 else mask
        below = picture[band].astype(np.float32)
        result[band] = below + (other[band] - below) * share
    return result


def _from_edge(width: int, height: int, number: int, *, wide: bool) -> Field:
    """How much of another picture there is: most at the right, left, top or bottom edge, none in the middle."""
    along_x = (number < 2) == wide
    side = np.linspace(0, 1, width if along_x else height, dtype=np.float32)
    share = np.clip((side if number % 2 == 0 else 1 - side) / _REACH - (1 / _REACH - 1), 0, 1)
    eased = share * share * (3 - 2 * share) * np.float32(_EDGE_SHARE)
    return np.asarray(eased[None, :, None] if along_x else eased[:, None, None], np.float32)
