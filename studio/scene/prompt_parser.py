"""What a prompt asks of a picture, read from its words."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from studio.negation import negated_words, without_negations
from studio.scene import words
from studio.scene.attachments import paired
from studio.scene.colour import Colour
from studio.scene.names import DWELLINGS, SUBJECT_NAMES, is_plural
from studio.scene.parts import meanings
from studio.scene.subject import Wanted

Weather = Literal["none", "rain", "snow", "glow"]

MOST_SUBJECTS = 4
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*|\d+(?:-bit|bit|s|d|mm)?(?:-(?:render|rendered|model))?")
_LINKS = frozenset(
    {"a", "an", "the", "of", "on", "in", "at", "by", "and", "with", "over", "under", "to", "near", "from"}
)

_LAUNCHES = frozenset(["launch", "launches", "launching", "launched", "liftoff", "blastoff", "countdown"])
_LAUNCHED_FROM = "desert"


@dataclass(frozen=True, slots=True)
class Brief:
    """The scene a prompt describes. `followed` are its words that say something here, in order."""

    place: str | None
    hour: str | None
    season: str | None
    weather: Weather
    sights: frozenset[str]
    styles: tuple[str, ...]
    tints: tuple[Colour, ...]
    wanted: tuple[Wanted, ...]
    unwanted: frozenset[str]
    followed: tuple[str, ...]

    def shows(self, sight: str) -> bool:
        return sight in self.sights and sight not in self.unwanted

    def lacks(self, part: str) -> bool:
        """Whether a part of the scene is not to be there."""
        return part in self.unwanted


def read(prompt: str, *, negative: str = "") -> Brief:
    """Read a prompt; a word of `negative` is not followed, and what it or a `without` names is left out."""
    unwanted = meanings([*_split(negative), *_without_colours(_split(negated_words(prompt)))])
    spoken = [word for word in _split(without_negations(prompt)) if word not in unwanted]
    followed: set[str] = set()
    places = _found(spoken, words.PLACES, unwanted, followed)
    hours = _found(spoken, words.HOURS, unwanted, followed) or _found(spoken, words.MOODS, unwanted, followed)
    seasons = _found(spoken, words.SEASONS, unwanted, followed)
    weathers = _found(spoken, words.WEATHERS, unwanted, followed)
    sights = _found(spoken, words.SIGHTS, unwanted, followed)
    styles = _found(spoken, words.STYLES, unwanted, followed)
    wanted, tints = _things(spoken, unwanted, followed)
    if "flowers" in sights and (places or len(wanted) > 1):
        wanted, tints = _strewn(wanted, tints)
    wanted = paired(wanted, spoken)
    return Brief(
        place=_place(places) or (_LAUNCHED_FROM if _LAUNCHES & set(spoken) else None) or _dwelling(wanted),
        hour="night" if "night" in hours and "storm" in hours else _strongest(hours),
        season=_strongest(seasons),
        weather=_falling(weathers),
        sights=frozenset(sights),
        styles=tuple(dict.fromkeys(styles)),
        tints=tuple(tints),
        wanted=tuple(wanted),
        unwanted=unwanted,
        followed=_as_written(prompt, [word for word in spoken if word in followed]),
    )


def _strewn(wanted: Sequence[Wanted], tints: Sequence[Colour]) -> tuple[list[Wanted], list[Colour]]:
    """Flowers that grow all over a place are no longer one of the things in it."""
    flowers = [thing for thing in wanted if thing.name == "flower"]
    colours = [thing.colour for thing in flowers if thing.colour]
    return [thing for thing in wanted if thing not in flowers], [*tints, *colours]


def _as_written(prompt: str, followed: Sequence[str]) -> tuple[str, ...]:
    """The words as they stand in the prompt, each once."""
    text = prompt.lower()
    return tuple(dict.fromkeys(word if word in text else word.replace("-", " ") for word in followed))


def _split(text: str) -> list[str]:
    """The words in order; those that mean something only together are one, and other hyphened ones are their parts."""
    found: list[str] = []
    words_alone = _WORD.findall(text.lower())
    joined = _COMPOUND.sub(lambda match: re.sub(r"\s+", "-", match[0]), " ".join(words_alone))
    for match in joined.split():
        found.extend([match] if match in _COMPOUNDS else match.split("-"))
    return found


_COMPOUNDS = frozenset(
    word
    for table in (words.PLACES, words.HOURS, words.WEATHERS, words.SIGHTS, words.STYLES, SUBJECT_NAMES)
    for word in table
    if "-" in word
)
_COMPOUND = re.compile(
    "|".join(rf"\b{word.replace('-', '[ -]')}\b" for word in sorted(_COMPOUNDS, key=len, reverse=True))
)


def _without_colours(spoken: Sequence[str]) -> list[str]:
    """The words but those of colours, which say only what kind of thing is not to be there."""
    things = [word for word in spoken if word not in words.COLOURS]
    return things or list(spoken)


def _found(spoken: Sequence[str], table: Mapping[str, str], unwanted: Collection[str], followed: set[str]) -> list[str]:
    found = []
    for word in spoken:
        meaning = table.get(word)
        if meaning is not None and meaning not in unwanted:
            found.append(meaning)
            followed.add(word)
    return found


def _place(meanings: Sequence[str]) -> str | None:
    """The place most words point to; but one that lies in another is where we are."""
    if "windowsill" in meanings:
        return "windowsill"
    return "lake" if {"mountain", "lake"} == set(meanings) else _strongest(meanings)


def _strongest(meanings: Sequence[str]) -> str | None:
    """The meaning most words point to; the first of equals."""
    return max(meanings, key=meanings.count, default=None)


def _falling(meanings: Sequence[str]) -> Weather:
    match _strongest(meanings):
        case "rain":
            return "rain"
        case "snow":
            return "snow"
        case "glow":
            return "glow"
    return "none"


def _dwelling(wanted: Sequence[Wanted]) -> str | None:
    """Where the first thing lives that lives somewhere in particular."""
    return next((DWELLINGS[thing.name] for thing in wanted if thing.name in DWELLINGS), None)


def _things(spoken: Sequence[str], unwanted: Collection[str], followed: set[str]) -> tuple[list[Wanted], list[Colour]]:
    """The things to show, each with the colour, count and size said before it, and the colours left for the light."""
    things: dict[str, Wanted] = {}
    tints: list[Colour] = []
    colour: Colour | None = None
    colour_word, count, size = "", 1, 1.0
    said: list[str] = []
    for word in spoken:
        if word in words.COLOURS and word not in words.PLACES and word not in SUBJECT_NAMES:
            tints.extend([colour] if colour else [])
            colour, colour_word = words.COLOURS[word], word
            followed.add(word)
        elif word in words.COUNTS:
            count = words.COUNTS[word]
            said.append(word)
        elif word in words.SIZES:
            size = words.SIZES[word]
            said.append(word)
        elif (name := SUBJECT_NAMES.get(word)) and name not in unwanted:
            followed.update((word, *said))
            said.clear()
            amount = max(count, 3 if is_plural(word) and count == 1 else 1)
            if len(things) < MOST_SUBJECTS:
                said_colour = words.NATURAL.get((name, colour_word), colour) if colour else None
                things.setdefault(name, Wanted(name, said_colour, amount, size, counted=count > 1))
            colour, count, size = None, 1, 1.0
        elif word in words.PLACES or word in words.SIGHTS or word in _LINKS:
            tints.extend([colour] if colour else [])
            colour = None
    return list(things.values()), [*tints, *([colour] if colour else [])]
