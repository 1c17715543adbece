"""SSML parsing: text in passages, each with a pace and the pause after it. Tags are never read aloud."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

UNAMBIGUOUS_TAGS = ("speak", "break", "prosody", "emphasis", "say-as", "phoneme")  # tags that only SSML uses
TAGS = (
    *UNAMBIGUOUS_TAGS,
    *("sub", "p", "s", "voice", "lang", "mark", "audio", "par", "seq", "media", "desc", "w", "token", "metadata"),
)
TAG = re.compile(
    rf"<!--.*?-->|<\?.*?\?>|<!\[CDATA\[|\]\]>|<(?P<end>/)?(?:[\w]+:)?(?P<name>{'|'.join(TAGS)})\b"
    r"(?P<attributes>(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*?)(?P<empty>/)?>",
    re.IGNORECASE | re.DOTALL,
)
# The rest of a tag without its closing bracket, at the end of the text or before the next tag.
BROKEN_TAG = re.compile(
    rf"</?(?:{'|'.join(UNAMBIGUOUS_TAGS)})\b[^<>\w\s.]*"
    r"(?:\s+[\w:-]+\s*=\s*(?:\"[^\"<>]*\"?|'[^'<>]*'?|[^\s\"'<>]*))*\s*/?",
    re.IGNORECASE,
)
ATTRIBUTE = re.compile(r"([\w:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'/]+))")
DURATION = re.compile(r"\+?(\d+(?:\.\d+)?|\.\d+)\s*(ms|s)", re.IGNORECASE)
PERCENTAGE = re.compile(r"([+-]?)(\d+(?:\.\d+)?)%")
BREAK_STRENGTHS = {"none": 0.0, "x-weak": 0.15, "weak": 0.3, "medium": 0.6, "strong": 1.0, "x-strong": 1.6}  # seconds
PROSODY_RATES = {"x-slow": 0.6, "slow": 0.8, "medium": 1.0, "default": 1.0, "fast": 1.25, "x-fast": 1.6}
EMPHASIS_PACES = {"strong": 0.82, "moderate": 0.9, "none": 1.0, "reduced": 1.1}
MIN_PACE, MAX_PACE = 0.5, 2.0
MAX_BREAK = 10.0  # seconds
MAX_TOTAL_BREAK = 60.0  # seconds, the sum of all breaks
UNSUPPORTED_TAGS = ("audio", "voice", "lang", "phoneme")
SPELL_OUT_VALUES = ("characters", "spell-out", "verbatim", "digits")
MALFORMED = "the SSML is not well-formed: its text was spoken without the tags"


@dataclass(frozen=True, slots=True)
class Passage:
    """Text spoken at one pace (1.0 is normal), and the seconds of silence after it."""

    text: str
    pace: float = 1.0
    pause: float = 0.0


@dataclass(frozen=True, slots=True)
class ParsedText:
    """A text without its tags. `limitations` list unsupported and malformed markup."""

    passages: tuple[Passage, ...]
    limitations: tuple[str, ...] = ()


@dataclass(slots=True)
class _Parser:
    """Builds passages tag by tag. `open_tags` are the enclosing tags, each with the pace inside it."""

    passages: list[Passage] = field(default_factory=list)
    open_tags: list[tuple[str, float]] = field(default_factory=list)
    limitations: dict[str, None] = field(default_factory=dict)
    total_break: float = 0.0
    spelling: bool = False
    skipped_tag: str = ""

    @property
    def pace(self) -> float:
        return self.open_tags[-1][1] if self.open_tags else 1.0

    def add_text(self, text: str) -> None:
        if self.skipped_tag:
            return
        words = html.unescape(text)
        words = " ".join(_spell_letter(letter) for letter in words if not letter.isspace()) if self.spelling else words
        if self.passages and self.passages[-1].pace == self.pace and not self.passages[-1].pause:
            self.passages[-1] = replace(self.passages[-1], text=f"{self.passages[-1].text}{words}")
        elif words.strip():
            self.passages.append(Passage(words, self.pace))

    def add_break(self, seconds: float) -> None:
        used = min(seconds, MAX_BREAK, MAX_TOTAL_BREAK - self.total_break)
        if used < seconds:
            self.limitations[f"breaks are limited to {MAX_BREAK:g} s each and {MAX_TOTAL_BREAK:g} s in total"] = None
        self.total_break += used
        if used > 0 and not self.passages:
            self.passages.append(Passage("", pause=used))
        elif used > 0:
            self.passages[-1] = replace(self.passages[-1], pause=self.passages[-1].pause + used)

    def open_tag(self, name: str, attributes: dict[str, str], *, empty: bool) -> None:
        match name:
            case "break":
                self.add_break(_pause(attributes))
            case "sub" if not empty and attributes.get("alias") and not self.skipped_tag:
                self.add_text(html.escape(attributes["alias"]))
                self.skipped_tag = name
            case "desc" | "metadata" if not empty:
                self.skipped_tag = name
            case "say-as":
                self.spelling = not empty and attributes.get("interpret-as", "").lower() in SPELL_OUT_VALUES
            case "p" | "s":
                self.add_text("\n")
        if name in UNSUPPORTED_TAGS:
            self.limitations[f"<{name}> is not simulated"] = None
        if name == "prosody":
            self.limitations |= {
                f"{attribute} of <prosody> is not simulated": None
                for attribute in ("pitch", "volume", "range")
                if attribute in attributes
            }
        if not empty and name not in ("break", "mark"):
            self.open_tags.append((name, min(MAX_PACE, max(MIN_PACE, self.pace * _pace(name, attributes)))))

    def close_tag(self, name: str) -> None:
        if name == self.skipped_tag:
            self.skipped_tag = ""
        if name == "say-as":
            self.spelling = False
        if name in ("p", "s"):
            self.add_text("\n")
        if self.open_tags and self.open_tags[-1][0] == name:
            self.open_tags.pop()
        elif name not in ("break", "mark"):
            self.limitations[MALFORMED] = None


def parse_ssml(text: str) -> ParsedText:
    """Split a text at its SSML tags. A text without tags becomes a single, unchanged passage."""
    if not TAG.search(text) and not BROKEN_TAG.search(text):
        return ParsedText((Passage(text),))
    parser = _Parser()
    for piece in _pieces(text):
        if isinstance(piece, str):
            if BROKEN_TAG.search(piece):
                parser.limitations[MALFORMED] = None
            parser.add_text(BROKEN_TAG.sub(" ", piece))
        elif piece["name"]:
            name = piece["name"].lower()
            if piece["end"]:
                parser.close_tag(name)
            else:
                parser.open_tag(name, _attributes(piece["attributes"]), empty=bool(piece["empty"]))
    if parser.open_tags:
        parser.limitations[MALFORMED] = None
    return ParsedText(tuple(parser.passages), tuple(parser.limitations))


def _pieces(text: str) -> Iterator[str | re.Match[str]]:
    position = 0
    for match in TAG.finditer(text):
        yield text[position : match.start()]
        yield match
        position = match.end()
    yield text[position:]


def _spell_letter(letter: str) -> str:
    """Return the reading of a spelled letter: a single A would be read as the article."""
    return "ay" if letter in "aA" else letter.upper()


def _attributes(text: str) -> dict[str, str]:
    return {name.lower(): double or single or bare for name, double, single, bare in ATTRIBUTE.findall(text)}


def _pause(attributes: dict[str, str]) -> float:
    """Return the seconds of a break; medium strength by default."""
    time = DURATION.fullmatch(attributes.get("time", "").strip())
    if time:
        return float(time[1]) / (1000 if time[2].lower() == "ms" else 1)
    return BREAK_STRENGTHS.get(attributes.get("strength", "medium").lower(), BREAK_STRENGTHS["medium"])


def _pace(name: str, attributes: dict[str, str]) -> float:
    """Return the pace of a tag relative to its parent."""
    if name == "emphasis":
        return EMPHASIS_PACES.get(attributes.get("level", "moderate").lower(), EMPHASIS_PACES["moderate"])
    rate = attributes.get("rate", "").strip().lower() if name == "prosody" else ""
    if share := PERCENTAGE.fullmatch(rate):
        amount = float(share[2]) / 100
        return {"+": 1 + amount, "-": max(0.0, 1 - amount), "": amount}[share[1]]
    if re.fullmatch(r"\d+(\.\d+)?", rate):
        return float(rate)
    return PROSODY_RATES.get(rate, 1.0)
