"""Drum synthesis: each function returns the samples of one hit."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from studio.music.synthesis import Samples, noise, sample_times

DRUM_LEVELS = {"kick": 0.75, "snare": 0.42, "clap": 0.4, "tom": 0.5, "brush": 0.25, "rim": 0.25, "crash": 0.25}
DEFAULT_LEVEL = 0.15  # for drums without an entry above
SOFT_HIT_FACTOR = 0.55


def hit_level(name: str, symbol: str) -> float:
    """Return the level of a hit by its pattern symbol: `x` (loud) or `o` (soft)."""
    return DRUM_LEVELS.get(name, DEFAULT_LEVEL) * (1.0 if symbol == "x" else SOFT_HIT_FACTOR)


def drum_samples(name: str) -> Samples:
    """Return one hit of the named drum."""
    return DRUMS[name]()


def kick() -> Samples:
    time = sample_times(0.3)
    body = np.sin(2 * np.pi * (46 * time + 6 * (1 - np.exp(-time * 38)))) * np.exp(-time * 10)
    return _samples(body + _high_passed_noise(len(time), lag=2) * np.exp(-time * 400) * 0.25)


def snare() -> Samples:
    time = sample_times(0.22)
    body = np.sin(2 * np.pi * 185 * time) * np.exp(-time * 26)
    return _samples(_high_passed_noise(len(time), lag=7) * np.exp(-time * 19) * 0.55 + body * 0.6)


def clap() -> Samples:
    time = sample_times(0.2)
    bursts = sum(np.exp(-np.abs(time - start) * 160) for start in (0.0, 0.012, 0.024))
    return _samples(_high_passed_noise(len(time), lag=11) * (bursts * 0.4 + np.exp(-time * 26) * 0.4))


def rim() -> Samples:
    time = sample_times(0.05)
    return _samples((np.sin(2 * np.pi * 1700 * time) + 0.5 * np.sin(2 * np.pi * 2750 * time)) * np.exp(-time * 90))


def brush() -> Samples:
    time = sample_times(0.25)
    return _samples(_high_passed_noise(len(time), lag=5) * np.minimum(1, time * 80) * np.exp(-time * 14) * 0.6)


def hat() -> Samples:
    time = sample_times(0.07)
    return _samples(_high_passed_noise(len(time), lag=3) * np.exp(-time * 70))


def open_hat() -> Samples:
    time = sample_times(0.28)
    return _samples(_high_passed_noise(len(time), lag=3) * np.exp(-time * 14))


def tom() -> Samples:
    time = sample_times(0.4)
    body = np.sin(2 * np.pi * (85 * time + 3 * (1 - np.exp(-time * 20)))) * np.exp(-time * 7)
    return _samples(body + _high_passed_noise(len(time), lag=9) * np.exp(-time * 90) * 0.15)


def crash() -> Samples:
    time = sample_times(1.6)
    return _samples(_high_passed_noise(len(time), lag=4) * np.exp(-time * 2.8) * 0.8)


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


def _high_passed_noise(count: int, *, lag: int) -> Samples:
    """Return high-passed noise: differences over `lag` samples. A longer lag keeps lower frequencies."""
    source = noise(count + lag + 1)
    differences = source[lag:] - source[:-lag]
    return _samples((differences[1:] + differences[:-1]) / 2)


def _samples(values: NDArray[np.floating]) -> Samples:
    return values.astype(np.float32)
