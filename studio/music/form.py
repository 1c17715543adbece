"""The form of a piece: which section each bar belongs to, and which parts play in it."""

from dataclasses import dataclass

CHORDS = "chords"
BASS = "bass"
DRUMS = "drums"
ARPEGGIO = "arpeggio"
MELODY = "melody"
PULSE = "pulse"  # the light drums alone
TUNE = "tune"  # the quieter melody of a verse

PARTS = {
    "intro": frozenset({CHORDS, ARPEGGIO}),
    "verse": frozenset({CHORDS, BASS, DRUMS, TUNE}),
    "chorus": frozenset({CHORDS, BASS, DRUMS, ARPEGGIO, MELODY}),
    "bridge": frozenset({CHORDS, BASS, ARPEGGIO, TUNE}),
    "outro": frozenset({CHORDS, BASS, ARPEGGIO, PULSE}),
}
JOINING = frozenset({BASS, PULSE})  # what joins an intro after its first bar
# How loud the parts are; few of them are louder each, or a beginning would hardly be heard.
ENERGY = {"intro": 1.25, "verse": 0.85, "chorus": 1.0, "bridge": 0.95, "outro": 1.1}
# Shares of the whole. A piece of a minute and more has room for a second verse.
SHORT = (("intro", 0.12), ("verse", 0.26), ("chorus", 0.24), ("bridge", 0.12), ("chorus", 0.18), ("outro", 0.08))
LONG = (
    ("intro", 0.07),
    ("verse", 0.17),
    ("chorus", 0.15),
    ("verse", 0.17),
    ("chorus", 0.15),
    ("bridge", 0.09),
    ("chorus", 0.14),
    ("outro", 0.06),
)
LONG_BARS = 28


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a piece. `place` counts from the beginning of its section; `closes` is true of the section's last."""

    section: str
    place: int
    closes: bool
    final: bool

    @property
    def parts(self) -> frozenset[str]:
        joining = JOINING if self.section == "intro" and self.place else frozenset()
        return PARTS[self.section] | joining

    @property
    def energy(self) -> float:
        return ENERGY[self.section]


def form(bars: int) -> list[Bar]:
    """The sections of a piece of so many bars; they begin on a bar that fits phrases of two or four."""
    phrase = 4 if bars >= LONG_BARS else 2 if bars >= 10 else 1
    plan: list[Bar] = []
    end = 0.0
    sections = LONG if bars >= LONG_BARS else SHORT
    for name, share in sections:
        end += share
        until = bars if name == "outro" else min(bars, round(end * bars / phrase) * phrase)
        length = until - len(plan)
        plan += [Bar(name, place, place == length - 1, len(plan) + place == bars - 1) for place in range(length)]
    return plan
