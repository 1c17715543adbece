"""What the mouth does in every frame, from the phonemes' times and the loudness of the sound."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.speech.speech import Phrase, Speech

Track = NDArray[np.float64]

_SHAPES: dict[str, tuple[float, float]] = {
    **dict.fromkeys("aɑæʌɐ", (1.0, 0.86)),
    **dict.fromkeys("AIeɛ", (0.72, 1.0)),
    **dict.fromkeys("ɪiᵻyj", (0.42, 1.04)),
    **dict.fromkeys("oɔɒOWY", (0.8, 0.58)),
    **dict.fromkeys("ʊuUwQ", (0.42, 0.46)),
    **dict.fromkeys("əᵊɜɚ", (0.46, 0.8)),
    **dict.fromkeys("ɹrɾ", (0.36, 0.66)),
    **dict.fromkeys("lʎ", (0.5, 0.82)),
    **dict.fromkeys("mbpβ", (0.0, 0.84)),
    **dict.fromkeys("fv", (0.12, 0.82)),
    **dict.fromkeys("ʃʒʧʤ", (0.26, 0.6)),
    **dict.fromkeys("szʦtdnɲTθð", (0.24, 0.88)),
    **dict.fromkeys("kɡɣŋhxʔʝ", (0.32, 0.84)),
}
"""How far a sound opens the mouth (0..1) and how wide it draws it (1 is a smile, 0.46 a whistle)."""

_REST_WIDTH = 0.84
_LONG_SOUNDS = frozenset("AIOWYQ")
_UNMEASURED_WEIGHTS = {" ": 0.4, ",": 2.4, ".": 3.0, "?": 3.0, "!": 3.0}
_STRESS = frozenset("ˈˌː")
_SILENCE = 0.05  # of the loud passages
_SMOOTHING = np.array([0.18, 0.64, 0.18])


@dataclass(frozen=True, slots=True)
class Mouth:
    """One value a frame: how open (0..1), how wide, how loud (0..1)."""

    opening: Track
    width: Track
    energy: Track


def mouth_track(speech: Speech, *, fps: int) -> Mouth:
    """The mouth of every frame of the speech: closed in silence, shaped by the sound that is heard."""
    energy = _energy(speech, fps)
    keys = sorted(key for phrase in speech.phonemes for key in _keys(phrase))
    if not keys:
        return Mouth(energy * 0.7, np.full(len(energy), _REST_WIDTH), energy)
    times, openings, widths = (np.array(column) for column in zip(*keys, strict=True))
    moments = (np.arange(len(energy)) + 0.5) / fps
    opening = np.interp(moments, times, openings) * np.clip(0.4 + 0.75 * energy, 0, 1.1)
    opening = np.convolve(opening, _SMOOTHING, "same") * np.clip((energy - _SILENCE) / _SILENCE, 0, 1)
    width = np.convolve(np.pad(np.interp(moments, times, widths), 1, "edge"), _SMOOTHING, "valid")
    return Mouth(np.clip(opening, 0, 1), width, energy)


def _energy(speech: Speech, fps: int) -> Track:
    """Loudness of each frame against the loud passages."""
    count = max(1, math.ceil(len(speech.samples) / speech.rate * fps))
    edges = np.linspace(0, count * speech.rate / fps, count + 1).astype(int)
    padded = np.zeros(edges[-1])
    kept = min(len(padded), len(speech.samples))
    padded[:kept] = speech.samples[:kept]
    sums = np.concatenate([[0.0], np.cumsum(padded**2)])
    loudness = np.sqrt(np.maximum(np.diff(sums[edges]), 0) / np.maximum(np.diff(edges), 1))
    return np.asarray(np.clip(loudness / max(float(np.percentile(loudness, 92)), 1e-4), 0, 1))


def _keys(phrase: Phrase) -> Iterator[tuple[float, float, float]]:
    """Moments with the opening and width the mouth has reached then."""
    marks = phrase.marks or _guessed_marks(phrase)
    yield phrase.start, 0.0, _REST_WIDTH
    begun: float | None = None
    for sound, start, end in zip(phrase.phonemes, marks, marks[1:], strict=False):
        begun = start if begun is None else begun
        if sound in _STRESS:
            continue
        if sound in _SHAPES:
            opening, width = _SHAPES[sound]
            yield (begun + end) / 2, opening, width
        elif sound != " " and end - begun > 0.05:
            yield (begun + end) / 2, 0.0, _REST_WIDTH
        begun = None
    yield phrase.end, 0.0, _REST_WIDTH


def _guessed_marks(phrase: Phrase) -> tuple[float, ...]:
    """Phonemes spread over the phrase by how long each usually lasts."""
    weights = [_weight(sound) for sound in phrase.phonemes]
    ends = np.cumsum([0.0, *weights]) / max(sum(weights), 1e-6)
    return tuple(float(phrase.start + end * (phrase.end - phrase.start)) for end in ends)


def _weight(sound: str) -> float:
    if sound in _STRESS:
        return 0.0
    return 1.7 if sound in _LONG_SOUNDS else _UNMEASURED_WEIGHTS.get(sound, 1.0)
