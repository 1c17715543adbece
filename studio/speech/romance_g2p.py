"""Rule-based grapheme-to-phoneme conversion for Spanish and Italian, whose spelling is close to phonemic."""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

Rules = tuple[tuple[re.Pattern[str], str], ...]


def to_phonemes(text: str, *, language: str) -> str:
    """Return the phonemes of a text in `es` or `it`, with its punctuation."""
    words = re.findall(r"[^\W\d_]+|[.,;:!?—]|\s+", unicodedata.normalize("NFC", text.lower()))
    return "".join(_word_phonemes(word, language) if word[0].isalpha() else word for word in words)


def _word_phonemes(word: str, language: str) -> str:
    """Convert a word letter group by letter group, with a stress mark before the stressed vowel."""
    stressed = _stressed_index(word, language)
    sounds = ""
    position = 0
    while position < len(word):
        rule, match = _match_rule(word, position, language)
        sound = match.expand(rule)
        if position <= stressed < match.end() and sound:
            sounds += "ˈ"
        sounds += sound
        position = match.end()
    return sounds


def _match_rule(word: str, position: int, language: str) -> tuple[str, re.Match[str]]:
    for pattern, sound in _RULES[language]:
        if match := pattern.match(word, position):
            return sound, match
    raise AssertionError(f"the last rule of {language} matches every letter")


def _stressed_index(word: str, language: str) -> int:
    """Return the index of the stressed vowel: the accented one, or the last or second to last by the ending."""
    accented = [position for position, letter in enumerate(word) if letter in "áéíóúàèìòù"]
    if accented:
        return accented[-1]
    nuclei = [match.start() for match in _NUCLEUS.finditer(word)]
    if len(nuclei) < 2:
        return nuclei[0] if nuclei else -1
    stresses_penultimate = language == "it" or word[-1] in "aeiouns"
    return nuclei[-2] if stresses_penultimate else nuclei[-1]


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
_CONSONANTS = ((r"g", "ɡ"), (r"([bdfklmnpstvw])", r"\1"), (r"[cq]", "k"), (r"h", ""))
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
    *_CONSONANTS,
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
    *_CONSONANTS,
)
_RULES: Mapping[str, Rules] = MappingProxyType({"es": _SPANISH, "it": _ITALIAN})
