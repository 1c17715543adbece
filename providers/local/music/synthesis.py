"""Instruments: each makes one note of a pitch in hertz and a length in seconds, as samples."""

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

RATE = 44_100  # samples a second
A4 = 440.0  # hertz
A4_NOTE = 69  # its number in MIDI
NOISE_SEED = 7


def _samples(values: NDArray[np.floating]) -> Samples:
    return values.astype(np.float32)


def frequency(note: float) -> float:
    """Hertz of a MIDI note number."""
    return float(A4 * 2 ** ((note - A4_NOTE) / 12))


def seconds(duration: float) -> Samples:
    return _samples(np.arange(max(1, int(duration * RATE))) / RATE)


def envelope(count: int, *, attack: float, decay: float, sustain: float, release: float) -> Samples:
    """How loud a note is from its beginning to its end; times in seconds, `sustain` from 0 to 1."""
    shape = np.full(count, sustain, np.float32)
    rise = min(int(attack * RATE), count)
    fall = min(int(decay * RATE), count - rise)
    shape[:rise] = np.linspace(0, 1, rise, dtype=np.float32)
    shape[rise : rise + fall] = np.linspace(1, sustain, fall, dtype=np.float32)
    end = min(int(release * RATE), count)
    if end:
        shape[-end:] *= np.linspace(1, 0, end, dtype=np.float32)
    return shape


def partials(hertz: float, duration: float, strengths: tuple[float, ...], *, detune: float = 0.0) -> Samples:
    """A tone of harmonics; detuned, a second one beats against it."""
    time = seconds(duration)
    tone = np.zeros(len(time), np.float32)
    for harmonic, strength in enumerate(strengths, 1):
        if strength and hertz * harmonic < RATE / 2:
            tone += strength * np.sin(2 * np.pi * hertz * harmonic * time)
            if detune:
                tone += strength * np.sin(2 * np.pi * hertz * (1 + detune) * harmonic * time)
    return tone


def pad(hertz: float, duration: float) -> Samples:
    tone = partials(hertz, duration, (0.4, 0.2, 0.1, 0.05), detune=0.004)
    return _samples(tone * envelope(len(tone), attack=0.5, decay=0.4, sustain=0.8, release=0.7))


def strings(hertz: float, duration: float) -> Samples:
    tone = partials(hertz, duration, (0.35, 0.22, 0.16, 0.12, 0.08, 0.05), detune=0.006)
    return _samples(tone * envelope(len(tone), attack=0.25, decay=0.2, sustain=0.9, release=0.35))


def organ(hertz: float, duration: float) -> Samples:
    tone = partials(hertz, duration, (0.4, 0.35, 0.2, 0.25, 0.0, 0.12))
    return _samples(tone * envelope(len(tone), attack=0.02, decay=0.05, sustain=0.9, release=0.08))


def bass(hertz: float, duration: float) -> Samples:
    tone = np.tanh(partials(hertz, duration, (1.0, 0.35, 0.12)) * 1.4).astype(np.float32)
    return _samples(tone * envelope(len(tone), attack=0.008, decay=0.12, sustain=0.65, release=0.06))


def synth_bass(hertz: float, duration: float) -> Samples:
    tone = partials(hertz, duration, tuple(1 / n for n in range(1, 9)), detune=0.003) * 0.4
    return _samples(tone * envelope(len(tone), attack=0.005, decay=0.18, sustain=0.4, release=0.05))


def upright_bass(hertz: float, duration: float) -> Samples:
    tone = partials(hertz, duration, (1.0, 0.5, 0.2, 0.1))
    return _samples(tone * np.exp(-seconds(duration) * 2.6) * 0.9)


def pluck(hertz: float, duration: float) -> Samples:
    tone = partials(hertz, duration, (0.7, 0.3, 0.18, 0.0, 0.06))
    return _samples(tone * np.exp(-seconds(duration) * 5.5))


