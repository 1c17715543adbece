"""Tells what a prompt asks for from what it says is not to be there."""

import re
from collections.abc import Sequence

from studio.prompt_words import words_of

_PIECE = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*|[,.;:!?()\n]")
_STARTS = (
    ("nothing", "like"), ("not", "including"), ("not", "containing"), ("not", "showing"), ("not", "a", "single"),
    ("free", "of"), ("free", "from"), ("devoid", "of"), ("empty", "of"), ("instead", "of"), ("rather", "than"),
    ("do", "not", "draw"), ("do", "not", "include"), ("do", "not", "show"), ("do", "not", "add"),
    ("don't", "draw"), ("don't", "include"), ("don't", "show"), ("don't", "add"), ("don't", "want"),
    ("there", "is", "no"), ("there", "are", "no"), ("with", "no"), ("no", "more"),
    ("without",), ("no",), ("not",), ("never",), ("neither",), ("nor",), ("excluding",), ("minus",), ("sans",),
    ("lacking",), ("avoid",), ("avoiding",), ("remove",), ("erase",), ("delete",),
)  # fmt: skip
# Words after which nothing is denied, though one that denies stands in them.
_HARMLESS = (
    ("not", "only"), ("no", "longer"), ("not", "far"), ("no", "doubt"), ("no", "matter"), ("no", "man's"),
    ("not", "yet"),
)  # fmt: skip
_ENDS = words_of(
    "but in inside at on under over above below with near beside by behind before during while as is are was stands "
    "sits just only instead that which where who then to into onto from through across along around beneath between "
    "against for like after when please add and-then"
)
_ARTICLES = words_of("a an the one two three four five six some several many his her its their this that")
_JOINS = words_of("and or nor")
_STOPS = frozenset(".;:!?()\n")
_SUFFIXED = re.compile(r"([^\W_]+)-(?:free|less)")
_LACKING = {
    "cloudless": "clouds", "treeless": "trees", "moonless": "moon", "starless": "stars", "sunless": "sun",
    "snowless": "snow", "birdless": "birds", "windowless": "window", "waterless": "water", "leafless": "leaves",
    "uninhabited": "people", "unpeopled": "people", "deserted": "people", "nobody": "people", "carless": "cars",
}  # fmt: skip
_MOST_DENIED = 4  # words, of one phrase that a comma does not end


def affirmed(prompt: str) -> str:
    """The prompt without the phrases in which it says what is not to be there."""
    return _parted(prompt)[0]


def denied(prompt: str) -> str:
    """The words of a prompt for what is not to be there, such as `people` of `a street without people`."""
    return _parted(prompt)[1]


def _parted(prompt: str) -> tuple[str, str]:
    """What is asked for and what is denied, each as text."""
    pieces = [(match[0].lower().replace("’", "'"), match.start(), match.end()) for match in _PIECE.finditer(prompt)]
    words = [word for word, _, _ in pieces]
    kept, gone, at = [], [], 0
    cut: list[tuple[int, int]] = []
    while at < len(words):
        start, end = _denial(words, at)
        if end == at:
            at += 1
            continue
        gone.extend(words[start:end] or [])
        cut.append((pieces[at][1], pieces[end - 1][2]))
        at = end
    last = 0
    for first, after in cut:
        kept.append(prompt[last:first])
        last = after
    kept.append(prompt[last:])
    gone.extend(_LACKING[word] for word in words if word in _LACKING)
    return " ".join(kept), " ".join(word for word in gone if word not in _JOINS)


def _denial(words: Sequence[str], at: int) -> tuple[int, int]:
    """Where the words that are denied begin and end, if a denial starts here; else twice where we are."""
    if suffixed := _SUFFIXED.fullmatch(words[at]):
        return (at, at + 1) if suffixed[1] else (at, at)
    if any(_begins(words, at, harmless) for harmless in _HARMLESS):
        return at, at
    start = next((len(opening) for opening in _STARTS if _begins(words, at, opening)), 0)
    if start == 0:
        return at, at
    end = _end_of(words, at + start)
    return (at + start, end) if end > at + start else (at, at)


def _begins(words: Sequence[str], at: int, opening: Sequence[str]) -> bool:
    return tuple(words[at : at + len(opening)]) == tuple(opening)


def _end_of(words: Sequence[str], start: int) -> int:
    """Where a denied phrase ends that begins at `start`."""
    at, run = start, 0
    while at < len(words) and words[at] not in _STOPS and run < _MOST_DENIED:
        word = words[at]
        if word in _ENDS and not (at == start and word in ("in", "like")):
            break
        if word == ",":
            if not _lists_on(words, at + 1):
                break
            run = -1
        elif word == "and" and not _is_bare(words, at + 1):
            break
        elif word in _JOINS:
            run = -1
        run += word not in _ARTICLES
        at += 1
    return at


def _lists_on(words: Sequence[str], at: int) -> bool:
    """Whether a list that is denied goes on after a comma: short parts, the last of which follows an `or`."""
    run = 0
    while at < len(words) and run <= 2:
        if words[at] in ("or", "nor"):
            return True
        if words[at] in _STOPS or words[at] in _ENDS:
            return False
        run = 0 if words[at] == "," else run + 1
        at += 1
    return False


def _is_bare(words: Sequence[str], at: int) -> bool:
    """Whether one word stands alone there, so that it goes with the one before the `and`."""
    if at >= len(words) or words[at] in _ARTICLES or words[at] in _ENDS:
        return False
    after = words[at + 1] if at + 1 < len(words) else "."
    return after in _STOPS or after in _ENDS or after in _JOINS or after == ","
