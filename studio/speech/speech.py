"""Speech from a text, with the sounds it is made of and when each of them is heard."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kit.errors import InvalidInput, ProviderUnavailable
from studio.progress import Report
from studio.speech.kokoro import RATE, Kokoro, vocabulary
from studio.speech.phonemes import phrases
from studio.speech.prosody import Mood, coloured, mood_for
from studio.speech.ssml import Passage, read_markup
from studio.speech.text_normalization import spoken
from studio.speech.voices import VOICES, language_of, voice_for

__all__ = ["VOICES", "Phrase", "Speaker", "Speech", "voice_for"]

SLOWEST, FASTEST = 0.5, 2.0  # of the plain tempo; beyond that the model stumbles
PAUSE_AFTER_SENTENCE = 0.28  # seconds
PAUSE_IN_SENTENCE = 0.08  # seconds
SHORTEST = 0.3  # seconds
_QUIET = 0.012  # of full scale
_MARGIN = 0.04  # seconds of near silence kept around a phrase
_EVEN_LOUDNESS = 0.08  # root mean square of the voiced part
_MODEL_HEADROOM = 1.3  # the tempo a mood adds may not push the model past this much over FASTEST


@dataclass(frozen=True, slots=True)
class Phrase:
    """One sentence or part of one. `marks` are the seconds at which each of its phonemes begins, and the last ends."""

    text: str
    phonemes: str
    start: float
    end: float
    marks: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Speech:
    """What was said. `notes` tell what was left out."""

    samples: NDArray[np.float32]
    rate: int = RATE
    phonemes: tuple[Phrase, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def duration(self) -> float:
        return len(self.samples) / self.rate


class Speaker:
    """Reads texts aloud. The model is loaded at the first one and kept."""

    def __init__(self, *, voices: Path, cache: Path, threads: int = 2) -> None:
        self._voices = voices
        self._cache = cache
        self._threads = threads
        self._model: Kokoro | None = None

    def speak(self, text: str, *, voice: str, speed: float = 1.0, emotion: str | None = None, report: Report) -> Speech:
        """Read a text in the voice that answers to the name. The same request gives the same samples.

        Raises `InvalidInput` when nothing in the text can be said, `ProviderUnavailable` when there are no voices.
        """
        name = voice_for(voice)
        markup = read_markup(text)
        lines, left_out = _script(markup.passages, name)
        model = self._loaded()
        mood = mood_for(emotion)
        said: list[_Said] = []
        for count, line in enumerate(lines, start=1):
            said.append(_say(model, line, voice=name, speed=speed, mood=mood))
            report(count / len(lines))
        before = markup.passages[0].pause if not markup.passages[0].text.strip() else 0.0
        return _joined(said, before=before, notes=(*markup.notes, *_notes(left_out)))

    def _loaded(self) -> Kokoro:
        if self._model is None:
            if not any(self._voices.glob("*.bin")):
                raise ProviderUnavailable("Local speech has no voices yet. Run `make setup`, which fetches them.")
            self._model = Kokoro(voices=self._voices, cache=self._cache, threads=self._threads)
        return self._model


@dataclass(frozen=True, slots=True)
class _Line:
    """A phrase to be said. `pause` is the silence that was asked for after it, in seconds."""

    text: str
    phonemes: str
    pace: float
    pause: float


@dataclass(frozen=True, slots=True)
class _Said:
    """A phrase before it has its place in the whole; `marks` count from its own first sample."""

    text: str
    phonemes: str
    samples: NDArray[np.float32]
    marks: NDArray[np.float32]
    pause: float


def _script(passages: tuple[Passage, ...], voice: str) -> tuple[list[_Line], str]:
    """The phrases to say with sounds the model knows, and the characters that were left out."""
    language = language_of(voice)
    lines: list[_Line] = []
    left_out = ""
    for passage in passages:
        script = spoken(passage.text, language=language)
        left_out += script.left_out
        lines += _lines(script.text, language, passage.pace)
        if lines and passage.pause:
            lines[-1] = replace(lines[-1], pause=lines[-1].pause + passage.pause)
    if not lines:
        raise InvalidInput(_nothing_to_say(left_out), field="input.text")
    return lines, left_out


def _lines(text: str, language: str, pace: float) -> list[_Line]:
    known = vocabulary()
    heard = [
        (words, "".join(sound for sound in phonemes if sound in known))
        for words, phonemes in phrases(text, language=language)
    ]
    return [_Line(words, phonemes, pace, 0.0) for words, phonemes in heard if any(phonemes.strip(" .,;:!?—"))]


def _nothing_to_say(left_out: str) -> str:
    if left_out:
        return f"Local speech cannot read these characters: {left_out[:20]}. Write the text in an alphabet."
    return "The text has no word that can be spoken."


def _notes(left_out: str) -> tuple[str, ...]:
    return (f"characters without a reading were left out: {left_out[:40]}",) if left_out else ()


def _say(model: Kokoro, line: _Line, *, voice: str, speed: float, mood: Mood) -> _Said:
    # A raised pitch shortens the samples, so the model is asked to speak slower by as much.
    tempo = min(max(speed * line.pace, SLOWEST), FASTEST) * mood.tempo / mood.pitch
    samples, marks = model.say(line.phonemes, voice=voice, speed=min(tempo, FASTEST * _MODEL_HEADROOM))
    samples = coloured(_levelled(samples), mood)
    return _trimmed(_Said(line.text, line.phonemes, samples, marks / mood.pitch, line.pause))


def _levelled(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Voices differ in loudness; this brings each to the same."""
    voiced = samples[np.abs(samples) > _QUIET]
    loudness = float(np.sqrt(np.mean(voiced**2))) if len(voiced) else 0.0
    return samples * np.float32(_EVEN_LOUDNESS / loudness) if loudness else samples


def _trimmed(said: _Said) -> _Said:
    """Without the model's own silence before and after."""
    loud = np.flatnonzero(np.abs(said.samples) > _QUIET)
    if not len(loud):
        return said
    margin = round(_MARGIN * RATE)
    first, last = max(0, int(loud[0]) - margin), int(loud[-1]) + margin
    samples = said.samples[first:last]
    marks = np.clip(said.marks - first / RATE, 0, len(samples) / RATE)
    return replace(said, samples=_faded(samples), marks=marks.astype(np.float32))


def _faded(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """No click where a phrase is cut."""
    length = min(round(0.01 * RATE), len(samples) // 2)
    faded = samples.copy()
    faded[:length] *= np.linspace(0, 1, length, dtype=np.float32)
    faded[len(faded) - length :] *= np.linspace(1, 0, length, dtype=np.float32)
    return faded


def _joined(said: list[_Said], *, before: float, notes: tuple[str, ...]) -> Speech:
    pieces = [np.zeros(round(before * RATE), np.float32)]
    placed: list[Phrase] = []
    length = len(pieces[0])
    for part in said:
        start, end = length / RATE, (length + len(part.samples)) / RATE
        placed.append(Phrase(part.text, part.phonemes, start, end, tuple(float(start + mark) for mark in part.marks)))
        ends_sentence = part.text[-1:] in {".", "!", "?"} or part is said[-1]
        pause = max(part.pause, PAUSE_AFTER_SENTENCE if ends_sentence else PAUSE_IN_SENTENCE)
        pieces += [part.samples, np.zeros(round(pause * RATE), np.float32)]
        length += len(part.samples) + len(pieces[-1])
    missing = max(0, round(SHORTEST * RATE) - length)
    return Speech(np.concatenate([*pieces, np.zeros(missing, np.float32)]), RATE, tuple(placed), notes)
