"""Text normalization for speech: numbers, URLs, symbols and emoji become words or are removed."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kit.text import truncate
from studio.speech.abbreviations import ABBREVIATIONS, CURRENCIES, DIGITS, MONTHS, SYMBOLS, UNITS
from studio.speech.numerals import cardinal, decade, decimal, fraction, ordinal, spelled, year
from studio.speech.transliteration import romanize

Rule = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_SCALE_WORDS = {"k": "thousand", "m": "million", "b": "billion", "bn": "billion", "t": "trillion"}
_MAX_PATH_LENGTH = 30  # characters
_MAX_WORD_LENGTH = 30  # letters
_PIECE_LENGTH = 15  # letters of a longer word; the time that an unknown word takes grows with the square of its length
_KEPT_REPETITIONS = 3
_MAX_LISTED = 20  # symbols in a message
_REPEATED = r"([A-Za-z])\1{3,}"


@dataclass(frozen=True, slots=True)
class NormalizedText:
    """The words to speak, and what was left out: characters that cannot be read, and how many repeated letters.

    `limitations` name what else is not spoken.
    """

    text: str
    unreadable: str = ""
    repeated: int = 0
    limitations: tuple[str, ...] = ()


def normalize(text: str, *, language: str = "en") -> NormalizedText:
    """Return a text as words of a language (`en`, `es`, `it`); empty if it has nothing to speak."""
    characters = _normalize_characters(text)
    limitations = tuple(_limitations(text, characters, language))
    marked = _apply(_MARKUP, characters)
    if language != "en":
        words, unreadable = _normalize_romance(marked, language)
        return NormalizedText(words, unreadable, limitations=limitations)
    plain, unreadable = romanize(_apply(_ENGLISH, marked))
    repeated = sum(len(match[0]) - _KEPT_REPETITIONS for match in re.finditer(_REPEATED, plain))
    words = _clean_punctuation(re.sub(r"[^A-Za-z\s.,;:!?'—-]", " ", _apply(_WORDS, plain)))
    return NormalizedText(words, unreadable, repeated, limitations)


def _normalize_romance(text: str, language: str) -> tuple[str, str]:
    """Normalize Spanish or Italian: accents stay, numbers are read digit by digit."""
    text = re.sub(r"\d", lambda digit: f" {DIGITS[language][int(digit[0])]} ", text)
    _, unreadable = romanize(text)
    text = re.sub(r"[^\W\d_A-Za-zÀ-ÿ]+", lambda foreign: romanize(foreign[0])[0], text)
    return _clean_punctuation(re.sub(r"[^A-Za-zÀ-ÿ\s.,;:!?'—-]", " ", text)), unreadable


def _limitations(text: str, characters: str, language: str) -> Iterator[str]:
    """Yield what is left out on purpose: `characters` is the text after `_normalize_characters`."""
    if symbols := [letter for letter in dict.fromkeys(text) if _is_dropped_symbol(letter)]:
        yield f"emoji and symbols are not spoken: {''.join(symbols[:_MAX_LISTED])}"
    if directions := dict.fromkeys(_DIRECTION.findall(characters)):
        yield f"directions in brackets are not simulated: {truncate(', '.join(directions), quoted=False)}"
    urls = (match[0] for pattern in (_URL, _HOST) for match in pattern.finditer(characters))
    if language == "en" and any(map(_is_shortened, urls)):
        yield f"of a URL, the query and a path of more than {_MAX_PATH_LENGTH} characters are not spoken"


def _normalize_characters(text: str) -> str:
    """Apply NFKC, and remove emoji and control characters."""
    text = text.replace("²", " squared").replace("³", " cubed")
    text = re.sub(r"(?<=\d)(?=[¼½¾⅓⅔⅛])", " and ", text)
    text = unicodedata.normalize("NFKC", text).translate(_PUNCTUATION)
    return "".join(" " if _is_symbol(letter) else letter for letter in text)


def _is_symbol(letter: str) -> bool:
    category = unicodedata.category(letter)
    return category in {"So", "Sk", "Cs", "Co", "Cn", "Cc"} and letter not in "\n\t°©®™^`"


def _is_dropped_symbol(letter: str) -> bool:
    return unicodedata.category(letter) == "So" and all(map(_is_symbol, unicodedata.normalize("NFKC", letter)))


def _apply(rules: tuple[Rule, ...], text: str) -> str:
    for pattern, replacement in rules:
        text = pattern.sub(replacement, text)
    return text


def _clean_punctuation(text: str) -> str:
    """Collapse spaces, merge repeated punctuation, and remove punctuation without a word before it."""
    text = re.sub(r"\s*([.,;:!?—])(?:\s*[.,;:!?—])*", _merge_marks, text)
    text = re.sub(r"(?<![^\s.,;:!?—])['-]+|['-]+(?![^\s.,;:!?—])", " ", text)
    text = re.sub(r"[^\S\n]+", " ", re.sub(r"\s*\n\s*", "\n", text))
    return re.sub(r"\s+([.,;:!?])", r"\1", text).strip(" \n,;:—-.!?") + _final_mark(text)


def _merge_marks(marks: re.Match[str]) -> str:
    return next(mark for mark in "?!.:;—," if mark in marks[0]) + " "


def _final_mark(text: str) -> str:
    ending = text.rstrip()[-1:]
    return ending if ending in {".", "!", "?"} and any(letter.isalpha() for letter in text) else ""


def _url(match: re.Match[str]) -> str:
    host, path = _parts(match[0])
    tail = match[0][len(match[0].rstrip(".,!?")) :]
    spoken = host.removeprefix("www.") + (f"/{path}" if path and len(path) <= _MAX_PATH_LENGTH else "")
    return _spell_url(spoken.rstrip(".,!?")) + tail


def _parts(url: str) -> tuple[str, str]:
    """Return host and path of a URL."""
    host, _, path = url.partition("://")[2 if "://" in url else 0].partition("/")
    return host, path.partition("?")[0].rstrip("/.,!?")


def _is_shortened(url: str) -> bool:
    _, path = _parts(url)
    return len(path) > _MAX_PATH_LENGTH or "?" in url.rstrip(".,!?")


def _spell_url(url: str) -> str:
    for mark, word in (("@", " at "), (".", " dot "), ("/", " slash "), ("_", " underscore "), ("-", " dash ")):
        url = url.replace(mark, word)
    return url


def _money(match: re.Match[str]) -> str:
    sign, number, scale = match[1], match[2].replace(",", ""), (match[3] or "").lower()
    one, many, cent, cents = CURRENCIES[sign]
    if scale:
        return f"{decimal(number)} {_SCALE_WORDS.get(scale, scale)} {many} "
    whole, _, hundredths = number.partition(".")
    words = f"{cardinal(whole)} {one if whole == '1' else many}"
    count = int((hundredths + "0")[:2]) if hundredths else 0
    return words + (f" and {cardinal(str(count))} {cent if count == 1 else cents} " if count and cent else " ")


def _date(match: re.Match[str]) -> str:
    month, day = int(match[2]), match[3].lstrip("0")
    if not (1 <= month <= 12 and 1 <= int(day or 0) <= 31):
        return " ".join(map(cardinal, match.groups()))
    return f"{MONTHS[month - 1]} {ordinal(day)}, {year(match[1])}"


def _time(match: re.Match[str]) -> str:
    hour, minute, half = match[1].lstrip("0") or "0", match[2], _am_or_pm(match[3] or "")
    words = cardinal(hour)
    if minute != "00":
        words += f" {'oh ' if minute[0] == '0' else ''}{cardinal(minute.lstrip('0'))}"
    elif not half:
        words += " o'clock"
    return f"{words} {half}" if half else words


def _am_or_pm(mark: str) -> str:
    """Return AM or PM spelled as it sounds: `AM` would be read as the word."""
    return {"a": "ay em", "p": "pee em"}.get(mark[:1].lower(), "")


def _measure(match: re.Match[str]) -> str:
    one, many = UNITS[match[2]]
    return f"{decimal(match[1])} {one if match[1] == '1' else many} "


def _fraction(match: re.Match[str]) -> str:
    above, below = int(match[1]), int(match[2])
    if 0 < above <= below <= 10 and below > 1:
        return fraction(above, below)
    return f"{cardinal(match[1])} slash {cardinal(match[2])}"


def _integer(match: re.Match[str]) -> str:
    digits = match[0]
    is_year = len(digits) == 4 and digits.isdecimal() and 1100 <= int(digits) <= 2099
    return f" {year(digits) if is_year else decimal(digits)} "


def _split_camel_case(match: re.Match[str]) -> str:
    return match[0] if re.match(r"(Mc|Mac|O')[A-Z]", match[0]) else re.sub(r"(?<=[a-z])(?=[A-Z])", " ", match[0])


def _lower_capitals(match: re.Match[str]) -> str:
    """Lower-case a run of capitals with a long word: capitals are spelled letter by letter, as initials should be."""
    return match[0].lower() if any(len(word) > 4 for word in match[0].split()) else match[0]


def _split_long_word(match: re.Match[str]) -> str:
    word = match[0]
    return " ".join(word[start : start + _PIECE_LENGTH] for start in range(0, len(word), _PIECE_LENGTH))


def _rules(*rules: tuple[str, str | Callable[[re.Match[str]], str]]) -> tuple[Rule, ...]:
    return tuple((re.compile(pattern), replacement) for pattern, replacement in rules)


_PUNCTUATION = str.maketrans(
    {"’": "'", "‘": "'", "“": " ", "”": " ", '"': " ", "«": " ", "»": " ", "–": "-", "―": "—", "。": ".", "、": ","}
    | {"…": ".", "⁄": "/", "−": "-", "।": ".", "؟": "?", "،": ",", "‚": ",", "·": " ", "•": "\n", "\u200d": None}
)
_UNIT_NAMES = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
_DIRECTION = re.compile(r"\[[A-Za-z][A-Za-z ]{1,30}\](?=.*[^\W\d_])")
_URL = re.compile(r"\bhttps?://[^\s,]+|\bwww\.[^\s,]+")
_HOST = re.compile(r"(?<![\w.-])(?:[\w-]+\.){1,6}(?:com|org|net|io|ai|dev|app|edu|gov|co|uk|de|example)\b(?:/[^\s,]*)?")
_MARKUP = _rules(
    (r"<break[^<>]*>", ", "),
    (r"</?[A-Za-z][^<>]*>", " "),
    (r"!?\[([^\[\]]+)\]\([^()\s]+\)", r"\1"),
    (_DIRECTION.pattern, " "),
    (r"(?m)^\s*(?:[-*]|#{1,6})\s+", ""),
    (r"[*`~|^\\]|__+", " "),
    (r"[()\[\]{}]", ", "),
)
_ENGLISH = _rules(
    (r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+", lambda match: _spell_url(match[0].rstrip("."))),
    (_URL.pattern, _url),
    (_HOST.pattern, _url),
    (r"\b(?:e\.g|E\.g|i\.e|I\.e)\.", lambda match: "for example " if match[0][0] in "eE" else "that is "),
    *((rf"\b{pattern}(?=\W|$)", words) for pattern, words in ABBREVIATIONS.items()),
    (r"\b(\d{4})-(\d\d)-(\d\d)\b", _date),
    (r"\b([01]?\d|2[0-3]):([0-5]\d)(?::[0-5]\d)?(?:\s?([AaPp]\.?[Mm]\b\.?))?", _time),
    (r"\b(\d{1,2})\s?([AaPp]\.?[Mm]\b\.?)", lambda match: f"{cardinal(match[1])} {_am_or_pm(match[2])} "),
    (r"\ba\.m\.", "ay em "),
    (r"\b([A-Za-z])\.((?:[A-Za-z]\.)+)", lambda match: f"{match[1]}{match[2]}".replace(".", "").upper() + " "),
    (rf"([$£€¥₹₩])\s?({_NUMBER})(?:\s?(thousand|million|billion|trillion|[kKmMbBtT]|bn)\b)?", _money),
    (rf"(?<![\w.])-(?={_NUMBER})", " minus "),
    (rf"(?<![\d.,])({_NUMBER})\s?%", lambda match: f"{decimal(match[1])} percent "),
    (r"\b(1[1-9]\d0|20\d0)'?s\b", lambda match: decade(match[1])),
    (rf"\b({_NUMBER})\s?({_UNIT_NAMES})(?![\w/])", _measure),
    (r"\b(\d+)(?:st|nd|rd|th)\b", lambda match: ordinal(match[1])),
    (r"(?<=\d)\s?[x×]\s?(?=\d)", " by "),
    (r"\b(\d{1,4})/(\d{1,4})\b", _fraction),
    (r"\b\d+(?:\.\d+){2,}\b", lambda match: " dot ".join(map(cardinal, match[0].split(".")))),
    (r"\+?\b\d{3,4}(?:[ -]\d{3,4})+\b", lambda match: spelled(re.sub(r"\D", "", match[0]))),
    (r"(?<=\d)-(?=\d)", " to "),
    (r"#(?=\d)", " number "),
    (r"(?<![\w.])\.(?=\d)", " point "),
    (r"\s-+\s|--+", ", "),
    (_NUMBER, _integer),
    (r"[&@%+=<>$£€¥₹₩°©®™×÷±√∞≈≠≤≥→/]", lambda match: f" {SYMBOLS.get(match[0], '')} "),
)
_WORDS = _rules(
    (r"_", " "),
    (_REPEATED, r"\1" * _KEPT_REPETITIONS),
    (rf"[A-Za-z]{{{_MAX_WORD_LENGTH},}}", _split_long_word),
    (r"\b[A-Za-z']*[a-z][A-Z][A-Za-z']*", _split_camel_case),
    (r"\b[A-Z]{2,}(?:[\s,]+[A-Z']{2,})+\b", _lower_capitals),
)
