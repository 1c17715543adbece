"""The voices there are, and which of them answers to a name out of somebody else's catalogue."""

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

_ANY_AMERICAN = ("default", "auto", "en-us-neural", "en-us", "en")
_WOMEN = ("af_heart", "af_bella", "af_sarah", "af_nicole", "bf_emma")
_MEN = ("am_michael", "am_fenrir", "am_puck", "bm_george", "bm_fable")

_KNOWN: Mapping[str, str] = MappingProxyType(
    {
        **{name: voice for voice in VOICES for name in (voice, voice.partition("_")[2])},
        **dict.fromkeys((*_ANY_AMERICAN, "rachel", "american", "kate"), "af_heart"),
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

_WOMAN_WORDS = frozenset(("female", "woman", "girl", "she", "lady", "mother"))
_MAN_WORDS = frozenset(("male", "man", "boy", "he", "gentleman", "father"))
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
_BY_TAG = {"en": "af_heart", "en-gb": "bf_emma", "es": "ef_dora", "it": "if_sara"}
_LANGUAGES = {"e": "es", "i": "it"}
LANGUAGES: Mapping[str, str] = MappingProxyType({"en": "English", "es": "Spanish", "it": "Italian"})


def voice_in(language: str, *, like: str = "") -> str | None:
    """The voice of a language by its tag or name, such as `es`, `en-GB` or `Spanish`; None where there is none.

    `like` is the name of a voice, which may tell whether it is a man's.
    """
    wanted = language.strip().lower().replace("_", "-")
    tag = _LANGUAGE_WORDS.get(wanted, wanted)
    if tag not in _BY_TAG:
        tag = tag.partition("-")[0]
    if _is_of_man(like) and (tag, False) in _LANGUAGE_VOICES:
        return _LANGUAGE_VOICES[tag, False]
    return _BY_TAG.get(tag)


def voice_for(name: str) -> str:
    """The voice that answers to a name: a known one, else one fit for its words, else always the same one."""
    wanted = name.strip().lower()
    if wanted in _KNOWN:
        return _KNOWN[wanted]
    words = _words(wanted)
    is_woman = bool(_WOMAN_WORDS.intersection(words))
    is_man = _is_of_man(wanted)
    language = _language_named(wanted, words)
    if language is not None:
        return _LANGUAGE_VOICES[language, not is_man]
    candidates = _WOMEN if is_woman else _MEN if is_man else _WOMEN + _MEN
    return candidates[int.from_bytes(hashlib.sha256(wanted.encode()).digest()[:4]) % len(candidates)]


def is_known(name: str) -> bool:
    """Whether a voice's name says anything about which voice it is."""
    wanted = name.strip().lower()
    words = _words(wanted)
    told = bool((_WOMAN_WORDS | _MAN_WORDS).intersection(words))
    return told or wanted in _KNOWN or _language_named(wanted, words) is not None


def tells_only_sex(name: str) -> bool:
    """Whether any voice of a woman, or of a man, answers to the name as well as another."""
    return set(_words(name.strip().lower())) <= _WOMAN_WORDS | _MAN_WORDS | {"voice"}


def suits_any_face(name: str) -> bool:
    """Whether the name is one of no voice in particular, such as `en-US-neural`."""
    return name.strip().lower() in _ANY_AMERICAN


def language_of(voice: str) -> str:
    """The language a voice reads: `en`, `es` or `it`."""
    return _LANGUAGES.get(voice[:1], "en")


def _words(name: str) -> list[str]:
    return [word for word in re.split(r"[^a-z]+", name) if word]


def _is_of_man(name: str) -> bool:
    return bool(_MAN_WORDS.intersection(_words(name.strip().lower())))


def _language_named(name: str, words: list[str]) -> str | None:
    if re.match(r"en[-_]gb\b", name.replace("_", "-")):
        return "en-gb"
    if re.match(r"(es|it)[-_][a-z]{2}\b", name):
        return name[:2]
    return next((_LANGUAGE_WORDS[word] for word in words if word in _LANGUAGE_WORDS), None)
