"""Appearance of an avatar, derived deterministically from its name."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TypeVar

import numpy as np

from studio.head.avatar_presets import PRESETS
from studio.skia_brushes import Colour, mix

Choice = TypeVar("Choice")


@dataclass(frozen=True, slots=True)
class Look:
    """The appearance of a face and its clothes. Colours are RGB, sizes factors on the default, `age` is 0 to 1."""

    feminine: bool
    skin: Colour
    hair: Colour
    hair_style: str
    eyes: Colour
    lips: Colour
    glasses: bool
    beard: str
    clothes: str
    cloth: Colour
    shirt: Colour
    jaw: float
    eye_size: float
    age: float
    build: float
    voice: str

    @property
    def brows(self) -> Colour:
        """Colour of the eyebrows: the hair's, or a fixed dark one where `hair` is the colour of a headscarf."""
        return BROWS_WITH_HEADSCARF if self.hair_style == HEADSCARF else self.hair


HEADSCARF = "headscarf"
BROWS_WITH_HEADSCARF: Colour = (52, 40, 36)
SKIN_COLOURS: tuple[Colour, ...] = ((250, 214, 186), (238, 192, 156), (214, 160, 118), (168, 112, 76), (116, 74, 50))
HAIR_COLOURS: tuple[Colour, ...] = (
    (44, 32, 30),
    (96, 60, 36),
    (190, 138, 74),
    (140, 62, 36),
    (78, 76, 84),
    (222, 186, 120),
)
EYE_COLOURS: tuple[Colour, ...] = ((72, 108, 140), (96, 66, 40), (74, 112, 78), (58, 44, 36))
CLOTH_COLOURS: tuple[Colour, ...] = (
    (44, 62, 104),
    (150, 62, 78),
    (46, 112, 100),
    (92, 76, 140),
    (196, 116, 64),
    (62, 66, 76),
)
SUIT_COLOURS: tuple[Colour, ...] = ((44, 52, 76), (62, 64, 72), (70, 52, 60), (38, 70, 82))
SHIRT_COLOURS: tuple[Colour, ...] = ((248, 248, 250), (206, 224, 242), (244, 226, 222), (58, 60, 70))
GREY: Colour = (206, 206, 212)
FEMININE_HAIR_STYLES = ("long", "wavy", "bob", "bun", "curly", "ponytail", "pixie")
MASCULINE_HAIR_STYLES = ("parted", "short", "curly_short", "swept", "bald", "buzz", "afro", "receding", "shoulder")
BEARDS = ("none", "none", "none", "stubble", "full", "goatee", "moustache")
CLOTHES = ("blazer", "shirt", "tee", "turtleneck", "hoodie", "jacket", "dress")
FEMININE_VOICES = ("af_heart", "af_bella", "af_sarah", "af_nicole", "bf_emma")
MASCULINE_VOICES = ("am_michael", "am_fenrir", "am_puck", "bm_george", "bm_fable")
GREYING_FROM_AGE = 0.55  # on the scale of `Look.age`

_FORMAL_WORDS = frozenset(("professional", "business", "formal", "news", "anchor", "presenter", "office", "doctor"))
_GLASSES_WORDS = frozenset(("glasses", "teacher", "professor", "scientist", "nerd", "librarian"))
_FEMININE_WORDS = frozenset(
    (
        *("female", "woman", "girl", "lady", "she", "kate", "anna", "maria", "emma", "sarah", "sara", "lisa", "julia"),
        *("sophia", "sofia", "olivia", "mia", "amy", "lily", "grace", "alice", "angela", "monica", "susan", "rachel"),
    )
)
_MASCULINE_WORDS = frozenset(
    (
        *("male", "man", "boy", "guy", "he", "john", "james", "david", "daniel", "josh", "adam", "michael", "tom"),
        *("tyler", "alex", "ben", "george", "jack", "leo", "liam", "noah", "peter", "paul", "mark", "wayne", "bryan"),
    )
)


def is_known_avatar(avatar: str) -> bool:
    """Return whether the name is a preset or contains a known word. Unknown names still get a generated look."""
    name, words = _parse_name(avatar)
    return name in PRESETS or bool(words & (_FORMAL_WORDS | _GLASSES_WORDS | _FEMININE_WORDS | _MASCULINE_WORDS))


def avatar_look(avatar: str | None, *, seed: int) -> Look:
    """Return the look for an avatar name, or one generated from the seed when there is no name."""
    name, words = _parse_name(avatar or "")
    look = _random_look(words, np.random.default_rng(_name_seed(name) if name else seed))
    preset = PRESETS.get(name)
    if preset is None:
        return look
    overrides = {
        **asdict(preset),
        "hair": _with_grey(preset.hair, preset.age),
        "lips": _lip_colour(preset.skin, preset.feminine),
    }
    return replace(look, **overrides)


def _parse_name(avatar: str) -> tuple[str, set[str]]:
    """Return the normalized name and its words."""
    name = avatar.strip().lower().replace("_", "-")
    return name, set(re.split(r"[^a-z]+", name))


def _random_look(words: set[str], random: np.random.Generator) -> Look:
    feminine = bool(random.random() < 0.5)
    if words & (_FEMININE_WORDS | _MASCULINE_WORDS):
        feminine = bool(words & _FEMININE_WORDS)
    formal = bool(words & _FORMAL_WORDS)
    clothes = "blazer" if formal else _random_choice(random, CLOTHES if feminine else CLOTHES[:-1])
    skin = _random_choice(random, SKIN_COLOURS)
    age = float(random.random())
    hair_style = _random_choice(random, FEMININE_HAIR_STYLES if feminine else MASCULINE_HAIR_STYLES)
    return Look(
        feminine=feminine,
        skin=skin,
        hair=_with_grey(_random_choice(random, HAIR_COLOURS if sum(skin) > 420 else HAIR_COLOURS[:2]), age),
        hair_style=hair_style,
        eyes=_random_choice(random, EYE_COLOURS if sum(skin) > 420 else EYE_COLOURS[1::2]),
        lips=_lip_colour(skin, feminine),
        glasses=bool(random.random() < 0.3) or bool(words & _GLASSES_WORDS),
        beard="none" if feminine else _random_choice(random, BEARDS),
        clothes=clothes,
        cloth=_random_choice(random, SUIT_COLOURS if clothes == "blazer" else CLOTH_COLOURS),
        shirt=_random_choice(random, SHIRT_COLOURS),
        jaw=float(random.uniform(0.9, 0.98) if feminine else random.uniform(1.0, 1.08)),
        eye_size=float(random.uniform(1.0, 1.12) if feminine else random.uniform(0.88, 1.0)),
        age=age,
        build=float(random.uniform(0.9, 1.16)),
        voice=_random_choice(random, FEMININE_VOICES if feminine else MASCULINE_VOICES),
    )


def _with_grey(hair: Colour, age: float) -> Colour:
    return mix(hair, GREY, max(0.0, age - GREYING_FROM_AGE) / (1 - GREYING_FROM_AGE))


def _name_seed(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8])


def _random_choice(random: np.random.Generator, choices: Sequence[Choice]) -> Choice:
    return choices[int(random.integers(len(choices)))]


def _lip_colour(skin: Colour, feminine: bool) -> Colour:
    red, share = ((196, 70, 84), 0.62) if feminine else ((178, 84, 78), 0.42)
    mixed = [round(tone * share + base * (1 - share) * 0.9) for tone, base in zip(red, skin, strict=True)]
    return mixed[0], mixed[1], mixed[2]
