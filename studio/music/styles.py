"""Musical styles: tempo, mode, chords, drum patterns and instruments."""

from collections.abc import Mapping
from dataclasses import dataclass

from studio.prompt_words import words_of

MINOR = (0, 2, 3, 5, 7, 8, 10)
MAJOR = (0, 2, 4, 5, 7, 9, 11)
SEVENTH_CHORD = (0, 2, 4, 6)
POWER_CHORD = (0, 7)  # root and octave: the distorted guitar adds the fifth
OFF_BEATS = (2, 6, 10, 14)
EIGHTHS = tuple(range(0, 16, 2))
GALLOP = tuple(step for step in range(16) if step % 4 != 1)
DrumPattern = Mapping[str, str]
"""The sixteen steps of a bar per drum: `x` loud, `o` soft, `.` silent."""


@dataclass(frozen=True, slots=True)
class Style:
    """The definition of a style. `mode` is None if the prompt's mood selects the scale.

    Steps are sixteenths of a bar. `tempo` is the range in beats per minute. `swing` is the delay of off-beats in steps.
    `echo` and `reverb` are gains; `ducking` is how far a kick lowers the other instruments.
    """

    name: str
    keywords: frozenset[str]
    tempo: tuple[int, int]
    chords: str
    bass: str
    melody: str
    arpeggio: str | None
    drums: DrumPattern
    bass_steps: tuple[int, ...]
    progressions: tuple[tuple[int, ...], ...]
    mode: tuple[int, ...] | None = None
    chord_steps: tuple[int, ...] = (0,)
    chord_length: float = 17.0
    chord_tones: tuple[int, ...] = (0, 2, 4)
    walking: bool = False
    swing: float = 0.0
    echo: float = 1.0
    reverb: float = 0.15
    ducking: float = 0.0


BACKBEAT = {"kick": "x.......x.......", "snare": "....x.......x...", "hat": "x.o.x.o.x.o.x.o."}
ROCK = {"kick": "x.....x.x.......", "snare": "....x.......x..o", "hat": "x.x.x.x.x.x.x.x."}
METAL = {"kick": "xxoxxxoxxxoxxxox", "snare": "....x.......x...", "hat": "x...x...x...x...", "tom": "..............oo"}
HOUSE = {
    "kick": "x...x...x...x...",
    "clap": "....x.......x...",
    "open_hat": "..o...o...o...o.",
    "hat": "o.o.o.o.o.o.o.o.",
}
TECHNO = {"kick": "x...x...x...x...", "hat": "..x...x...x...x.", "rim": "...o..o....o..o.", "clap": "............x..."}
LOFI = {"kick": "x......x..x.....", "snare": "....x.......x...", "hat": "x.x.x.x.x.x.x.xo"}
HIPHOP = {"kick": "x..x......x.....", "snare": "....x.......x...", "hat": "x.x.x.xxx.x.x.x."}
JAZZ = {"brush": "x...x..xx...x..x", "kick": "o.......o.......", "rim": "............o..."}
FUNK = {"kick": "x..x..x...x..x..", "snare": "....x..o.o..x...", "hat": "xoxoxoxoxoxoxoxo"}
REGGAE = {"kick": "........x.......", "rim": "........x.......", "hat": "..x...x...x...x."}
CINEMATIC = {"tom": "x..x..x...x.x...", "kick": "x.......x......."}
NO_DRUMS: DrumPattern = {}
MINOR_PROGRESSIONS = ((0, 5, 2, 6), (0, 3, 5, 4), (0, 5, 3, 4))
MAJOR_PROGRESSIONS = ((0, 4, 5, 3), (0, 5, 3, 4), (3, 4, 0, 5))
ALL_PROGRESSIONS = (*MINOR_PROGRESSIONS, *MAJOR_PROGRESSIONS)


