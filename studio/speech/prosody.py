"""Emotions as prosody: tempo, pitch, loudness, brightness and breathiness applied to synthesized speech."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from kit.errors import closest_match

_WHISPER_WINDOW = 256  # samples, about 11 ms: too short to resolve the pitch, long enough for the formants
_PEAK_LEVEL = 0.97


@dataclass(frozen=True, slots=True)
class Prosody:
    """Factors relative to the neutral voice. `breathiness` is the share of whisper, `brightness` boosts treble."""

    tempo: float = 1.0
    pitch: float = 1.0
    gain: float = 1.0
    brightness: float = 0.0
    breathiness: float = 0.0


NEUTRAL_PROSODY = Prosody()
NEUTRAL = "neutral"
EMOTIONS: Mapping[str, Prosody] = MappingProxyType(
    {
        NEUTRAL: NEUTRAL_PROSODY,
        "excited": Prosody(tempo=1.13, pitch=1.07, gain=1.3, brightness=0.35),
        "happy": Prosody(tempo=1.06, pitch=1.05, gain=1.15, brightness=0.2),
        "surprised": Prosody(tempo=1.08, pitch=1.09, gain=1.2, brightness=0.25),
        "calm": Prosody(tempo=0.9, pitch=0.975, gain=0.85, brightness=-0.15),
        "sad": Prosody(tempo=0.84, pitch=0.95, gain=0.7, brightness=-0.3),
        "serious": Prosody(tempo=0.94, pitch=0.965, gain=1.0, brightness=-0.05),
        "angry": Prosody(tempo=1.07, pitch=0.98, gain=1.5, brightness=0.5),
        "fearful": Prosody(tempo=1.12, pitch=1.06, gain=0.8, breathiness=0.25),
        "friendly": Prosody(tempo=1.02, pitch=1.025, gain=1.05, brightness=0.1),
        "whisper": Prosody(tempo=0.92, gain=0.55, breathiness=1.0),
    }
)

_ALIASES = {
    **dict.fromkeys(("enthusiastic", "energetic", "joyful", "cheerful_loud", "hype"), "excited"),
    **dict.fromkeys(("cheerful", "joy", "playful", "amused"), "happy"),
    **dict.fromkeys(("relaxed", "soothing", "peaceful", "gentle", "soft", "tender"), "calm"),
    **dict.fromkeys(("sorrowful", "depressed", "melancholic", "disappointed", "gloomy"), "sad"),
    **dict.fromkeys(("professional", "formal", "confident", "authoritative", "narration"), "serious"),
    **dict.fromkeys(("furious", "annoyed", "frustrated", "disgusted", "shouting"), "angry"),
    **dict.fromkeys(("scared", "nervous", "anxious", "worried", "afraid", "terrified"), "fearful"),
    **dict.fromkeys(("warm", "empathetic", "conversational", "casual", "kind"), "friendly"),
    **dict.fromkeys(("whispering", "whispered", "secretive", "asmr"), "whisper"),
}


def prosody_for(name: str | None) -> Prosody:
    """Return the prosody of an emotion; neutral for an unknown one."""
    return EMOTIONS[canonical_emotion(name or NEUTRAL) or NEUTRAL]


def canonical_emotion(word: str) -> str | None:
    """Resolve an emotion by name, alias or closest spelling; None if nothing is close."""
    normalized = _normalized(word)
    if is_known_emotion(word):
        return _ALIASES.get(normalized, normalized)
    close = closest_match(normalized, (*EMOTIONS, *_ALIASES))
    return None if close is None else _ALIASES.get(str(close), str(close))


def is_known_emotion(word: str) -> bool:
    """Return whether a word is the name or an alias of an emotion, spelled correctly."""
    return _normalized(word) in EMOTIONS or _normalized(word) in _ALIASES


def _normalized(word: str) -> str:
    return word.strip().lower().replace(" ", "_")


def apply_prosody(samples: NDArray[np.float32], prosody: Prosody) -> NDArray[np.float32]:
    """Return the samples with the prosody applied. A higher pitch shortens them by the same factor."""
    if prosody.pitch != 1.0:
        samples = _resample(samples, round(len(samples) / prosody.pitch))
    if prosody.brightness:
        samples = _tilt_spectrum(samples, prosody.brightness)
    if prosody.breathiness:
        samples = (1 - prosody.breathiness) * samples + prosody.breathiness * _whisper(samples)
    return _soft_clip(samples * prosody.gain)


def _resample(samples: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    spectrum = np.fft.rfft(samples)
    resampled = np.zeros(length // 2 + 1, spectrum.dtype)
    shared = min(len(resampled), len(spectrum))
    resampled[:shared] = spectrum[:shared]
    return (np.fft.irfft(resampled, length) * (length / len(samples))).astype(np.float32)


def _tilt_spectrum(samples: NDArray[np.float32], amount: float) -> NDArray[np.float32]:
    """Boost the treble by `amount`, or cut it if negative."""
    spectrum = np.fft.rfft(samples)
    ramp = np.clip(np.linspace(0, 4, len(spectrum)), 0, 1)  # full effect from 3 kHz up
    return np.fft.irfft(spectrum * (1 + 1.6 * amount * ramp), len(samples)).astype(np.float32)


def _whisper(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Replace the phase with noise and keep the spectral envelope, which removes the pitch."""
    hop = _WHISPER_WINDOW // 2
    count = len(samples) // hop + 2
    padded = np.zeros(count * hop + hop, np.float32)
    padded[hop : hop + len(samples)] = samples
    window = np.sqrt(np.hanning(_WHISPER_WINDOW + 1)[:-1]).astype(np.float32)
    starts = np.arange(count) * hop
    indices = starts[:, None] + np.arange(_WHISPER_WINDOW)
    magnitudes = np.abs(np.fft.rfft(padded[indices] * window))
    phases = np.random.default_rng(0).uniform(0, 2 * np.pi, magnitudes.shape)
    frames = np.fft.irfft(magnitudes * np.exp(1j * phases), _WHISPER_WINDOW) * window
    result = np.zeros_like(padded)
    np.add.at(result, indices, frames.astype(np.float32))
    return result[hop : hop + len(samples)]


def _soft_clip(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Compress samples above the knee so that none exceeds `_PEAK_LEVEL`."""
    knee = 0.7
    level = np.abs(samples)
    compressed = knee + (_PEAK_LEVEL - knee) * np.tanh((level - knee) / (_PEAK_LEVEL - knee))
    return np.where(level > knee, np.copysign(compressed, samples), samples).astype(np.float32)
