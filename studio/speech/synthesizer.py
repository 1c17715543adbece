"""Text-to-speech with the time of each phoneme."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kit.errors import InvalidInput, ProviderUnavailable
from kit.text import truncate
from studio.progress import Report
from studio.speech.kokoro import RATE, Kokoro, vocabulary
from studio.speech.phonemes import phonemize
from studio.speech.prosody import Prosody, apply_prosody, prosody_for
from studio.speech.ssml import Passage, parse_ssml
from studio.speech.text_normalization import NormalizedText, normalize
from studio.speech.voices import VOICES, language_of, voice_for

__all__ = ["VOICES", "Phrase", "Speech", "SpeechSynthesizer", "voice_for"]

MIN_SPEED, MAX_SPEED = 0.5, 2.0  # relative to the normal tempo; the model is unreliable beyond these
PAUSE_AFTER_SENTENCE = 0.28  # seconds
PAUSE_IN_SENTENCE = 0.08  # seconds
MIN_DURATION = 0.3  # seconds
PLANNED, PREPARED = 0.1, 0.15  # shares of the progress when the phonemes are known and when the model is loaded
MAX_DURATION = 720.0  # seconds; as long a speech takes some ten minutes of two processors
CHARACTERS_PER_SECOND = 16.0  # of normalized text, at the normal tempo
MAX_LEFT_OUT = 100  # letters; more are refused if they are also the larger part of the text
MAX_LONG_WORDS = 300  # letters of all words that are longer than `_WORD_LENGTH`; each piece of one takes 0.15 s
_WORD_LENGTH = 30  # letters
_LONG_WORD = re.compile(rf"[A-Za-zÀ-ɏ]{{{_WORD_LENGTH + 1},}}")
_REPEATED = re.compile(r"(.)\1{3,}")  # shortened, as `NormalizedText.repeated` says
_MAX_LISTED = 40  # characters in a message
_SILENCE_LEVEL = 0.012  # of full scale
_TRIM_MARGIN = 0.04  # seconds of silence left before and after a phrase
_TARGET_RMS = 0.08  # of the voiced part
_MAX_MODEL_SPEEDUP = 1.3  # limit over MAX_SPEED for the tempo that an emotion adds


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence or part of one. `marks` are the start of each phoneme and the end of the last one, in seconds."""

    text: str
    phonemes: str
    start: float
    end: float
    marks: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Speech:
    """Synthesized speech. `limitations` list what was left out."""

    samples: NDArray[np.float32]
    rate: int = RATE
    phrases: tuple[Phrase, ...] = ()
    limitations: tuple[str, ...] = ()

    @property
    def duration(self) -> float:
        return len(self.samples) / self.rate


class SpeechSynthesizer:
    """Synthesizes speech. The model is loaded on first use."""

    def __init__(self, *, voices: Path, cache: Path, threads: int = 2) -> None:
        self._voices = voices
        self._cache = cache
        self._threads = threads
        self._model: Kokoro | None = None

    def speak(self, text: str, *, voice: str, speed: float = 1.0, emotion: str | None = None, report: Report) -> Speech:
        """Synthesize a text, which may be SSML. The same arguments give the same samples.

        Raises `InvalidInput` if most of the text cannot be spoken or if it takes longer than `MAX_DURATION`,
        `ProviderUnavailable` if no voices are installed.
        """
        name = voice_for(voice)
        parsed = parse_ssml(text)
        language = language_of(name)
        normalized = [normalize(passage.text, language=language) for passage in parsed.passages]
        _check_left_out(parsed.passages, normalized)
        _check_long_words(parsed.passages)
        _check_duration(parsed.passages, normalized, speed)
        utterances = _plan_utterances(parsed.passages, normalized, language, report=report)
        model = self._load_model()
        report(PREPARED)
        prosody = prosody_for(emotion)
        synthesized: list[_SynthesizedPhrase] = []
        done, total = 0, sum(len(utterance.phonemes) for utterance in utterances)
        for utterance in utterances:
            synthesized.append(_synthesize(model, utterance, voice=name, speed=speed, prosody=prosody))
            done += len(utterance.phonemes)
            report(PREPARED + (1 - PREPARED) * done / total)
        leading_pause = parsed.passages[0].pause if not parsed.passages[0].text.strip() else 0.0
        return _concatenate(
            synthesized, leading_pause=leading_pause, limitations=(*parsed.limitations, *_limitations(normalized))
        )

    def _load_model(self) -> Kokoro:
        if self._model is None:
            if not any(self._voices.glob("*.bin")):
                raise ProviderUnavailable(
                    "No voices are installed for local speech. Run `make setup`, which downloads them."
                )
            self._model = Kokoro(voices=self._voices, cache=self._cache, threads=self._threads)
        return self._model


