"""Decomposition of a rendered scene into a background and a foreground layer that recompose losslessly."""

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


def extract_layer(whole: Pixels, back: Pixels, *, coverage: Pixels) -> Pixels:
    """Return the RGBA layer (straight alpha) that yields `whole` when composited over `back`, both RGB.

    Alpha is `coverage` (0..255), raised where no colour at that alpha could produce the difference.
    """
    above = whole.astype(np.float32)
    below = back.astype(np.float32)
    change = above - below
    room = np.where(change > 0, 255 - below, below)
    needed = np.max(np.abs(change) / np.maximum(room, 1e-3), axis=2)
    alpha = np.ceil(np.maximum(np.minimum(needed, 1.0) * 255, coverage))
    share = np.maximum(alpha, 1.0)[..., None] / 255
    colour = np.clip(below + change / share, 0, 255)
    return np.dstack([np.rint(colour), alpha]).astype(np.uint8)


def composite(back: Pixels, front: Pixels) -> Pixels:
    """Composite the RGBA layer `front` over `back` and return RGB pixels."""
    share = front[..., 3:].astype(np.float32) / 255
    mixed = back[..., :3] * (1 - share) + front[..., :3] * share
    return np.rint(mixed).astype(np.uint8)
