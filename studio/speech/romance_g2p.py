"""Spanish and Italian spelling turned into sounds by rule; both are written much as they are said."""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

Rules = tuple[tuple[re.Pattern[str], str], ...]


def pronounce(text: str, *, language: str) -> str:
    """The phonemes of a text in `es` or `it`, with its punctuation."""
    words = re.findall(r"[^\W\d_]+|[.,;:!?—]|\s+", unicodedata.normalize("NFC", text.lower()))
    return "".join(_word(word, language) if word[0].isalpha() else word for word in words)


def _word(word: str, language: str) -> str:
    """A word letter group by letter group; the vowel that carries the stress gets its mark."""
    stressed = _stressed_letter(word, language)
    sounds = ""
    place = 0
    while place < len(word):
        rule, match = _first_rule(word, place, language)
        sound = match.expand(rule)
        if place <= stressed < match.end() and sound:
            sounds += "ˈ"
        sounds += sound
        place = match.end()
    return sounds


def _first_rule(word: str, place: int, language: str) -> tuple[str, re.Match[str]]:
    for pattern, sound in _RULES[language]:
        if match := pattern.match(word, place):
            return sound, match
    raise AssertionError(f"the last rule of {language} matches every letter")


def _stressed_letter(word: str, language: str) -> int:
    """The place of the stressed vowel: the accented one, else the last but one, or the last by the ending."""
    accented = [place for place, letter in enumerate(word) if letter in "áéíóúàèìòù"]
    if accented:
        return accented[-1]
    nuclei = [match.start() for match in _NUCLEUS.finditer(word)]
    if len(nuclei) < 2:
        return nuclei[0] if nuclei else -1
    ends_soft = language == "it" or word[-1] in "aeiouns"
    return nuclei[-2] if ends_soft else nuclei[-1]


def _rules(*pairs: tuple[str, str]) -> Rules:
    return tuple((re.compile(pattern), sound) for pattern, sound in (*pairs, (r".", "")))


_NUCLEUS = re.compile(r"(?<![gq](?=u[eiéí]))[aeoáéó]|[iu](?![aeo])(?<![aeo][iu])")
_VOWELS = (
    (r"[iy](?=[aeouáéóúàèòù])", "j"),
    (r"u(?=[aeioáéíóàèìò])", "w"),
    (r"[aáà]", "a"),
    (r"[eéè]", "e"),
    (r"[iíìy]", "i"),
    (r"[oóò]", "o"),
    (r"[uúùü]", "u"),
)
_PLAIN = ((r"g", "ɡ"), (r"([bdfklmnpstvw])", r"\1"), (r"[cq]", "k"), (r"h", ""))
_SPANISH = _rules(
    (r"ch", "ʧ"),
    (r"ll", "ʝ"),
    (r"y(?=[aeouáéó])", "ʝ"),
    (r"rr|(?<![^\W])r|(?<=[nls])r", "r"),
    (r"r", "ɾ"),
    (r"ñ", "ɲ"),
    (r"j|g(?=[eiéí])", "x"),
    (r"gu(?=[eiéí])", "ɡ"),
    (r"gü", "ɡw"),
    (r"qu(?=[eiéí])", "k"),
    (r"z|c(?=[eiéí])", "θ"),
    (r"(?<=[aeiouáéíóú])[bv](?=[aeiouáéíóúrl])", "β"),
    (r"(?<=[aeiouáéíóú])d(?=[aeiouáéíóúr])", "ð"),
    (r"(?<=[aeiouáéíóú])g(?=[aouáóúrl])", "ɣ"),
    (r"v", "b"),
    (r"x", "ks"),
    (r"n(?=[gkcqj])", "ŋ"),
    *_VOWELS,
    *_PLAIN,
)
_ITALIAN = _rules(
    (r"sci(?=[aoueàòùè])|sc(?=[eièéì])", "ʃ"),
    (r"cci(?=[aouàòù])|cc(?=[eièéì])", "tʧ"),
    (r"ggi(?=[aouàòù])|gg(?=[eièéì])", "dʤ"),
    (r"ci(?=[aouàòù])|c(?=[eièéì])", "ʧ"),
    (r"gi(?=[aouàòù])|g(?=[eièéì])", "ʤ"),
    (r"cch", "kː"),
    (r"ch", "k"),
    (r"gh", "ɡ"),
    (r"gn", "ɲ"),
    (r"gli(?=[aeouàèòù])|gl(?=i)", "ʎ"),
    (r"qu", "kw"),
    (r"cq", "k"),
    (r"zz", "tʦ"),
    (r"z", "ʦ"),
    (r"(?<=[aeiouàèìòù])s(?=[aeiouàèìòù])|s(?=[bdgmnrv])", "z"),
    (r"([bdflmnprstv])\1", r"\1ː"),
    (r"cc", "kː"),
    (r"j", "j"),
    (r"x", "ks"),
    (r"r", "r"),
    *_VOWELS,
    *_PLAIN,
)
_RULES: Mapping[str, Rules] = MappingProxyType({"es": _SPANISH, "it": _ITALIAN})
