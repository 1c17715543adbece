"""Lip sync: mouth shape per frame from phoneme timing and loudness."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.speech.synthesizer import Phrase, Speech

FrameValues = NDArray[np.float64]

_VISEMES: dict[str, tuple[float, float]] = {
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
"""Mouth shape by phoneme: opening (0..1) and relative width (1 is spread, 0.46 is rounded)."""

_REST_WIDTH = 0.84
_LONG_VOWELS = frozenset("AIOWYQ")
_PAUSE_WEIGHTS = {" ": 0.4, ",": 2.4, ".": 3.0, "?": 3.0, "!": 3.0}
_STRESS_MARKS = frozenset("ˈˌː")
_SILENCE_LEVEL = 0.05  # relative to the loud passages
_SMOOTHING_KERNEL = np.array([0.18, 0.64, 0.18])


@dataclass(frozen=True, slots=True)
class MouthTrack:
    """Mouth opening (0..1), relative width and loudness (0..1), one value per frame each."""

    opening: FrameValues
    width: FrameValues
    energy: FrameValues


def mouth_track(speech: Speech, *, fps: int) -> MouthTrack:
    """Return the mouth track of the speech: closed in silence, otherwise shaped by the current phoneme."""
    energy = _frame_energy(speech, fps)
    keyframes = sorted(keyframe for phrase in speech.phrases for keyframe in _keyframes(phrase))
    if not keyframes:
        return MouthTrack(energy * 0.7, np.full(len(energy), _REST_WIDTH), energy)
    keyframe_times, openings, widths = (np.array(column) for column in zip(*keyframes, strict=True))
    times = (np.arange(len(energy)) + 0.5) / fps
    opening = np.interp(times, keyframe_times, openings) * np.clip(0.4 + 0.75 * energy, 0, 1.1)
    opening = np.convolve(opening, _SMOOTHING_KERNEL, "same") * np.clip(
        (energy - _SILENCE_LEVEL) / _SILENCE_LEVEL, 0, 1
    )
    width = np.convolve(np.pad(np.interp(times, keyframe_times, widths), 1, "edge"), _SMOOTHING_KERNEL, "valid")
    return MouthTrack(np.clip(opening, 0, 1), width, energy)


def _frame_energy(speech: Speech, fps: int) -> FrameValues:
    """Return the RMS of each frame, normalized to the loud passages (0..1)."""
    count = max(1, math.ceil(len(speech.samples) / speech.rate * fps))
    edges = np.linspace(0, count * speech.rate / fps, count + 1).astype(int)
    padded = np.zeros(edges[-1])
    copied = min(len(padded), len(speech.samples))
    padded[:copied] = speech.samples[:copied]
    sums = np.concatenate([[0.0], np.cumsum(padded**2)])
    loudness = np.sqrt(np.maximum(np.diff(sums[edges]), 0) / np.maximum(np.diff(edges), 1))
    return np.asarray(np.clip(loudness / max(float(np.percentile(loudness, 92)), 1e-4), 0, 1))


def _keyframes(phrase: Phrase) -> Iterator[tuple[float, float, float]]:
    """Yield (time in seconds, opening, width) keyframes."""
    marks = phrase.marks or _estimated_marks(phrase)
    yield phrase.start, 0.0, _REST_WIDTH
    phoneme_start: float | None = None
    for phoneme, start, end in zip(phrase.phonemes, marks, marks[1:], strict=False):
        phoneme_start = start if phoneme_start is None else phoneme_start
        if phoneme in _STRESS_MARKS:
            continue
        if phoneme in _VISEMES:
            opening, width = _VISEMES[phoneme]
            yield (phoneme_start + end) / 2, opening, width
        elif phoneme != " " and end - phoneme_start > 0.05:
            yield (phoneme_start + end) / 2, 0.0, _REST_WIDTH
        phoneme_start = None
    yield phrase.end, 0.0, _REST_WIDTH


def _estimated_marks(phrase: Phrase) -> tuple[float, ...]:
    """Return estimated phoneme boundaries: the phrase divided by the typical duration of each phoneme."""
    weights = [_duration_weight(phoneme) for phoneme in phrase.phonemes]
    ends = np.cumsum([0.0, *weights]) / max(sum(weights), 1e-6)
    return tuple(float(phrase.start + end * (phrase.end - phrase.start)) for end in ends)


def _duration_weight(phoneme: str) -> float:
    if phoneme in _STRESS_MARKS:
        return 0.0
    return 1.7 if phoneme in _LONG_VOWELS else _PAUSE_WEIGHTS.get(phoneme, 1.0)