@dataclass(frozen=True, slots=True)
class _Utterance:
    """A phrase to synthesize. `pause` is the requested silence after it, in seconds."""

    text: str
    phonemes: str
    pace: float
    pause: float


@dataclass(frozen=True, slots=True)
class _SynthesizedPhrase:
    """A synthesized phrase; `marks` are relative to its own first sample."""

    text: str
    phonemes: str
    samples: NDArray[np.float32]
    marks: NDArray[np.float32]
    pause: float


def _plan_utterances(
    passages: Sequence[Passage], normalized: Sequence[NormalizedText], language: str, *, report: Report
) -> list[_Utterance]:
    """Return the phrases to synthesize. Raises `InvalidInput` if there are none."""
    utterances: list[_Utterance] = []
    done, total = 0, sum(len(spoken.text) for spoken in normalized)
    for passage, spoken in zip(passages, normalized, strict=True):
        for words, phonemes in phonemize(spoken.text, language=language):
            utterances += _utterances(words, phonemes, passage.pace)
            done += len(words)
            report(PLANNED * min(1.0, done / total))
        if utterances and passage.pause:
            utterances[-1] = replace(utterances[-1], pause=utterances[-1].pause + passage.pause)
    if not utterances:
        raise InvalidInput(_no_words_message(_unreadable(normalized)), field="input.text")
    return utterances


def _utterances(words: str, phonemes: str, pace: float) -> list[_Utterance]:
    """Return the utterance of a phrase; none if it has no phoneme of the model."""
    known = "".join(phoneme for phoneme in phonemes if phoneme in vocabulary())
    return [_Utterance(words, known, pace, 0.0)] if any(known.strip(" .,;:!?—")) else []


def _no_words_message(unreadable: str) -> str:
    if unreadable:
        return f"Local speech cannot read these characters: {unreadable[:20]}. Write the text in an alphabet."
    return "The text has no word that can be spoken."


def _check_left_out(passages: Sequence[Passage], normalized: Sequence[NormalizedText]) -> None:
    """Raise `InvalidInput` if most of a text would not be spoken."""
    letters = sum(letter.isalnum() for passage in passages for letter in passage.text)
    left_out = sum(len(one.unreadable) + one.repeated for one in normalized)
    if left_out <= max(MAX_LEFT_OUT, letters / 2):
        return
    reasons = " and ".join(_left_out(normalized))
    raise InvalidInput(
        f"Local speech can speak {max(0, letters - left_out):,} of the {letters:,} letters of this text: {reasons}. "
        "Write words in an alphabet.",
        field="input.text",
    )


def _check_long_words(passages: Sequence[Passage]) -> None:
    """Raise `InvalidInput` for letters without spaces that are no words of a language."""
    long_words = [word for passage in passages for word in _LONG_WORD.findall(_REPEATED.sub(r"\1", passage.text))]
    if sum(map(len, long_words)) > MAX_LONG_WORDS:
        longest = max(long_words, key=len)
        raise InvalidInput(
            f"The text has a word of {len(longest):,} letters, {truncate(longest)}. Local speech reads words of up to "
            f"{_WORD_LENGTH} letters, and {MAX_LONG_WORDS} letters of longer ones: put spaces between the words.",
            field="input.text",
        )


def _check_duration(passages: Sequence[Passage], normalized: Sequence[NormalizedText], speed: float) -> None:
    """Raise `InvalidInput` if the text, with numbers and symbols written out, takes too long to speak."""
    seconds = sum(
        len(one.text) / (CHARACTERS_PER_SECOND * _tempo(speed, passage.pace))
        for passage, one in zip(passages, normalized, strict=True)
    )
    if seconds > MAX_DURATION:
        written_out = sum(len(one.text) for one in normalized)
        raise InvalidInput(
            f"The text takes about {seconds / 60:.1f} minutes to speak: it has {written_out:,} characters when "
            "numbers, symbols and other scripts are written out. Local speech takes "
            f"{MAX_DURATION / 60:.0f} minutes at most; send a shorter text.",
            field="input.text",
        )


