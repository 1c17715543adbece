"""How a mood changes a voice: its tempo, pitch, loudness and breath."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from kit.errors import closest_match

_WHISPER_WINDOW = 256  # samples, about 11 ms: too short to hold the pitch, long enough for the vowels
_LOUDEST = 0.97


@dataclass(frozen=True, slots=True)
class Mood:
    """Factors against the plain voice; `breath` is how much of it is whispered, `bright` lifts the high tones."""

    tempo: float = 1.0
    pitch: float = 1.0
    gain: float = 1.0
    bright: float = 0.0
    breath: float = 0.0


PLAIN = Mood()
NEUTRAL = "neutral"
MOODS: Mapping[str, Mood] = MappingProxyType(
    {
        NEUTRAL: PLAIN,
        "excited": Mood(tempo=1.13, pitch=1.07, gain=1.3, bright=0.35),
        "happy": Mood(tempo=1.06, pitch=1.05, gain=1.15, bright=0.2),
        "surprised": Mood(tempo=1.08, pitch=1.09, gain=1.2, bright=0.25),
        "calm": Mood(tempo=0.9, pitch=0.975, gain=0.85, bright=-0.15),
        "sad": Mood(tempo=0.84, pitch=0.95, gain=0.7, bright=-0.3),
        "serious": Mood(tempo=0.94, pitch=0.965, gain=1.0, bright=-0.05),
        "angry": Mood(tempo=1.07, pitch=0.98, gain=1.5, bright=0.5),
        "fearful": Mood(tempo=1.12, pitch=1.06, gain=0.8, breath=0.25),
        "friendly": Mood(tempo=1.02, pitch=1.025, gain=1.05, bright=0.1),
        "whisper": Mood(tempo=0.92, gain=0.55, breath=1.0),
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


def mood_for(name: str | None) -> Mood:
    """The mood that a word asks for; a word that means none of them leaves the voice as it is."""
    return MOODS[mood_name(name or NEUTRAL) or NEUTRAL]


def mood_name(word: str) -> str | None:
    """The mood that a word means, by its own name, by another or by one misspelled; None where it means none."""
    wanted = _spelling(word)
    if is_mood(word):
        return _ALIASES.get(wanted, wanted)
    close = closest_match(wanted, (*MOODS, *_ALIASES))
    return None if close is None else _ALIASES.get(str(close), str(close))


def is_mood(word: str) -> bool:
    """Whether the word is the name of a mood as it stands."""
    return _spelling(word) in MOODS or _spelling(word) in _ALIASES


def _spelling(word: str) -> str:
    return word.strip().lower().replace(" ", "_")


def coloured(samples: NDArray[np.float32], mood: Mood) -> NDArray[np.float32]:
    """The samples in a mood. A higher pitch makes them shorter by the same factor."""
    if mood.pitch != 1.0:
        samples = _resampled(samples, round(len(samples) / mood.pitch))
    if mood.bright:
        samples = _tilted(samples, mood.bright)
    if mood.breath:
        samples = (1 - mood.breath) * samples + mood.breath * _whispered(samples)
    return _limited(samples * mood.gain)


def _resampled(samples: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    spectrum = np.fft.rfft(samples)
    kept = np.zeros(length // 2 + 1, spectrum.dtype)
    shared = min(len(kept), len(spectrum))
    kept[:shared] = spectrum[:shared]
    return (np.fft.irfft(kept, length) * (length / len(samples))).astype(np.float32)


def _tilted(samples: NDArray[np.float32], amount: float) -> NDArray[np.float32]:
    """Lifts the highest tones by `amount` of themselves over the lowest, or lowers them."""
    spectrum = np.fft.rfft(samples)
    ramp = np.clip(np.linspace(0, 4, len(spectrum)), 0, 1)  # full effect from 3 kHz up
    return np.fft.irfft(spectrum * (1 + 1.6 * amount * ramp), len(samples)).astype(np.float32)


def _whispered(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Noise in the place of the vocal cords, shaped as the mouth shaped the voice."""
    hop = _WHISPER_WINDOW // 2
    count = len(samples) // hop + 2
    padded = np.zeros(count * hop + hop, np.float32)
    padded[hop : hop + len(samples)] = samples
    window = np.sqrt(np.hanning(_WHISPER_WINDOW + 1)[:-1]).astype(np.float32)
    starts = np.arange(count) * hop
    cells = starts[:, None] + np.arange(_WHISPER_WINDOW)
    magnitudes = np.abs(np.fft.rfft(padded[cells] * window))
    turns = np.random.default_rng(0).uniform(0, 2 * np.pi, magnitudes.shape)
    pieces = np.fft.irfft(magnitudes * np.exp(1j * turns), _WHISPER_WINDOW) * window
    result = np.zeros_like(padded)
    np.add.at(result, cells, pieces.astype(np.float32))
    return result[hop : hop + len(samples)]


def _limited(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bends what would clip; leaves the rest as it is."""
    knee = 0.7
    size = np.abs(samples)
    bent = knee + (_LOUDEST - knee) * np.tanh((size - knee) / (_LOUDEST - knee))
    return np.where(size > knee, np.copysign(bent, samples), samples).astype(np.float32)