def piano(hertz: float, duration: float) -> Samples:
    time = seconds(duration)
    tone = sum(
        (strength * np.sin(2 * np.pi * hertz * n * (1 + 0.0004 * n * n) * time) * np.exp(-time * (1.2 + 0.9 * n)))
        for n, strength in enumerate((0.8, 0.4, 0.25, 0.15, 0.08, 0.05), 1)
    )
    return _samples(
        np.asarray(tone, np.float32) * envelope(len(time), attack=0.004, decay=0.0, sustain=1.0, release=0.08)
    )


def guitar(hertz: float, duration: float) -> Samples:
    time = seconds(duration)
    tone = sum(np.sin(2 * np.pi * hertz * n * time) / n**1.1 * np.exp(-time * (1.5 + 1.1 * n)) for n in range(1, 9))
    return _samples(
        np.asarray(tone, np.float32) * 0.5 * envelope(len(time), attack=0.003, decay=0.0, sustain=1.0, release=0.05)
    )


def distorted_guitar(hertz: float, duration: float) -> Samples:
    """A fifth together with its octave, overdriven; thirds would only growl."""
    fifth = partials(hertz, duration, (0.8, 0.5, 0.3)) + partials(hertz * 1.498, duration, (0.6, 0.3))
    tone = np.tanh((fifth + partials(hertz * 2, duration, (0.3,), detune=0.003)) * 4).astype(np.float32) * 0.5
    return _samples(tone * envelope(len(tone), attack=0.006, decay=0.1, sustain=0.8, release=0.08))


def lead(hertz: float, duration: float) -> Samples:
    time = seconds(duration)
    vibrato = 0.006 * np.sin(2 * np.pi * 5.2 * time) * np.clip(time * 3 - 0.4, 0, 1) / 5.2
    phase = 2 * np.pi * hertz * (time + vibrato)
    tone = np.sin(phase) + 0.4 * np.sin(2 * phase) + 0.2 * np.sin(3 * phase) + 0.08 * np.sin(4 * phase)
    return _samples(tone.astype(np.float32) * envelope(len(time), attack=0.03, decay=0.1, sustain=0.75, release=0.12))


def flute(hertz: float, duration: float) -> Samples:
    tone = partials(hertz, duration, (0.9, 0.15, 0.08)) + noise(len(seconds(duration))) * 0.02
    return _samples(tone * envelope(len(tone), attack=0.08, decay=0.1, sustain=0.85, release=0.15))


def brass(hertz: float, duration: float) -> Samples:
    time = seconds(duration)
    opening = np.clip(time * 9, 0, 1)
    tone = sum(np.sin(2 * np.pi * hertz * n * time) / n * opening ** (0.5 * n) for n in range(1, 8))
    return _samples(
        np.asarray(tone, np.float32) * 0.5 * envelope(len(time), attack=0.03, decay=0.2, sustain=0.8, release=0.15)
    )


def bell(hertz: float, duration: float) -> Samples:
    time = seconds(duration)
    ringing = np.sin(2 * np.pi * hertz * time + 2.5 * np.exp(-time * 3) * np.sin(2 * np.pi * hertz * 3.5 * time))
    return _samples(ringing.astype(np.float32) * np.exp(-time * 2.5))


INSTRUMENTS: Mapping[str, Callable[[float, float], Samples]] = {
    "pad": pad,
    "strings": strings,
    "organ": organ,
    "bass": bass,
    "synth_bass": synth_bass,
    "upright_bass": upright_bass,
    "pluck": pluck,
    "piano": piano,
    "guitar": guitar,
    "distorted_guitar": distorted_guitar,
    "lead": lead,
    "flute": flute,
    "brass": brass,
    "bell": bell,
}


@cache
def _noise() -> Samples:
    return np.random.default_rng(NOISE_SEED).standard_normal(2 * RATE).astype(np.float32)


def noise(count: int) -> Samples:
    """Hiss, the same at every call."""
    return np.resize(_noise(), count)