def _tempo(speed: float, pace: float) -> float:
    return min(max(speed * pace, MIN_SPEED), MAX_SPEED)


def _unreadable(normalized: Sequence[NormalizedText]) -> str:
    return "".join(dict.fromkeys("".join(one.unreadable for one in normalized)))


def _left_out(normalized: Sequence[NormalizedText]) -> Iterator[str]:
    """Yield which letters are not spoken."""
    if unreadable := _unreadable(normalized):
        yield f"characters that cannot be read were left out: {unreadable[:_MAX_LISTED]}"
    if repeated := sum(one.repeated for one in normalized):
        yield f"letters that are repeated more than three times were shortened to three, by {repeated:,} letters"


def _limitations(normalized: Sequence[NormalizedText]) -> tuple[str, ...]:
    return (*_left_out(normalized), *dict.fromkeys(limitation for one in normalized for limitation in one.limitations))


def _synthesize(
    model: Kokoro, utterance: _Utterance, *, voice: str, speed: float, prosody: Prosody
) -> _SynthesizedPhrase:
    # A higher pitch shortens the samples afterwards: the model speaks slower to compensate.
    tempo = _tempo(speed, utterance.pace) * prosody.tempo / prosody.pitch
    samples, marks = model.synthesize(utterance.phonemes, voice=voice, speed=min(tempo, MAX_SPEED * _MAX_MODEL_SPEEDUP))
    samples = apply_prosody(_normalize_loudness(samples), prosody)
    marks = marks / prosody.pitch
    return _trim_silence(_SynthesizedPhrase(utterance.text, utterance.phonemes, samples, marks, utterance.pause))


def _normalize_loudness(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale to `_TARGET_RMS`, because voices differ in loudness."""
    voiced = samples[np.abs(samples) > _SILENCE_LEVEL]
    loudness = float(np.sqrt(np.mean(voiced**2))) if len(voiced) else 0.0
    return samples * np.float32(_TARGET_RMS / loudness) if loudness else samples


def _trim_silence(synthesized: _SynthesizedPhrase) -> _SynthesizedPhrase:
    """Remove the silence that the model adds before and after."""
    loud = np.flatnonzero(np.abs(synthesized.samples) > _SILENCE_LEVEL)
    if not len(loud):
        return synthesized
    margin = round(_TRIM_MARGIN * RATE)
    first, last = max(0, int(loud[0]) - margin), int(loud[-1]) + margin
    samples = synthesized.samples[first:last]
    marks = np.clip(synthesized.marks - first / RATE, 0, len(samples) / RATE)
    return replace(synthesized, samples=_fade_edges(samples), marks=marks.astype(np.float32))


def _fade_edges(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Fade in and out over 10 ms to avoid clicks."""
    length = min(round(0.01 * RATE), len(samples) // 2)
    faded = samples.copy()
    faded[:length] *= np.linspace(0, 1, length, dtype=np.float32)
    faded[len(faded) - length :] *= np.linspace(1, 0, length, dtype=np.float32)
    return faded


def _concatenate(
    synthesized: list[_SynthesizedPhrase], *, leading_pause: float, limitations: tuple[str, ...]
) -> Speech:
    pieces = [np.zeros(round(leading_pause * RATE), np.float32)]
    phrases: list[Phrase] = []
    length = len(pieces[0])
    for part in synthesized:
        start, end = length / RATE, (length + len(part.samples)) / RATE
        marks = tuple(float(start + mark) for mark in part.marks)
        phrases.append(Phrase(part.text, part.phonemes, start, end, marks))
        ends_sentence = part.text[-1:] in {".", "!", "?"} or part is synthesized[-1]
        pause = max(part.pause, PAUSE_AFTER_SENTENCE if ends_sentence else PAUSE_IN_SENTENCE)
        pieces += [part.samples, np.zeros(round(pause * RATE), np.float32)]
        length += len(part.samples) + len(pieces[-1])
    missing = max(0, round(MIN_DURATION * RATE) - length)
    return Speech(np.concatenate([*pieces, np.zeros(missing, np.float32)]), RATE, tuple(phrases), limitations)
