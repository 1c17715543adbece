"""Instrument synthesis: each function returns the samples of one note of a pitch in hertz and a length in seconds."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Wave = NDArray[np.float64]

RATE = 44_100  # Hz
A4 = 440.0  # Hz
A4_NOTE = 69  # MIDI
FIFTH_RATIO = 1.498  # frequency ratio of an equal-tempered fifth
NOISE_SEED = 7


def _samples(values: NDArray[np.floating]) -> Samples:
    return values.astype(np.float32)


def frequency(note: float) -> float:
    """Return the frequency in hertz of a MIDI note."""
    return float(A4 * 2 ** ((note - A4_NOTE) / 12))


def sample_times(duration: float) -> Samples:
    """Return the time in seconds of each sample of `duration` seconds."""
    return _samples(_precise_times(duration))


def _precise_times(duration: float) -> Wave:
    return np.arange(max(1, int(duration * RATE))) / RATE


def _moving_average(values: NDArray[np.floating], *, taps: int) -> Samples:
    """Low-pass the signal with a moving average of `taps` samples."""
    return _samples(np.convolve(values, np.full(taps, 1 / taps), mode="same"))


def envelope(count: int, *, attack: float, decay: float, sustain: float, release: float) -> Samples:
    """Return an ADSR envelope of `count` samples; times in seconds, `sustain` from 0 to 1."""
    shape = np.full(count, sustain, np.float32)
    rise = min(int(attack * RATE), count)
    fall = min(int(decay * RATE), count - rise)
    shape[:rise] = np.linspace(0, 1, rise, dtype=np.float32)
    shape[rise : rise + fall] = np.linspace(1, sustain, fall, dtype=np.float32)
    end = min(int(release * RATE), count)
    if end:
        shape[-end:] *= np.linspace(1, 0, end, dtype=np.float32)
    return shape


def harmonics(hertz: float, phase: Wave) -> Iterator[Wave]:
    """Yield the sine of a phase and of its multiples, up to the Nyquist frequency.

    Each is computed from the previous two (Chebyshev recurrence), which is cheaper than calling `sin`.
    """
    previous, tone = np.zeros_like(phase), np.sin(phase)
    twice_cosine = 2 * np.cos(phase)
    for _ in range(int(RATE / 2 / hertz)):
        yield tone
        previous, tone = tone, twice_cosine * tone - previous


def harmonic_tone(hertz: float, duration: float, strengths: Sequence[float], *, detune: float = 0.0) -> Samples:
    """Return a sum of harmonics; with `detune`, doubled by a second tone at that relative offset."""
    time = _precise_times(duration)
    tone = np.zeros(len(time))
    for pitch in (hertz, hertz * (1 + detune)) if detune else (hertz,):
        for strength, harmonic in zip(strengths, harmonics(pitch, 2 * np.pi * pitch * time), strict=False):
            if strength:
                tone += strength * harmonic
    return _samples(tone)


def decaying_tone(
    hertz: float, duration: float, strengths: Sequence[float], *, decay: float, damping: float, detune: float = 0.0
) -> Samples:
    """Return a tone with exponential decay, at rate `decay` per second plus `damping` for each harmonic."""
    time = _precise_times(duration)
    damping_factor = np.exp(-time * damping)
    tone = np.zeros(len(time))
    for pitch in (hertz, hertz * (1 + detune)) if detune else (hertz,):
        loudness = np.exp(-time * decay)
        for strength, harmonic in zip(strengths, harmonics(pitch, 2 * np.pi * pitch * time), strict=False):
            loudness = loudness * damping_factor
            tone += strength * loudness * harmonic
    return _samples(tone)


def harmonic_rolloff(count: int, *, power: float) -> tuple[float, ...]:
    """Return the amplitudes of `count` harmonics; a power of 1 is a sawtooth, higher is mellower."""
    return tuple(1 / n**power for n in range(1, count + 1))


def pad(hertz: float, duration: float) -> Samples:
    tone = harmonic_tone(hertz, duration, (0.4, 0.22, 0.12, 0.07, 0.045, 0.03, 0.02, 0.015), detune=0.004)
    return _samples(tone * envelope(len(tone), attack=0.5, decay=0.4, sustain=0.8, release=0.7))


def strings(hertz: float, duration: float) -> Samples:
    tone = harmonic_tone(hertz, duration, harmonic_rolloff(14, power=1.1), detune=0.006) * 0.3
    return _samples(tone * envelope(len(tone), attack=0.22, decay=0.2, sustain=0.9, release=0.35))


def organ(hertz: float, duration: float) -> Samples:
    tone = harmonic_tone(hertz, duration, (0.4, 0.35, 0.2, 0.25, 0.0, 0.12, 0.0, 0.12))
    return _samples(tone * envelope(len(tone), attack=0.012, decay=0.05, sustain=0.9, release=0.08))


def bass(hertz: float, duration: float) -> Samples:
    tone = np.tanh(decaying_tone(hertz, duration, (1.0, 0.6, 0.4, 0.25, 0.2, 0.12, 0.1), decay=0.4, damping=0.5) * 1.3)
    return _samples(tone * envelope(len(tone), attack=0.006, decay=0.12, sustain=0.75, release=0.06))


def synth_bass(hertz: float, duration: float) -> Samples:
    tone = decaying_tone(hertz, duration, harmonic_rolloff(18, power=0.9), decay=0.0, damping=1.1, detune=0.004) * 0.42
    return _samples(tone * envelope(len(tone), attack=0.004, decay=0.2, sustain=0.6, release=0.04))


def upright_bass(hertz: float, duration: float) -> Samples:
    tone = decaying_tone(hertz, duration, (1.0, 0.6, 0.35, 0.2, 0.12, 0.08), decay=1.6, damping=0.9)
    return _samples(tone * envelope(len(tone), attack=0.008, decay=0.0, sustain=1.0, release=0.06))


def pluck(hertz: float, duration: float) -> Samples:
    tone = decaying_tone(hertz, duration, harmonic_rolloff(12, power=1.15), decay=3.2, damping=1.6, detune=0.003) * 0.5
    return _samples(tone * envelope(len(tone), attack=0.002, decay=0.0, sustain=1.0, release=0.05))


def piano(hertz: float, duration: float) -> Samples:
    strengths = (0.8, 0.45, 0.3, 0.2, 0.14, 0.1, 0.07, 0.05, 0.04, 0.03)
    # Low strings ring longer than high ones.
    tone = (
        decaying_tone(hertz, duration, strengths, decay=0.9 * (hertz / 262) ** 0.4, damping=0.8, detune=0.0007) * 0.55
    )
    return _samples(tone * envelope(len(tone), attack=0.004, decay=0.0, sustain=1.0, release=0.08))


def guitar(hertz: float, duration: float) -> Samples:
    # A string plucked at a fifth of its length lacks every fifth harmonic.
    strengths = tuple(abs(np.sin(np.pi * n / 5)) * 1.2 / n**1.1 for n in range(1, 15))
    tone = decaying_tone(hertz, duration, strengths, decay=1.3, damping=0.85) * 0.6
    return _samples(tone * envelope(len(tone), attack=0.003, decay=0.0, sustain=1.0, release=0.05))


def distorted_guitar(hertz: float, duration: float) -> Samples:
    """Return an overdriven power chord: root, fifth and octave."""
    root = harmonic_tone(hertz, duration, (0.8, 0.5, 0.3, 0.2))
    fifth = harmonic_tone(hertz * FIFTH_RATIO, duration, (0.6, 0.3, 0.2))
    octave = harmonic_tone(hertz * 2, duration, (0.3, 0.2), detune=0.003)
    driven = np.tanh((root + fifth + octave) * 6)
    tone = _moving_average(driven, taps=4) * np.float32(0.5)
    return _samples(tone * envelope(len(tone), attack=0.006, decay=0.1, sustain=0.8, release=0.08))


def driven_guitar(hertz: float, duration: float) -> Samples:
    """Return a palm-muted power chord an octave lower, with high gain and a short release."""
    low = hertz / 2
    root = harmonic_tone(low, duration, harmonic_rolloff(10, power=0.8))
    fifth = harmonic_tone(low * FIFTH_RATIO, duration, harmonic_rolloff(8, power=0.8))
    octave = harmonic_tone(low * 2, duration, (0.4, 0.3), detune=0.004)
    driven = np.tanh((root + fifth + octave) * 16)
    tone = _moving_average(driven, taps=7) * np.float32(0.55)
    return _samples(tone * envelope(len(tone), attack=0.002, decay=0.09, sustain=0.55, release=0.015))


def driven_bass(hertz: float, duration: float) -> Samples:
    driven = np.tanh(harmonic_tone(hertz, duration, harmonic_rolloff(12, power=0.7)) * 5)
    tone = _moving_average(driven, taps=9) * np.float32(0.8)
    return _samples(tone * envelope(len(tone), attack=0.003, decay=0.08, sustain=0.7, release=0.03))


def driven_lead(hertz: float, duration: float) -> Samples:
    time = _precise_times(duration)
    vibrato = 0.01 * np.sin(2 * np.pi * 6 * time) * np.clip(time * 4 - 0.4, 0, 1) / 6
    waves = islice(harmonics(hertz, 2 * np.pi * hertz * (time + vibrato)), 8)
    tone = sum(strength * wave for strength, wave in zip(harmonic_rolloff(8, power=0.9), waves, strict=False))
    driven = _moving_average(np.tanh(np.asarray(tone) * 7), taps=5) * np.float32(0.75)
    return _samples(driven * envelope(len(time), attack=0.008, decay=0.1, sustain=0.85, release=0.1))


def lead(hertz: float, duration: float) -> Samples:
    time = _precise_times(duration)
    vibrato = 0.006 * np.sin(2 * np.pi * 5.2 * time) * np.clip(time * 3 - 0.4, 0, 1) / 5.2
    waves = harmonics(hertz, 2 * np.pi * hertz * (time + vibrato))
    tone = sum(strength * wave for strength, wave in zip(harmonic_rolloff(12, power=1.25), waves, strict=False))
    return _samples(np.asarray(tone) * 0.85 * envelope(len(time), attack=0.02, decay=0.1, sustain=0.75, release=0.12))


def flute(hertz: float, duration: float) -> Samples:
    time = _precise_times(duration)
    vibrato = 0.004 * np.sin(2 * np.pi * 4.8 * time) * np.clip(time * 2 - 0.3, 0, 1) / 4.8
    waves = islice(harmonics(hertz, 2 * np.pi * hertz * (time + vibrato)), 5)
    tone = sum(strength * wave for strength, wave in zip((0.9, 0.22, 0.12, 0.05, 0.03), waves, strict=False))
    breath = _moving_average(noise(len(time)), taps=3) * (0.015 + 0.05 * np.exp(-time * 18))
    return _samples(
        (np.asarray(tone) + breath) * envelope(len(time), attack=0.06, decay=0.1, sustain=0.85, release=0.15)
    )


def brass(hertz: float, duration: float) -> Samples:
    time = _precise_times(duration)
    opening = np.clip(time * 9, 0, 1) ** 0.5
    loudness, tone = np.ones(len(time)), np.zeros(len(time))
    for strength, wave in zip(
        harmonic_rolloff(14, power=0.95), harmonics(hertz, 2 * np.pi * hertz * time), strict=False
    ):
        loudness *= opening
        tone += strength * loudness * wave
    return _samples(tone * 0.45 * envelope(len(time), attack=0.03, decay=0.2, sustain=0.75, release=0.15))


def bell(hertz: float, duration: float) -> Samples:
    time = _precise_times(duration)
    ringing = np.sin(2 * np.pi * hertz * time + 2.0 * np.exp(-time * 4) * np.sin(2 * np.pi * hertz * 3.5 * time))
    return _samples(ringing * np.exp(-time * 2.5) * envelope(len(time), attack=0.002, decay=0, sustain=1, release=0.05))


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
    "driven_guitar": driven_guitar,
    "driven_bass": driven_bass,
    "driven_lead": driven_lead,
    "lead": lead,
    "flute": flute,
    "brass": brass,
    "bell": bell,
}


@cache
def _noise_table() -> Samples:
    return np.random.default_rng(NOISE_SEED).standard_normal(2 * RATE).astype(np.float32)


def noise(count: int) -> Samples:
    """Return white noise, identical on every call."""
    return np.resize(_noise_table(), count)
