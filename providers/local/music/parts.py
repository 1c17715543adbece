"""The parts of a piece, each playing its notes bar by bar: chords, bass, arpeggio, drums and the tunes."""

from dataclasses import dataclass

import numpy as np

from providers.local.music.drums import level_of
from providers.local.music.form import ARPEGGIO, BASS, CHORDS, DRUMS, MELODY, TUNE, Bar, form
from providers.local.music.styles import Style
from providers.local.music.synthesis import Samples
from providers.local.music.track import Track

STEPS = 16  # of a bar
FADE = 1.8  # seconds
OCTAVE = 12  # semitones
LOWEST_CHORD_NOTE = 53  # MIDI; chords lie in the octave from here, so that they lead into one another
LONGEST_NOTE = 2.0  # seconds, of a tune
ARPEGGIO_TONES = (0, 2, 4, 7, 4, 2, 7, 9)
WALK = (0, 2, 4, 5)
FILL_STEPS = (12, 13, 14, 15)


@dataclass(frozen=True, slots=True)
class Score:
    """What all parts of a piece share."""

    style: Style
    root: int
    scale: tuple[int, ...]
    bpm: float
    progression: tuple[int, ...]
    motif: tuple[int, ...]
    rhythm: tuple[int, ...]
    verse_motif: tuple[int, ...]
    verse_rhythm: tuple[int, ...]

    @property
    def step(self) -> float:
        """Seconds of a sixteenth."""
        return 60 / self.bpm / 4

    def note(self, degree: int, *, octave: int = 0) -> int:
        """The MIDI number of a degree of the scale, counted on beyond the octave."""
        return self.root + self.scale[degree % 7] + OCTAVE * (degree // 7 + octave)

    def time(self, bar: int, step: int) -> float:
        late = self.style.swing * self.step if step % 4 == 2 else 0.0
        return (bar * STEPS + step) * self.step + late


def play(score: Score, duration: float, generator: np.random.Generator) -> Samples:
    """The whole piece: (2, n) samples."""
    style = score.style
    track = Track(duration)
    bars = form(max(1, round(duration / (STEPS * score.step))))
    for number, bar in enumerate(bars):
        degree = 0 if bar.final else score.progression[bar.place % len(score.progression)]
        parts = bar.parts
        if CHORDS in parts:
            _chords(track, score, number, degree=degree, bar=bar)
        if BASS in parts:
            _bass(track, score, number, degree=degree, bar=bar)
        if ARPEGGIO in parts and style.arpeggio is not None:
            _arpeggio(track, score, number, degree=degree, keep=generator.random(len(ARPEGGIO_TONES)) < 0.85)
        if DRUMS in parts:
            _drums(track, score, number, bar=bar)
        if MELODY in parts:
            _tune(track, score, number, degree=degree, motif=score.motif, rhythm=score.rhythm, level=0.16)
        if TUNE in parts:
            _tune(track, score, number, degree=degree, motif=score.verse_motif, rhythm=score.verse_rhythm, level=0.10)
    return track.mixed(fade=FADE, echo=style.echo, echo_time=3 * score.step, room=style.room, pump=style.pump)


def _chords(track: Track, score: Score, number: int, *, degree: int, bar: Bar) -> None:
    style = score.style
    # An intro and the last chord are held, whatever the style does later.
    held = bar.final or (bar.section == "intro" and len(style.chord_steps) > 4)
    steps, length = ((0,), STEPS + 1.0) if held else (style.chord_steps, style.chord_length)
    for step in steps:
        for index, tone in enumerate(style.chord_tones):
            note = score.note(degree + tone)
            if tone < 7:
                note = LOWEST_CHORD_NOTE + (note - LOWEST_CHORD_NOTE) % OCTAVE
            pan = (-0.85, 0.85, -0.3, 0.5)[index]
            at, seconds = score.time(number, step), length * score.step
            track.note(style.chords, note, at, seconds, level=0.15 * bar.energy, pan=pan)


def _bass(track: Track, score: Score, number: int, *, degree: int, bar: Bar) -> None:
    style = score.style
    steps = (0,) if bar.final else style.bass_steps
    for index, step in enumerate(steps):
        end = steps[index + 1] if index + 1 < len(steps) else STEPS
        tone = degree + (WALK[index % len(WALK)] if style.walking else 0)
        seconds = (end - step) * score.step * 0.9
        note = score.note(tone, octave=-1)
        track.note(style.bass, note, score.time(number, step), seconds, level=0.28 * bar.energy)


def _arpeggio(track: Track, score: Score, number: int, *, degree: int, keep: np.typing.NDArray[np.bool_]) -> None:
    instrument = score.style.arpeggio or "pluck"
    for index, tone in enumerate(ARPEGGIO_TONES):
        if keep[index]:
            note, at = score.note(degree + tone, octave=1), score.time(number, 2 * index)
            track.note(instrument, note, at, 0.6, level=0.13, pan=(-0.8, 0.8)[index % 2])


def _drums(track: Track, score: Score, number: int, *, bar: Bar) -> None:
    pattern = score.style.drums
    if not pattern:
        return
    for name, strokes in pattern.items():
        for step, stroke in enumerate(strokes):
            if stroke != "." and not (bar.closes and name != "kick" and step in FILL_STEPS):
                pan = 0.3 if "hat" in name else 0.0
                track.hit(name, score.time(number, step), level=level_of(name, stroke), pan=pan)
    if bar.section == "chorus" and bar.place == 0:
        track.hit("crash", score.time(number, 0), level=level_of("crash", "x"), pan=-0.3)
    if bar.closes:
        _fill(track, score, number)


def _fill(track: Track, score: Score, number: int) -> None:
    name = "snare" if "snare" in score.style.drums else "tom"
    for index, step in enumerate(FILL_STEPS):
        level = level_of(name, "x") * (0.5 + 0.15 * index)
        track.hit(name if index < 2 else "tom", score.time(number, step), level=level, pan=(index - 1.5) * 0.25)


def _tune(
    track: Track,
    score: Score,
    number: int,
    *,
    degree: int,
    motif: tuple[int, ...],
    rhythm: tuple[int, ...],
    level: float,
) -> None:
    """Tones of the chord on the beats, the motif between them; every second bar answers the first."""
    for index, step in enumerate(rhythm):
        end = rhythm[index + 1] if index + 1 < len(rhythm) else STEPS
        wanted = motif[(index + number % 2 * 3) % len(motif)]
        tone = _nearest_chord_tone(wanted, degree) if step % 8 == 0 else wanted
        seconds = min((end - step) * score.step * 0.95, LONGEST_NOTE)
        note = score.note(tone, octave=1)
        track.note(score.style.melody, note, score.time(number, step), seconds, level=level, pan=0.12)


def _nearest_chord_tone(wanted: int, degree: int) -> int:
    tones = [degree + tone - 7 * lower for tone in (0, 2, 4) for lower in (0, 1)]
    return min(tones, key=lambda tone: abs(tone - wanted))
