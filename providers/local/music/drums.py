"""Drums: each makes one stroke as samples."""

import numpy as np
from numpy.typing import NDArray

from providers.local.music.synthesis import Samples, noise, seconds

LEVELS = {"kick": 0.75, "snare": 0.42, "clap": 0.4, "tom": 0.5, "brush": 0.25, "rim": 0.25, "crash": 0.25}
QUIET = 0.15  # the level of the others
SOFT = 0.55  # of a soft stroke beside a loud one


def level_of(name: str, stroke: str) -> float:
    """How loud a stroke is that a pattern writes as `x` (loud) or `o` (soft)."""
    return LEVELS.get(name, QUIET) * (1.0 if stroke == "x" else SOFT)


def drum(name: str) -> Samples:
    """One stroke of a drum."""
    match name:
        case "kick":
            time = seconds(0.28)
            return _stroke(np.sin(2 * np.pi * (48 * time + 6 * (1 - np.exp(-time * 38)))) * np.exp(-time * 11))
        case "snare":
            time = seconds(0.2)
            body = np.sin(2 * np.pi * 185 * time) * np.exp(-time * 26)
            return _stroke(noise(len(time)) * np.exp(-time * 20) * 0.5 + body * 0.6)
        case "clap":
            time = seconds(0.18)
            bursts = sum(np.exp(-np.abs(time - start) * 160) for start in (0.0, 0.012, 0.024))
            return np.asarray(noise(len(time)) * (bursts * 0.4 + np.exp(-time * 30) * 0.4), np.float32)
        case "rim":
            time = seconds(0.05)
            return _stroke(np.sin(2 * np.pi * 1700 * time) * np.exp(-time * 90))
        case "brush":
            time = seconds(0.25)
            return _stroke(np.diff(noise(len(time) + 1)) * np.exp(-time * 14) * 0.5)
        case "open_hat":
            time = seconds(0.25)
            return _stroke(np.diff(noise(len(time) + 1)) * np.exp(-time * 16))
        case "tom":
            time = seconds(0.35)
            return _stroke(np.sin(2 * np.pi * (90 * time + 3 * (1 - np.exp(-time * 20)))) * np.exp(-time * 8))
        case "crash":
            time = seconds(1.4)
            return _stroke(np.diff(noise(len(time) + 1)) * np.exp(-time * 3.2) * 0.8)
        case "hat":
            time = seconds(0.06)
            return _stroke(np.diff(noise(len(time) + 1)) * np.exp(-time * 75))
    raise ValueError(f"there is no drum {name!r}")


def _stroke(values: NDArray[np.floating]) -> Samples:
    return values.astype(np.float32)