STYLES: tuple[Style, ...] = (
    Style(
        "lofi",
        words_of("lofi lo-fi chill study relax cozy rain rainy coffee"),
        (70, 84),
        "piano",
        "bass",
        "bell",
        None,
        LOFI,
        (0, 6, 8),
        ((1, 4, 0, 5), (0, 5, 1, 4)),
        swing=0.12,
        chord_tones=SEVENTH_CHORD,
        reverb=0.2,
    ),
    Style(
        "ambient",
        words_of("ambient calm meditation sleep peaceful dreamy drone space underwater lullaby"),
        (56, 68),
        "pad",
        "bass",
        "bell",
        "pluck",
        NO_DRUMS,
        (0,),
        ALL_PROGRESSIONS,
        echo=1.6,
        reverb=0.45,
    ),
    Style(
        "house",
        words_of("house dance club disco edm party summer pop upbeat"),
        (120, 128),
        "organ",
        "synth_bass",
        "lead",
        "pluck",
        HOUSE,
        OFF_BEATS,
        ALL_PROGRESSIONS,
        chord_steps=(3, 6, 11, 14),
        chord_length=1.8,
        ducking=0.45,
    ),
    Style(
        "techno",
        words_of("techno electronic industrial rave trance robot machine"),
        (128, 136),
        "pad",
        "synth_bass",
        "pluck",
        "pluck",
        TECHNO,
        (2, 3, 6, 7, 10, 11, 14, 15),
        ((0, 0, 5, 0), (0, 6, 0, 5)),
        mode=MINOR,
        ducking=0.6,
        reverb=0.2,
    ),
    Style(
        "synthwave",
        words_of("synthwave retro 80s eighties neon cyberpunk vaporwave night drive outrun"),
        (100, 112),
        "pad",
        "synth_bass",
        "lead",
        "pluck",
        BACKBEAT,
        EIGHTHS,
        MINOR_PROGRESSIONS,
        mode=MINOR,
        echo=1.3,
        ducking=0.25,
        reverb=0.25,
    ),
    Style(
        "rock",
        words_of("rock punk grunge guitar loud heavy energetic"),
        (118, 140),
        "distorted_guitar",
        "bass",
        "lead",
        None,
        ROCK,
        EIGHTHS,
        ((0, 3, 4, 3), (0, 5, 3, 4), (0, 4, 3, 0), (0, 6, 3, 0)),
        echo=0.4,
        chord_steps=EIGHTHS,
        chord_length=1.9,
        chord_tones=POWER_CHORD,
        reverb=0.1,
    ),
    Style(
        "metal",
        words_of("metal thrash doom headbang headbanging metalcore djent slayer shred brutal"),
        (152, 176),
        "driven_guitar",
        "driven_bass",
        "driven_lead",
        None,
        METAL,
        GALLOP,
        ((0, 0, 5, 6), (0, 5, 0, 6), (0, 0, 3, 5), (0, 6, 5, 6)),
        mode=MINOR,
        echo=0.3,
        chord_steps=GALLOP,
        chord_length=1.1,
        chord_tones=POWER_CHORD,
        reverb=0.06,
    ),
    Style(
        "jazz",
        words_of("jazz swing bebop saxophone smoky bar noir blues blue"),
        (96, 132),
        "piano",
        "upright_bass",
        "flute",
        None,
        JAZZ,
        (0, 4, 8, 12),
        ((1, 4, 0, 0), (0, 5, 1, 4)),
        swing=0.2,
        chord_tones=SEVENTH_CHORD,
        echo=0.5,
        chord_steps=(0, 6),
        chord_length=4.0,
        walking=True,
        reverb=0.2,
    ),
    Style(
        "folk",
        words_of("folk acoustic country campfire countryside ballad indie"),
        (88, 108),
        "guitar",
        "upright_bass",
        "flute",
        "guitar",
        {"kick": "x.......o.......", "brush": "....x.......x..."},
        (0, 8),
        MAJOR_PROGRESSIONS,
        echo=0.5,
        chord_steps=(0, 6, 8, 14),
        chord_length=6.0,
    ),
    Style(
        "classical",
        words_of("classical piano orchestra orchestral waltz symphony mozart bach chopin sonata"),
        (76, 104),
        "strings",
        "upright_bass",
        "piano",
        "piano",
        NO_DRUMS,
        (0, 8),
        ((0, 3, 4, 0), (0, 5, 1, 4), (0, 4, 5, 3)),
        echo=1.2,
        reverb=0.35,
    ),
    Style(
        "hip hop",
        words_of("hiphop hip-hop rap trap beat urban street"),
        (82, 94),
        "piano",
        "synth_bass",
        "pluck",
        None,
        HIPHOP,
        (0, 3, 10),
        MINOR_PROGRESSIONS,
        mode=MINOR,
        swing=0.08,
        echo=0.6,
        chord_steps=(0, 6),
        chord_length=6.0,
    ),
    Style(
        "funk",
        words_of("funk funky groove soul motown"),
        (102, 114),
        "organ",
        "bass",
        "brass",
        None,
        FUNK,
        (0, 3, 6, 10, 13),
        ((0, 3, 0, 4), (1, 4, 1, 4)),
        chord_tones=SEVENTH_CHORD,
        echo=0.4,
        chord_steps=(2, 5, 10, 13),
        chord_length=1.2,
        reverb=0.08,
    ),
    Style(
        "cinematic",
        words_of("cinematic epic trailer film battle hero adventure dark dragon war"),
        (84, 100),
        "strings",
        "bass",
        "brass",
        "strings",
        CINEMATIC,
        (0, 6, 8, 14),
        ((0, 5, 2, 6), (0, 2, 6, 3)),
        mode=MINOR,
        echo=1.4,
        reverb=0.4,
    ),
    Style(
        "reggae",
        words_of("reggae dub ska beach island tropical jamaica"),
        (72, 84),
        "organ",
        "bass",
        "flute",
        None,
        REGGAE,
        (0, 6, 10),
        ((0, 4, 5, 3), (0, 3, 0, 4)),
        mode=MAJOR,
        echo=1.2,
        chord_steps=(4, 12),
        chord_length=1.4,
    ),
)
