"""Form of a piece: the section of each bar and the parts that play in it."""

from dataclasses import dataclass

CHORDS = "chords"
BASS = "bass"
DRUMS = "drums"
ARPEGGIO = "arpeggio"
MELODY = "melody"
LIGHT_PERCUSSION = "light percussion"  # hat, brush and rim only
VERSE_MELODY = "verse melody"  # quieter than the main melody

SECTION_PARTS = {
    "intro": frozenset({CHORDS, ARPEGGIO}),
    "verse": frozenset({CHORDS, BASS, DRUMS, VERSE_MELODY}),
    "chorus": frozenset({CHORDS, BASS, DRUMS, ARPEGGIO, MELODY}),
    "bridge": frozenset({CHORDS, BASS, ARPEGGIO, VERSE_MELODY}),
    "outro": frozenset({CHORDS, BASS, ARPEGGIO, LIGHT_PERCUSSION}),
}
INTRO_ADDITIONS = frozenset({BASS, LIGHT_PERCUSSION})  # play in an intro from its second bar on
# Gain of the parts per section. Sparse sections are louder per part, to remain audible.
SECTION_LEVELS = {"intro": 1.25, "verse": 0.85, "chorus": 1.0, "bridge": 0.95, "outro": 1.1}
# Sections with their shares of the piece. The long form adds a second verse.
SHORT_FORM = (("intro", 0.12), ("verse", 0.26), ("chorus", 0.24), ("bridge", 0.12), ("chorus", 0.18), ("outro", 0.08))
LONG_FORM = (
    ("intro", 0.07),
    ("verse", 0.17),
    ("chorus", 0.15),
    ("verse", 0.17),
    ("chorus", 0.15),
    ("bridge", 0.09),
    ("chorus", 0.14),
    ("outro", 0.06),
)
LONG_FORM_MIN_BARS = 28


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a piece; `index` counts from the start of its section."""

    section: str
    index: int
    ends_section: bool
    ends_piece: bool

    @property
    def parts(self) -> frozenset[str]:
        additions = INTRO_ADDITIONS if self.section == "intro" and self.index else frozenset()
        return SECTION_PARTS[self.section] | additions

    @property
    def level(self) -> float:
        return SECTION_LEVELS[self.section]


def build_form(bars: int) -> list[Bar]:
    """Divide a number of bars into sections, which start on multiples of a phrase of 4, 2 or 1 bars."""
    phrase = 4 if bars >= LONG_FORM_MIN_BARS else 2 if bars >= 10 else 1
    plan: list[Bar] = []
    end = 0.0
    sections = LONG_FORM if bars >= LONG_FORM_MIN_BARS else SHORT_FORM
    for name, share in sections:
        end += share
        until = bars if name == "outro" else min(bars, round(end * bars / phrase) * phrase)
        length = until - len(plan)
        plan += [Bar(name, index, index == length - 1, len(plan) + index == bars - 1) for index in range(length)]
    return plan
