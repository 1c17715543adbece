"""Which face belongs to an avatar's name: the same name always has the same one."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TypeVar

import numpy as np

from studio.head.avatar_presets import ROSTER
from studio.skia_brushes import Colour, mix

Choice = TypeVar("Choice")


@dataclass(frozen=True, slots=True)
class Look:
    """A face and its clothes. Colours are RGB; sizes are factors against the plain face; `age` is 0 to 1."""

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
        """The colour of hair that no scarf hides."""
        return DARK_BROWS if self.hair_style == HEADSCARF else self.hair


HEADSCARF = "headscarf"
DARK_BROWS: Colour = (52, 40, 36)
SKINS: tuple[Colour, ...] = ((250, 214, 186), (238, 192, 156), (214, 160, 118), (168, 112, 76), (116, 74, 50))
HAIRS: tuple[Colour, ...] = ((44, 32, 30), (96, 60, 36), (190, 138, 74), (140, 62, 36), (78, 76, 84), (222, 186, 120))
EYES: tuple[Colour, ...] = ((72, 108, 140), (96, 66, 40), (74, 112, 78), (58, 44, 36))
CLOTH: tuple[Colour, ...] = ((44, 62, 104), (150, 62, 78), (46, 112, 100), (92, 76, 140), (196, 116, 64), (62, 66, 76))
SUITS: tuple[Colour, ...] = ((44, 52, 76), (62, 64, 72), (70, 52, 60), (38, 70, 82))
SHIRTS: tuple[Colour, ...] = ((248, 248, 250), (206, 224, 242), (244, 226, 222), (58, 60, 70))
GREY: Colour = (206, 206, 212)
FEMININE_HAIR = ("long", "wavy", "bob", "bun", "curly", "ponytail", "pixie")
MASCULINE_HAIR = ("parted", "short", "curly_short", "swept", "bald", "buzz", "afro", "receding", "shoulder")
BEARDS = ("none", "none", "none", "stubble", "full", "goatee", "moustache")
CLOTHES = ("blazer", "shirt", "tee", "turtleneck", "hoodie", "jacket", "dress")
FEMININE_VOICES = ("af_heart", "af_bella", "af_sarah", "af_nicole", "bf_emma")
MASCULINE_VOICES = ("am_michael", "am_fenrir", "am_puck", "bm_george", "bm_fable")
GREYING_FROM = 0.55  # years as a share: younger hair keeps its colour

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


def knows_avatar(avatar: str) -> bool:
    """Whether an avatar's name says anything of the face; another name gets one of its own all the same."""
    name, words = _read(avatar)
    return name in ROSTER or bool(words & (_FORMAL_WORDS | _GLASSES_WORDS | _FEMININE_WORDS | _MASCULINE_WORDS))


def look_for(avatar: str | None, *, seed: int) -> Look:
    """The look an avatar's name stands for, or one of the seed's when there is no name."""
    name, words = _read(avatar or "")
    look = _drawn_by_lot(words, np.random.default_rng(_number(name) if name else seed))
    part = ROSTER.get(name)
    if part is None:
        return look
    told = {**asdict(part), "hair": _greyed(part.hair, part.age), "lips": _lips(part.skin, part.feminine)}
    return replace(look, **told)


def _read(avatar: str) -> tuple[str, set[str]]:
    """A name in one spelling, and its words."""
    name = avatar.strip().lower().replace("_", "-")
    return name, set(re.split(r"[^a-z]+", name))


def _drawn_by_lot(words: set[str], random: np.random.Generator) -> Look:
    feminine = bool(random.random() < 0.5)
    if words & (_FEMININE_WORDS | _MASCULINE_WORDS):
        feminine = bool(words & _FEMININE_WORDS)
    formal = bool(words & _FORMAL_WORDS)
    clothes = "blazer" if formal else _pick(random, CLOTHES if feminine else CLOTHES[:-1])
    skin = _pick(random, SKINS)
    age = float(random.random())
    hair_style = _pick(random, FEMININE_HAIR if feminine else MASCULINE_HAIR)
    return Look(
        feminine=feminine,
        skin=skin,
        hair=_greyed(_pick(random, HAIRS if sum(skin) > 420 else HAIRS[:2]), age),
        hair_style=hair_style,
        eyes=_pick(random, EYES if sum(skin) > 420 else EYES[1::2]),
        lips=_lips(skin, feminine),
        glasses=bool(random.random() < 0.3) or bool(words & _GLASSES_WORDS),
        beard="none" if feminine else _pick(random, BEARDS),
        clothes=clothes,
        cloth=_pick(random, SUITS if clothes == "blazer" else CLOTH),
        shirt=_pick(random, SHIRTS),
        jaw=float(random.uniform(0.9, 0.98) if feminine else random.uniform(1.0, 1.08)),
        eye_size=float(random.uniform(1.0, 1.12) if feminine else random.uniform(0.88, 1.0)),
        age=age,
        build=float(random.uniform(0.9, 1.16)),
        voice=_pick(random, FEMININE_VOICES if feminine else MASCULINE_VOICES),
    )


def _greyed(hair: Colour, age: float) -> Colour:
    return mix(hair, GREY, max(0.0, age - GREYING_FROM) / (1 - GREYING_FROM))


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8])


def _pick(random: np.random.Generator, choices: Sequence[Choice]) -> Choice:
    return choices[int(random.integers(len(choices)))]


def _lips(skin: Colour, feminine: bool) -> Colour:
    red, share = ((196, 70, 84), 0.62) if feminine else ((178, 84, 78), 0.42)
    mixed = [round(tone * share + under * (1 - share) * 0.9) for tone, under in zip(red, skin, strict=True)]
    return mixed[0], mixed[1], mixed[2]
