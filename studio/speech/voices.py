"""The local voices, and the mapping of other catalogues' voice names to them."""

import hashlib
import re
from collections.abc import Mapping
from types import MappingProxyType

VOICES: Mapping[str, str] = MappingProxyType(
    {
        "af_heart": "American woman, warm and clear",
        "af_bella": "American woman, lively",
        "af_nicole": "American woman, soft and close",
        "af_sarah": "American woman, even and professional",
        "am_michael": "American man, calm",
        "am_fenrir": "American man, firm",
        "am_puck": "American man, bright",
        "bf_emma": "British woman, composed",
        "bm_george": "British man, mature",
        "bm_fable": "British man, storyteller",
        "ef_dora": "Spanish woman",
        "em_alex": "Spanish man",
        "if_sara": "Italian woman",
        "im_nicola": "Italian man",
    }
)

_GENERIC_NAMES = ("default", "auto", "en-us-neural", "en-us", "en")
_FEMALE_VOICES = ("af_heart", "af_bella", "af_sarah", "af_nicole", "bf_emma")
_MALE_VOICES = ("am_michael", "am_fenrir", "am_puck", "bm_george", "bm_fable")

_ALIASES: Mapping[str, str] = MappingProxyType(
    {
        **{name: voice for voice in VOICES for name in (voice, voice.partition("_")[2])},
        **dict.fromkeys((*_GENERIC_NAMES, "rachel", "american", "kate"), "af_heart"),
        **dict.fromkeys(("professional_female", "professional-1", "sarah", "alloy", "narrator_female"), "af_sarah"),
        **dict.fromkeys(("professional_male", "professional-2", "adam", "onyx", "narrator_male", "male"), "am_michael"),
        **dict.fromkeys(("friendly_female", "bella", "nova", "elli", "casual_female", "coral"), "af_bella"),
        **dict.fromkeys(("friendly_male", "josh", "sam", "casual_male", "ash", "liam"), "am_puck"),
        **dict.fromkeys(("arnold", "clyde", "deep_male", "echo", "verse"), "am_fenrir"),
        **dict.fromkeys(("domi", "soft_female", "shimmer", "whisper", "emily", "female"), "af_nicole"),
        **dict.fromkeys(("en-gb-neural", "en-gb", "en-au", "british", "alice", "charlotte", "lily", "sage"), "bf_emma"),
        **dict.fromkeys(("british_male", "daniel", "antoni", "brian", "george"), "bm_george"),
        **dict.fromkeys(("storyteller", "narrator", "fable", "ballad", "callum"), "bm_fable"),
    }
)

_FEMALE_WORDS = frozenset(("female", "woman", "girl", "she", "lady", "mother"))
_MALE_WORDS = frozenset(("male", "man", "boy", "he", "gentleman", "father"))
_LANGUAGE_VOICES = {
    ("es", True): "ef_dora",
    ("es", False): "em_alex",
    ("it", True): "if_sara",
    ("it", False): "im_nicola",
    ("en-gb", True): "bf_emma",
    ("en-gb", False): "bm_george",
    ("en", True): "af_heart",
    ("en", False): "am_michael",
}
_LANGUAGE_WORDS = {
    **dict.fromkeys(("spanish", "espanol", "español"), "es"),
    **dict.fromkeys(("italian", "italiano"), "it"),
    **dict.fromkeys(("english", "american"), "en"),
    "british": "en-gb",
}
_DEFAULT_VOICES = {"en": "af_heart", "en-gb": "bf_emma", "es": "ef_dora", "it": "if_sara"}
_LANGUAGE_PREFIXES = {"e": "es", "i": "it"}
LANGUAGES: Mapping[str, str] = MappingProxyType({"en": "English", "es": "Spanish", "it": "Italian"})


def voice_for_language(language: str, *, like: str = "") -> str | None:
    """Return the voice of a language by its tag or name, such as `es`, `en-GB` or `Spanish`; None if there is none.

    `like` is a voice name; a male voice is returned if it contains a word such as `male`.
    """
    normalized = language.strip().lower().replace("_", "-")
    tag = _LANGUAGE_WORDS.get(normalized, normalized)
    if tag not in _DEFAULT_VOICES:
        tag = tag.partition("-")[0]
    if _is_male(like) and (tag, False) in _LANGUAGE_VOICES:
        return _LANGUAGE_VOICES[tag, False]
    return _DEFAULT_VOICES.get(tag)


def voice_for(name: str) -> str:
    """Return the voice for a name: a known one, one that fits its words, or one chosen by the hash of the name."""
    normalized = name.strip().lower()
    if normalized in _ALIASES:
        return _ALIASES[normalized]
    words = _words(normalized)
    is_woman = bool(_FEMALE_WORDS.intersection(words))
    is_man = _is_male(normalized)
    language = _language_in_name(normalized, words)
    if language is not None:
        return _LANGUAGE_VOICES[language, not is_man]
    candidates = _FEMALE_VOICES if is_woman else _MALE_VOICES if is_man else _FEMALE_VOICES + _MALE_VOICES
    return candidates[int.from_bytes(hashlib.sha256(normalized.encode()).digest()[:4]) % len(candidates)]


def known_voices() -> tuple[str, ...]:
    """Return the names of the voices."""
    return tuple(_ALIASES)


def is_known_voice(name: str) -> bool:
    """Return whether a name is an alias of a voice or names a gender or a language."""
    normalized = name.strip().lower()
    words = _words(normalized)
    names_gender = bool((_FEMALE_WORDS | _MALE_WORDS).intersection(words))
    return names_gender or normalized in _ALIASES or _language_in_name(normalized, words) is not None


def names_only_gender(name: str) -> bool:
    """Return whether a name says nothing but the gender, such as `female voice`."""
    return set(_words(name.strip().lower())) <= _FEMALE_WORDS | _MALE_WORDS | {"voice"}


def is_generic_voice(name: str) -> bool:
    """Return whether a name means no voice in particular, such as `en-US-neural`."""
    return name.strip().lower() in _GENERIC_NAMES


def language_of(voice: str) -> str:
    """Return the language of a voice: `en`, `es` or `it`."""
    return _LANGUAGE_PREFIXES.get(voice[:1], "en")


def _words(name: str) -> list[str]:
    return [word for word in re.split(r"[^a-z]+", name) if word]


def _is_male(name: str) -> bool:
    return bool(_MALE_WORDS.intersection(_words(name.strip().lower())))


def _language_in_name(name: str, words: list[str]) -> str | None:
    if re.match(r"en[-_]gb\b", name.replace("_", "-")):
        return "en-gb"
    if re.match(r"(es|it)[-_][a-z]{2}\b", name):
        return name[:2]
    return next((_LANGUAGE_WORDS[word] for word in words if word in _LANGUAGE_WORDS), None)
