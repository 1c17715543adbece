"""Seeded noise: cloud fields, terrain outlines and independent random generators."""

import hashlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Field = NDArray[np.float32]


def generator_for(*parts: object) -> np.random.Generator:
    """Return a random generator seeded by a hash of `parts`, independent of those for other parts."""
    text = "|".join(str(part) for part in parts)
    return np.random.default_rng(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big"))


def clouds(
    random: np.random.Generator, width: int, height: int, *, cells: float, octaves: int = 5, stretch: float = 1.0
) -> Field:
    """Return fractal noise from 0 to 1 with `cells` cells along the height, stretched horizontally by `stretch`."""
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        rows = max(2, round(cells * 2**octave))
        columns = max(2, round(cells * 2**octave * width / height / stretch))
        bumps = Image.fromarray(random.random((rows + 1, columns + 1), np.float32))
        total += 0.55**octave * np.asarray(bumps.resize((width, height), Image.Resampling.BICUBIC))
    low, high = np.percentile(total[::4, ::4], (1, 99))
    return np.asarray(np.clip((total - low) / max(float(high - low), 1e-6), 0, 1), np.float32)


def skyline(random: np.random.Generator, count: int, *, bumps: float, octaves: int = 6) -> Field:
    """Return a fractal mountain outline of `count` values from 0 to 1 with about `bumps` peaks."""
    x = np.linspace(0, 1, count)
    line = np.zeros(count)
    for octave in range(octaves):
        frequency = bumps * 2**octave
        knots = random.random(int(frequency) + 3)
        line += np.interp(x * frequency, np.arange(len(knots)), knots) / 2.1**octave
    span = float(np.ptp(line)) or 1.0
    return np.asarray((line - line.min()) / span, np.float32)


def rolling(random: np.random.Generator, count: int, *, bumps: float) -> Field:
    """Return a smooth outline of rolling hills of `count` values from 0 to 1."""
    x = np.linspace(0, 2 * np.pi, count)
    phases = random.random(3) * 2 * np.pi
    line = sum(np.sin(x * bumps * step + phase) / step for step, phase in zip((0.5, 1.0, 2.3), phases, strict=True))
    span = float(np.ptp(line)) or 1.0
    return np.asarray((line - np.min(line)) / span, np.float32)
