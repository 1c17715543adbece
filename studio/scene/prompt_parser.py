"""Keyword-based parsing of a prompt into a scene description."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from studio.negation import negated_words, without_negations
from studio.scene import scene_vocabulary as vocab
from studio.scene.attachments import merge_attachments
from studio.scene.colour import Colour
from studio.scene.excluded_elements import excluded_elements
from studio.scene.subject import Subject
from studio.scene.subject_names import DEFAULT_PLACES, SUBJECT_NAMES, is_plural

Weather = Literal["none", "rain", "snow", "glow"]

MAX_SUBJECTS = 4
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*|\d+(?:-bit|bit|s|d|mm)?(?:-(?:render|rendered|model))?")
_FUNCTION_WORDS = frozenset(
    {"a", "an", "the", "of", "on", "in", "at", "by", "and", "with", "over", "under", "to", "near", "from"}
)

_LAUNCH_WORDS = frozenset(["launch", "launches", "launching", "launched", "liftoff", "blastoff", "countdown"])
_LAUNCH_PLACE = "desert"


@dataclass(frozen=True, slots=True)
class SceneDescription:
    """The scene described by a prompt. `followed` holds its recognised words, in order."""

    place: str | None
    hour: str | None
    season: str | None
    weather: Weather
    sights: frozenset[str]
    styles: tuple[str, ...]
    tints: tuple[Colour, ...]
    subjects: tuple[Subject, ...]
    excluded: frozenset[str]
    followed: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    """The other words, without those that describe nothing visible, such as "the" and "beautiful"."""

    def shows(self, sight: str) -> bool:
        return sight in self.sights and sight not in self.excluded

    def lacks(self, part: str) -> bool:
        """Return whether the prompt excludes an element of the scene."""
        return part in self.excluded


def parse_prompt(prompt: str, *, negative: str = "") -> SceneDescription:
    """Parse a prompt; elements named in `negative` or after a negation such as "without" are excluded."""
    excluded = excluded_elements([*_split(negative), *_without_colours(_split(negated_words(prompt)))])
    tokens = [word for word in _split(without_negations(prompt)) if word not in excluded]
    followed: set[str] = set()
    places = _look_up(tokens, vocab.PLACES, excluded, followed)
    hours = _look_up(tokens, vocab.HOURS, excluded, followed) or _look_up(tokens, vocab.MOODS, excluded, followed)
    seasons = _look_up(tokens, vocab.SEASONS, excluded, followed)
    weathers = _look_up(tokens, vocab.WEATHERS, excluded, followed)
    sights = _look_up(tokens, vocab.SIGHTS, excluded, followed)
    styles = _look_up(tokens, vocab.STYLES, excluded, followed)
    subjects, tints = _extract_subjects(tokens, excluded, followed)
    if "flowers" in sights and (places or len(subjects) > 1):
        subjects, tints = _scatter_flowers(subjects, tints)
    subjects = merge_attachments(subjects, tokens)
    return SceneDescription(
        place=_choose_place(places)
        or (_LAUNCH_PLACE if _LAUNCH_WORDS & set(tokens) else None)
        or _default_place(subjects),
        hour="night" if "night" in hours and "storm" in hours else _most_frequent(hours),
        season=_most_frequent(seasons),
        weather=_choose_weather(weathers),
        sights=frozenset(sights),
        styles=tuple(dict.fromkeys(styles)),
        tints=tuple(tints),
        subjects=tuple(subjects),
        excluded=excluded,
        followed=_original_spelling(prompt, [word for word in tokens if word in followed]),
        unknown=_original_spelling(prompt, [word for word in tokens if word not in followed and _is_meaningful(word)]),
    )


def _is_meaningful(word: str) -> bool:
    known = word in vocab.COLOURS or word in vocab.COUNTS or word in vocab.SIZES
    return not known and word not in vocab.IGNORED and not word[0].isdigit()


def _scatter_flowers(subjects: Sequence[Subject], tints: Sequence[Colour]) -> tuple[list[Subject], list[Colour]]:
    """Remove flowers from the subjects, as the place itself is drawn with flowers, and keep their colours as tints."""
    flowers = [subject for subject in subjects if subject.name == "flower"]
    colours = [subject.colour for subject in flowers if subject.colour]
    return [subject for subject in subjects if subject not in flowers], [*tints, *colours]


def _original_spelling(prompt: str, followed: Sequence[str]) -> tuple[str, ...]:
    """Return the distinct words in the spelling used in the prompt."""
    text = prompt.lower()
    return tuple(dict.fromkeys(word if word in text else word.replace("-", " ") for word in followed))


def _split(text: str) -> list[str]:
    """Split text into words; known compounds stay one hyphenated word, other hyphenated words are split."""
    found: list[str] = []
    words_alone = _WORD.findall(text.lower())
    joined = _COMPOUND.sub(lambda match: re.sub(r"\s+", "-", match[0]), " ".join(words_alone))
    for match in joined.split():
        found.extend([match] if match in _COMPOUNDS else match.split("-"))
    return found


_COMPOUNDS = frozenset(
    word
    for table in (
        vocab.PLACES,
        vocab.HOURS,
        vocab.WEATHERS,
        vocab.SIGHTS,
        vocab.STYLES,
        SUBJECT_NAMES,
    )
    for word in table
    if "-" in word
)
_COMPOUND = re.compile(
    "|".join(rf"\b{word.replace('-', '[ -]')}\b" for word in sorted(_COMPOUNDS, key=len, reverse=True))
)


def _without_colours(tokens: Sequence[str]) -> list[str]:
    """Return the words without colours, which only qualify an excluded subject."""
    subjects = [word for word in tokens if word not in vocab.COLOURS]
    return subjects or list(tokens)


def _look_up(
    tokens: Sequence[str], table: Mapping[str, str], excluded: Collection[str], followed: set[str]
) -> list[str]:
    found = []
    for word in tokens:
        meaning = table.get(word)
        if meaning is not None and meaning not in excluded:
            found.append(meaning)
            followed.add(word)
    return found


def _choose_place(meanings: Sequence[str]) -> str | None:
    """Return the place most words refer to; a place contained in another one takes precedence."""
    if "windowsill" in meanings:
        return "windowsill"
    return "lake" if {"mountain", "lake"} == set(meanings) else _most_frequent(meanings)


def _most_frequent(meanings: Sequence[str]) -> str | None:
    """Return the most frequent meaning, or the first one on a tie."""
    return max(meanings, key=meanings.count, default=None)


def _choose_weather(meanings: Sequence[str]) -> Weather:
    match _most_frequent(meanings):
        case "rain":
            return "rain"
        case "snow":
            return "snow"
        case "glow":
            return "glow"
    return "none"


def _default_place(subjects: Sequence[Subject]) -> str | None:
    """Return the default place of the first subject that has one."""
    return next((DEFAULT_PLACES[subject.name] for subject in subjects if subject.name in DEFAULT_PLACES), None)


def _extract_subjects(
    tokens: Sequence[str], excluded: Collection[str], followed: set[str]
) -> tuple[list[Subject], list[Colour]]:
    """Return the subjects with the colour, count and size preceding each, and the colours not bound to a subject."""
    subjects: dict[str, Subject] = {}
    tints: list[Colour] = []
    colour: Colour | None = None
    colour_word, count, size = "", 1, 1.0
    pending: list[str] = []
    for word in tokens:
        if word in vocab.COLOURS and word not in vocab.PLACES and word not in SUBJECT_NAMES:
            tints.extend([colour] if colour else [])
            colour, colour_word = vocab.COLOURS[word], word
            followed.add(word)
        elif word in vocab.COUNTS:
            count = vocab.COUNTS[word]
            pending.append(word)
        elif word in vocab.SIZES:
            size = vocab.SIZES[word]
            pending.append(word)
        elif (name := SUBJECT_NAMES.get(word)) and name not in excluded:
            followed.update((word, *pending))
            pending.clear()
            amount = max(count, 3 if is_plural(word) and count == 1 else 1)
            if len(subjects) < MAX_SUBJECTS:
                subject_colour = vocab.NATURAL.get((name, colour_word), colour) if colour else None
                subjects.setdefault(name, Subject(name, subject_colour, amount, size, counted=count > 1))
            colour, count, size = None, 1, 1.0
        elif word in vocab.PLACES or word in vocab.SIGHTS or word in _FUNCTION_WORDS:
            tints.extend([colour] if colour else [])
            colour = None
    return list(subjects.values()), [*tints, *([colour] if colour else [])]
