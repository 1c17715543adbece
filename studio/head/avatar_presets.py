"""Avatars with a fixed appearance. A preset overrides the values generated from the avatar's name."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from studio.skia_brushes import Colour

FAIR, LIGHT, TAN, BROWN, DARK = (250, 214, 186), (238, 192, 156), (214, 160, 118), (168, 112, 76), (116, 74, 50)
BLACK, CHESTNUT, HONEY, RED, ASH, BLONDE = (
    (44, 32, 30),
    (96, 60, 36),
    (190, 138, 74),
    (140, 62, 36),
    (78, 76, 84),
    (222, 186, 120),
)


@dataclass(frozen=True, slots=True)
class Preset:
    """The appearance of a named avatar. `age` is 0 (young) to 1 (old); `build` is a factor on the shoulder width."""

    feminine: bool
    skin: Colour
    hair: Colour
    hair_style: str
    clothes: str
    cloth: Colour
    voice: str
    age: float = 0.2
    build: float = 1.0
    beard: str = "none"
    glasses: bool = False


_PROFESSIONALS = {
    "professional-1": Preset(True, LIGHT, CHESTNUT, "bob", "blazer", (44, 52, 76), "af_sarah", age=0.3),
    "professional-2": Preset(False, BROWN, BLACK, "buzz", "blazer", (62, 64, 72), "am_michael", age=0.35, build=1.12),
    "professional-3": Preset(True, DARK, BLACK, "curly", "blazer", (120, 40, 60), "af_bella", age=0.25, glasses=True),
    "professional-4": Preset(
        False, FAIR, ASH, "receding", "blazer", (38, 70, 82), "bm_george", age=0.95, beard="full", glasses=True
    ),
    "professional-5": Preset(True, FAIR, ASH, "pixie", "blazer", (96, 70, 100), "bf_emma", age=0.9, glasses=True),
    "professional-6": Preset(False, TAN, BLACK, "swept", "blazer", (40, 44, 60), "am_puck", age=0.1, build=0.9),
}
_FIRST_NAMES = {
    "kate": Preset(True, DARK, BLACK, "wavy", "hoodie", (44, 62, 104), "af_heart", age=0.15),
    "anna": Preset(True, TAN, CHESTNUT, "long", "shirt", (46, 112, 100), "af_bella", age=0.2, glasses=True),
    "emma": Preset(True, FAIR, BLONDE, "ponytail", "tee", (196, 116, 64), "bf_emma", age=0.0, build=0.92),
    "sarah": Preset(True, LIGHT, RED, "bun", "turtleneck", (62, 66, 76), "af_sarah", age=0.5),
    "maria": Preset(True, TAN, BLACK, "ponytail", "dress", (150, 62, 78), "af_bella", age=0.3, build=1.12),
    "grace": Preset(True, BROWN, ASH, "bun", "dress", (92, 76, 140), "af_nicole", age=1.0, build=1.08),
    "mia": Preset(True, LIGHT, BLACK, "pixie", "jacket", (34, 34, 40), "af_bella", age=0.05, build=0.94),
    "aisha": Preset(True, BROWN, (64, 104, 120), "headscarf", "dress", (46, 112, 100), "af_heart", age=0.25),
    "john": Preset(False, LIGHT, CHESTNUT, "short", "turtleneck", (62, 66, 76), "am_michael", age=0.5, build=1.06),
    "james": Preset(
        False, DARK, BLACK, "bald", "shirt", (46, 112, 100), "am_fenrir", age=0.45, beard="full", build=1.18
    ),
    "david": Preset(False, TAN, BLACK, "afro", "jacket", (84, 54, 40), "am_puck", age=0.1, beard="goatee"),
    "daniel": Preset(False, FAIR, RED, "curly_short", "tee", (44, 62, 104), "am_puck", age=0.05, build=0.9),
    "michael": Preset(False, LIGHT, ASH, "receding", "shirt", (92, 76, 140), "bm_george", age=0.85, beard="moustache"),
    "george": Preset(
        False, FAIR, ASH, "bald", "turtleneck", (44, 62, 104), "bm_george", age=1.0, beard="long", glasses=True
    ),
    "leo": Preset(False, LIGHT, HONEY, "shoulder", "hoodie", (150, 62, 78), "am_puck", age=0.1, beard="stubble"),
    "wayne": Preset(False, FAIR, BLACK, "parted", "blazer", (70, 52, 60), "am_fenrir", age=0.4, build=1.15),
}
_OCCUPATIONS = {
    "teacher": Preset(True, LIGHT, HONEY, "bun", "shirt", (92, 76, 140), "af_sarah", age=0.6, glasses=True),
    "doctor": Preset(False, BROWN, BLACK, "parted", "coat", (238, 240, 244), "am_michael", age=0.4, glasses=True),
    "scientist": Preset(True, TAN, BLACK, "ponytail", "coat", (238, 240, 244), "af_sarah", age=0.3, glasses=True),
}
PRESETS: Mapping[str, Preset] = MappingProxyType({**_PROFESSIONALS, **_FIRST_NAMES, **_OCCUPATIONS})
