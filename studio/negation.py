"""Detection of negated phrases in a prompt, such as `without people`."""

import re
from collections.abc import Sequence

from studio.prompt_words import words_of

_TOKEN = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*|[,.;:!?()\n]")
_NEGATIONS = (
    ("nothing", "like"), ("not", "including"), ("not", "containing"), ("not", "showing"), ("not", "a", "single"),
    ("free", "of"), ("free", "from"), ("devoid", "of"), ("empty", "of"), ("instead", "of"), ("rather", "than"),
    ("do", "not", "draw"), ("do", "not", "include"), ("do", "not", "show"), ("do", "not", "add"),
    ("don't", "draw"), ("don't", "include"), ("don't", "show"), ("don't", "add"), ("don't", "want"),
    ("there", "is", "no"), ("there", "are", "no"), ("with", "no"), ("no", "more"),
    ("without",), ("no",), ("not",), ("never",), ("neither",), ("nor",), ("excluding",), ("minus",), ("sans",),
    ("lacking",), ("avoid",), ("avoiding",), ("remove",), ("erase",), ("delete",),
)  # fmt: skip
# Idioms that contain a negation and exclude nothing.
_FALSE_NEGATIONS = (
    ("not", "only"), ("no", "longer"), ("not", "far"), ("no", "doubt"), ("no", "matter"), ("no", "man's"),
    ("not", "yet"),
)  # fmt: skip
_PHRASE_ENDS = words_of(
    "but in inside at on under over above below with near beside by behind before during while as is are was stands "
    "sits just only instead that which where who then to into onto from through across along around beneath between "
    "against for like after when please add and-then"
)
_ARTICLES = words_of("a an the one two three four five six some several many his her its their this that")
_CONJUNCTIONS = words_of("and or nor")
_SENTENCE_ENDS = frozenset(".;:!?()\n")
_NEGATIVE_SUFFIX = re.compile(r"([^\W_]+)-(?:free|less)")
_NEGATIVE_WORDS = {
    "cloudless": "clouds", "treeless": "trees", "moonless": "moon", "starless": "stars", "sunless": "sun",
    "snowless": "snow", "birdless": "birds", "windowless": "window", "waterless": "water", "leafless": "leaves",
    "uninhabited": "people", "unpeopled": "people", "deserted": "people", "nobody": "people", "carless": "cars",
}  # fmt: skip
_MAX_NEGATED_WORDS = 4  # in a phrase that no comma ends


def without_negations(prompt: str) -> str:
    """Return the prompt without its negated phrases."""
    return _split(prompt)[0]


def negated_words(prompt: str) -> str:
    """Return the negated words of a prompt, such as `people` in `a street without people`."""
    return _split(prompt)[1]


def _split(prompt: str) -> tuple[str, str]:
    """Return the prompt without its negated phrases, and the negated words."""
    tokens = [(match[0].lower().replace("’", "'"), match.start(), match.end()) for match in _TOKEN.finditer(prompt)]
    words = [word for word, _, _ in tokens]
    remaining, negated, index = [], [], 0
    spans: list[tuple[int, int]] = []
    while index < len(words):
        start, end = _find_negation(words, index)
        if end == index:
            index += 1
            continue
        negated.extend(words[start:end] or [])
        spans.append((tokens[index][1], tokens[end - 1][2]))
        index = end
    last = 0
    for first, after in spans:
        remaining.append(prompt[last:first])
        last = after
    remaining.append(prompt[last:])
    negated.extend(_NEGATIVE_WORDS[word] for word in words if word in _NEGATIVE_WORDS)
    return " ".join(remaining), " ".join(word for word in negated if word not in _CONJUNCTIONS)


def _find_negation(words: Sequence[str], index: int) -> tuple[int, int]:
    """Return start and end of the negated words if a negation starts at `index`, otherwise `(index, index)`."""
    if suffixed := _NEGATIVE_SUFFIX.fullmatch(words[index]):
        return (index, index + 1) if suffixed[1] else (index, index)
    if any(_starts_with(words, index, harmless) for harmless in _FALSE_NEGATIONS):
        return index, index
    start = next((len(opening) for opening in _NEGATIONS if _starts_with(words, index, opening)), 0)
    if start == 0:
        return index, index
    end = _find_end(words, index + start)
    return (index + start, end) if end > index + start else (index, index)


def _starts_with(words: Sequence[str], index: int, opening: Sequence[str]) -> bool:
    return tuple(words[index : index + len(opening)]) == tuple(opening)


def _find_end(words: Sequence[str], start: int) -> int:
    """Return the end of the negated phrase that starts at `start`."""
    index, run = start, 0
    while index < len(words) and words[index] not in _SENTENCE_ENDS and run < _MAX_NEGATED_WORDS:
        word = words[index]
        if word in _PHRASE_ENDS and not (index == start and word in ("in", "like")):
            break
        if word == ",":
            if not _list_continues(words, index + 1):
                break
            run = -1
        elif word == "and" and not _is_single_word(words, index + 1):
            break
        elif word in _CONJUNCTIONS:
            run = -1
        run += word not in _ARTICLES
        index += 1
    return index


def _list_continues(words: Sequence[str], index: int) -> bool:
    """Return whether a negated list continues after a comma: short items, the last one after `or`."""
    run = 0
    while index < len(words) and run <= 2:
        if words[index] in ("or", "nor"):
            return True
        if words[index] in _SENTENCE_ENDS or words[index] in _PHRASE_ENDS:
            return False
        run = 0 if words[index] == "," else run + 1
        index += 1
    return False


def _is_single_word(words: Sequence[str], index: int) -> bool:
    """Return whether a single word follows, so that `and` joins it to the negated one."""
    if index >= len(words) or words[index] in _ARTICLES or words[index] in _PHRASE_ENDS:
        return False
    after = words[index + 1] if index + 1 < len(words) else "."
    return after in _SENTENCE_ENDS or after in _PHRASE_ENDS or after in _CONJUNCTIONS or after == ","
