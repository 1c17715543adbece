"""Drums: each makes one stroke as samples."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from studio.music.synthesis import Samples, noise, seconds

LEVELS = {"kick": 0.75, "snare": 0.42, "clap": 0.4, "tom": 0.5, "brush": 0.25, "rim": 0.25, "crash": 0.25}
QUIET = 0.15  # the level of the others
SOFT = 0.55  # of a soft stroke beside a loud one


def level_of(name: str, stroke: str) -> float:
    """How loud a stroke is that a pattern writes as `x` (loud) or `o` (soft)."""
    return LEVELS.get(name, QUIET) * (1.0 if stroke == "x" else SOFT)


def drum(name: str) -> Samples:
    """One stroke of a drum."""
    return DRUMS[name]()


def kick() -> Samples:
    time = seconds(0.3)
    body = np.sin(2 * np.pi * (46 * time + 6 * (1 - np.exp(-time * 38)))) * np.exp(-time * 10)
    return _stroke(body + _hiss(len(time), lag=2) * np.exp(-time * 400) * 0.25)


def snare() -> Samples:
    time = seconds(0.22)
    body = np.sin(2 * np.pi * 185 * time) * np.exp(-time * 26)
    return _stroke(_hiss(len(time), lag=7) * np.exp(-time * 19) * 0.55 + body * 0.6)


def clap() -> Samples:
    time = seconds(0.2)
    bursts = sum(np.exp(-np.abs(time - start) * 160) for start in (0.0, 0.012, 0.024))
    return _stroke(_hiss(len(time), lag=11) * (bursts * 0.4 + np.exp(-time * 26) * 0.4))


def rim() -> Samples:
    time = seconds(0.05)
    return _stroke((np.sin(2 * np.pi * 1700 * time) + 0.5 * np.sin(2 * np.pi * 2750 * time)) * np.exp(-time * 90))


def brush() -> Samples:
    time = seconds(0.25)
    return _stroke(_hiss(len(time), lag=5) * np.minimum(1, time * 80) * np.exp(-time * 14) * 0.6)


def hat() -> Samples:
    time = seconds(0.07)
    return _stroke(_hiss(len(time), lag=3) * np.exp(-time * 70))


def open_hat() -> Samples:
    time = seconds(0.28)
    return _stroke(_hiss(len(time), lag=3) * np.exp(-time * 14))


def tom() -> Samples:
    time = seconds(0.4)
    body = np.sin(2 * np.pi * (85 * time + 3 * (1 - np.exp(-time * 20)))) * np.exp(-time * 7)
    return _stroke(body + _hiss(len(time), lag=9) * np.exp(-time * 90) * 0.15)


def crash() -> Samples:
    time = seconds(1.6)
    return _stroke(_hiss(len(time), lag=4) * np.exp(-time * 2.8) * 0.8)


DRUMS: Mapping[str, Callable[[], Samples]] = {
    "kick": kick,
    "snare": snare,
    "clap": clap,
    "rim": rim,
    "brush": brush,
    "hat": hat,
    "open_hat": open_hat,
    "tom": tom,
    "crash": crash,
}


def _hiss(count: int, *, lag: int) -> Samples:
    """Noise without its lows: what changes within `lag` samples; the longer, the deeper it hisses."""
    source = noise(count + lag + 1)
    changes = source[lag:] - source[:-lag]
    return _stroke((changes[1:] + changes[:-1]) / 2)


def _stroke(values: NDArray[np.floating]) -> Samples:
    return values.astype(np.float32)
