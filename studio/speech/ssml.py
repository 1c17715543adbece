"""Marked-up text (SSML) parted into passages, each with its pace and the pause after it; no tag is ever read aloud."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

TELLING_TAGS = ("speak", "break", "prosody", "emphasis", "say-as", "phoneme")  # nobody means anything else by them
TAGS = (
    *TELLING_TAGS,
    *("sub", "p", "s", "voice", "lang", "mark", "audio", "par", "seq", "media", "desc", "w", "token", "metadata"),
)
TAG = re.compile(
    rf"<!--.*?-->|<\?.*?\?>|<!\[CDATA\[|\]\]>|<(?P<end>/)?(?:[\w]+:)?(?P<name>{'|'.join(TAGS)})\b"
    r"(?P<attributes>(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*?)(?P<empty>/)?>",
    re.IGNORECASE | re.DOTALL,
)
# What is left of a tag that was never closed, at the end of the text or before the next one.
BROKEN_TAG = re.compile(
    rf"</?(?:{'|'.join(TELLING_TAGS)})\b[^<>\w\s.]*"
    r"(?:\s+[\w:-]+\s*=\s*(?:\"[^\"<>]*\"?|'[^'<>]*'?|[^\s\"'<>]*))*\s*/?",
    re.IGNORECASE,
)
ATTRIBUTE = re.compile(r"([\w:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'/]+))")
DURATION = re.compile(r"\+?(\d+(?:\.\d+)?|\.\d+)\s*(ms|s)", re.IGNORECASE)
PERCENTAGE = re.compile(r"([+-]?)(\d+(?:\.\d+)?)%")
STRENGTHS = {"none": 0.0, "x-weak": 0.15, "weak": 0.3, "medium": 0.6, "strong": 1.0, "x-strong": 1.6}  # seconds
PACES = {"x-slow": 0.6, "slow": 0.8, "medium": 1.0, "default": 1.0, "fast": 1.25, "x-fast": 1.6}
EMPHASES = {"strong": 0.82, "moderate": 0.9, "none": 1.0, "reduced": 1.1}  # paces
SLOWEST, FASTEST = 0.5, 2.0
LONGEST_BREAK = 10.0  # seconds
LONGEST_SILENCE = 60.0  # seconds of all breaks together
NOT_SPOKEN = ("audio", "voice", "lang", "phoneme")
SPELLED = ("characters", "spell-out", "verbatim", "digits")
MALFORMED = "the SSML is not well formed: it was spoken as far as it could be read, without its tags"


@dataclass(frozen=True, slots=True)
class Passage:
    """Text to be spoken at one pace, and the seconds of silence that are asked for after it."""

    text: str
    pace: float = 1.0
    pause: float = 0.0


@dataclass(frozen=True, slots=True)
class Markup:
    """A text without its tags. `notes` tell what they asked for in vain."""

    passages: tuple[Passage, ...]
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Reader:
    """Reads tag by tag. `open` holds the tags around, each with the pace inside of it."""

    passages: list[Passage] = field(default_factory=list)
    open: list[tuple[str, float]] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)
    silence: float = 0.0
    spelling: bool = False
    skipping: str = ""

    @property
    def pace(self) -> float:
        return self.open[-1][1] if self.open else 1.0

    def say(self, text: str) -> None:
        if self.skipping:
            return
        words = html.unescape(text)
        words = " ".join(_letter(letter) for letter in words if not letter.isspace()) if self.spelling else words
        if self.passages and self.passages[-1].pace == self.pace and not self.passages[-1].pause:
            self.passages[-1] = replace(self.passages[-1], text=f"{self.passages[-1].text}{words}")
        elif words.strip():
            self.passages.append(Passage(words, self.pace))

    def wait(self, seconds: float) -> None:
        used = min(seconds, LONGEST_BREAK, LONGEST_SILENCE - self.silence)
        if used < seconds:
            self.notes[f"a break is at most {LONGEST_BREAK:g} s long, and all of them {LONGEST_SILENCE:g} s"] = None
        self.silence += used
        if used > 0 and not self.passages:
            self.passages.append(Passage("", pause=used))
        elif used > 0:
            self.passages[-1] = replace(self.passages[-1], pause=self.passages[-1].pause + used)

    def begin(self, name: str, attributes: dict[str, str], *, empty: bool) -> None:
        match name:
            case "break":
                self.wait(_pause(attributes))
            case "sub" if not empty and attributes.get("alias") and not self.skipping:
                self.say(html.escape(attributes["alias"]))
                self.skipping = name
            case "desc" | "metadata" if not empty:
                self.skipping = name
            case "say-as":
                self.spelling = not empty and attributes.get("interpret-as", "").lower() in SPELLED
            case "p" | "s":
                self.say("\n")
        if name in NOT_SPOKEN:
            self.notes[f"<{name}> is not simulated"] = None
        if name == "prosody":
            self.notes |= {
                f"{told} of <prosody> is not simulated": None
                for told in ("pitch", "volume", "range")
                if told in attributes
            }
        if not empty and name not in ("break", "mark"):
            self.open.append((name, min(FASTEST, max(SLOWEST, self.pace * _pace(name, attributes)))))

    def end(self, name: str) -> None:
        if name == self.skipping:
            self.skipping = ""
        if name == "say-as":
            self.spelling = False
        if name in ("p", "s"):
            self.say("\n")
        if self.open and self.open[-1][0] == name:
            self.open.pop()
        elif name not in ("break", "mark"):
            self.notes[MALFORMED] = None


def read_markup(text: str) -> Markup:
    """Part a text at its tags. One without any is a single passage as it stands."""
    if not TAG.search(text) and not BROKEN_TAG.search(text):
        return Markup((Passage(text),))
    reader = _Reader()
    for piece in _pieces(text):
        if isinstance(piece, str):
            if BROKEN_TAG.search(piece):
                reader.notes[MALFORMED] = None
            reader.say(BROKEN_TAG.sub(" ", piece))
        elif piece["name"]:
            name = piece["name"].lower()
            if piece["end"]:
                reader.end(name)
            else:
                reader.begin(name, _attributes(piece["attributes"]), empty=bool(piece["empty"]))
    if reader.open:
        reader.notes[MALFORMED] = None
    return Markup(tuple(reader.passages), tuple(reader.notes))


def _pieces(text: str) -> Iterator[str | re.Match[str]]:
    place = 0
    for match in TAG.finditer(text):
        yield text[place : match.start()]
        yield match
        place = match.end()
    yield text[place:]


def _letter(letter: str) -> str:
    """A letter as it is spelled: a single A would be read as the article."""
    return "ay" if letter in "aA" else letter.upper()


def _attributes(written: str) -> dict[str, str]:
    return {name.lower(): double or single or bare for name, double, single, bare in ATTRIBUTE.findall(written)}


def _pause(attributes: dict[str, str]) -> float:
    """The seconds of a break; one that says nothing is of medium strength."""
    time = DURATION.fullmatch(attributes.get("time", "").strip())
    if time:
        return float(time[1]) / (1000 if time[2].lower() == "ms" else 1)
    return STRENGTHS.get(attributes.get("strength", "medium").lower(), STRENGTHS["medium"])


def _pace(name: str, attributes: dict[str, str]) -> float:
    """How many times as fast a tag wants to be spoken as what is around it."""
    if name == "emphasis":
        return EMPHASES.get(attributes.get("level", "moderate").lower(), EMPHASES["moderate"])
    rate = attributes.get("rate", "").strip().lower() if name == "prosody" else ""
    if share := PERCENTAGE.fullmatch(rate):
        amount = float(share[2]) / 100
        return {"+": 1 + amount, "-": max(0.0, 1 - amount), "": amount}[share[1]]
    if re.fullmatch(r"\d+(\.\d+)?", rate):
        return float(rate)
    return PACES.get(rate, 1.0)
