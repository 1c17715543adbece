"""Romanization: letters of other scripts as plain Latin letters that an English voice can read."""

import re
import unicodedata
from collections.abc import Callable


def _pairs(text: str) -> dict[str, str]:
    """Parse alternating letters and readings; `_` is the empty reading."""
    parts = text.split()
    readings = ("" if reading == "_" else reading for reading in parts[1::2])
    return dict(zip(parts[::2], readings, strict=True))


_CYRILLIC = _pairs(
    "а a б b в v г g д d е e ж zh з z и i й y к k л l м m н n о o п p р r с s т t у u ф f х kh ц ts ч ch ш sh щ "
    "shch ъ _ ы y ь _ э e ю yu я ya ё yo і i ї yi є ye ґ g ў u"
)
_GREEK = _pairs("α a β v γ g δ d ε e ζ z η i θ th ι i κ k λ l μ m ν n ξ x ο o π p ρ r σ s τ t υ i φ f χ h ψ ps ω o ς s")
_ARABIC = _pairs(
    "ا a ب b ت t ث th ج j ح h خ kh د d ذ dh ر r ز z س s ش sh ص s ض d ط t ظ z ع a غ gh ف f ق q ك k ل l م m ن n ه h "
    "و w ي y ة a ى a ء _ پ p چ ch گ g ی y ک k"
)
_HEBREW = _pairs(
    "א a ב b ג g ד d ה h ו v ז z ח ch ט t י y כ k ל l מ m נ n ס s ע a פ p צ ts ק k ר r ש sh ת t ך k ם m ן n ף f ץ ts"
)
_SPECIAL = _pairs("ß ss ø o ł l æ ae œ oe ð d þ th đ d ħ h ı i ŋ ng")
_TABLE = _CYRILLIC | _GREEK | _SPECIAL
_ABJADS = _ARABIC | _HEBREW
_IDEOGRAPH = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_CHARACTER_NAME = re.compile(r"(?:LETTER|SYLLABLE|CHARACTER)(?: SMALL| CAPITAL| CHILLU)* ([A-Z]+)")
_VOWEL_SIGN = re.compile(r"VOWEL SIGN(?: SHORT| VOCALIC)? ([A-Z]+)")
_VOWELS = frozenset("aeiouy")


def romanize(text: str) -> tuple[str, str]:
    """Return the text in Latin letters without diacritics, and its letters and digits that cannot be romanized."""
    missing: list[str] = []
    words = [_romanize_word(word, missing) for word in re.split(r"(\s+)", text)]
    return "".join(words), "".join(missing)


def _romanize_word(word: str, missing: list[str]) -> str:
    if word.isascii():
        return word
    if any(letter in _ABJADS for letter in word):
        return _insert_vowels([_romanize_letter(letter, missing) for letter in _strip_diacritics(word)])
    pieces: list[str] = []
    for letter in unicodedata.normalize("NFC", word):
        _append(pieces, letter, missing)
    return "".join(pieces)


def _romanize_letter(letter: str, missing: list[str]) -> str:
    if letter in _ABJADS:
        return _ABJADS[letter]
    pieces: list[str] = []
    _append(pieces, letter, missing)
    return "".join(pieces)


def _append(pieces: list[str], letter: str, missing: list[str]) -> None:
    """Append one letter; a vowel sign of an Indic script replaces the vowel before it."""
    lower = letter.lower()
    if letter.isascii():
        pieces.append(letter)
    elif lower in _TABLE:
        pieces.append(_match_case(_TABLE[lower], letter))
    elif _IDEOGRAPH.match(letter):
        pieces.append(" ")
        missing.append(letter)
    elif (plain := _strip_diacritics(letter)) and (plain.isascii() or plain.lower() in _TABLE):
        pieces.append("".join(_match_case(_TABLE.get(part.lower(), part), part) for part in plain))
    else:
        _append_by_name(pieces, letter, missing)


def _append_by_name(pieces: list[str], letter: str, missing: list[str]) -> None:
    """Append the sound that the Unicode name of a letter contains."""
    name = unicodedata.name(letter, "")
    if sign := _VOWEL_SIGN.search(name):
        _replace_vowel(pieces, sign[1].lower())
    elif "VIRAMA" in name:
        _replace_vowel(pieces, "")
    elif named := _CHARACTER_NAME.search(name):
        pieces.append(named[1].lower())
    elif unicodedata.category(letter)[0] == "P":
        pieces.append(", ")
    elif letter.isalnum():
        pieces.append(" ")
        missing.append(letter)


def _replace_vowel(pieces: list[str], vowel: str) -> None:
    if pieces:
        pieces[-1] = pieces[-1].removesuffix("a")
    pieces.append(vowel)


def _strip_diacritics(text: str) -> str:
    return "".join(part for part in unicodedata.normalize("NFKD", text) if not unicodedata.combining(part))


def _match_case(latin_letters: str, original: str) -> str:
    change: Callable[[str], str] = str.capitalize if original.isupper() else str
    return change(latin_letters)


def _insert_vowels(letters: list[str]) -> str:
    """Insert a vowel between consonants, for scripts that omit vowels."""
    word = ""
    for letter in letters:
        is_consonant = letter.isalpha() and letter[0] not in _VOWELS
        if is_consonant and word and word[-1].isalpha() and word[-1] not in _VOWELS:
            word += "a"
        word += letter
    return word
