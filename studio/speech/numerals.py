"""Numbers in English words."""

from collections.abc import Callable

_SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (10**3, "thousand"))
_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
_MAX_DIGITS = 15


def cardinal(digits: str) -> str:
    """Read `1234` as one thousand two hundred thirty-four; very long numbers and leading zeros digit by digit."""
    if len(digits) > _MAX_DIGITS or (len(digits) > 1 and digits[0] == "0"):
        return spelled(digits)
    return _cardinal(int(digits))


def ordinal(digits: str) -> str:
    """Read `21` as twenty-first."""
    return _to_ordinal(cardinal(digits))


def decimal(number: str) -> str:
    """Read `3.14` as three point one four; without a point, as a cardinal."""
    whole, point, fraction = number.replace(",", "").partition(".")
    return f"{cardinal(whole or '0')} point {spelled(fraction)}" if point and fraction else cardinal(whole or "0")


def year(digits: str) -> str:
    """Read `1984` as nineteen eighty-four, `2007` as two thousand seven."""
    century, rest = divmod(int(digits), 100)
    if century % 10 == 0 and rest < 10:
        return _cardinal(int(digits))
    if rest == 0:
        return f"{_cardinal(century)} hundred"
    return f"{_cardinal(century)} {'oh ' if rest < 10 else ''}{_cardinal(rest)}"


def decade(digits: str) -> str:
    """Read `1990` as nineteen nineties."""
    return _replace_last_word(year(digits), lambda word: word[:-1] + "ies" if word.endswith("y") else word + "s")


def spelled(digits: str) -> str:
    """Read a number digit by digit."""
    return " ".join(_SMALL[int(digit)] for digit in digits)


def fraction(above: int, below: int) -> str:
    """Read `3/4` as three quarters."""
    name = {2: "half", 4: "quarter"}.get(below) or _to_ordinal(_cardinal(below))
    plural = "" if above == 1 else "s"
    return f"{_cardinal(above)} {'halve' if below == 2 and plural else name}{plural}"


def _cardinal(value: int) -> str:
    if value < 20:
        return _SMALL[value]
    if value < 100:
        tens, ones = divmod(value, 10)
        return _TENS[tens] + (f"-{_SMALL[ones]}" if ones else "")
    if value < 1000:
        return _with_rest(f"{_SMALL[value // 100]} hundred", value % 100)
    scale, name = next(pair for pair in _SCALES if value >= pair[0])
    return _with_rest(f"{_cardinal(value // scale)} {name}", value % scale)


def _with_rest(words: str, rest: int) -> str:
    return f"{words} {_cardinal(rest)}" if rest else words


def _to_ordinal(words: str) -> str:
    return _replace_last_word(words, _ordinal_word)


def _ordinal_word(word: str) -> str:
    return _ORDINALS.get(word) or (word[:-1] + "ieth" if word.endswith("y") else word.removesuffix("t") + "th")


def _replace_last_word(words: str, change: Callable[[str], str]) -> str:
    start = max(words.rfind(" "), words.rfind("-")) + 1
    return words[:start] + change(words[start:])
