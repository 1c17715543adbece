"""The parts of a piece, each playing its notes bar by bar: chords, bass, arpeggio, drums and the tunes."""

from dataclasses import dataclass

import numpy as np

from studio.music.drums import level_of
from studio.music.form import ARPEGGIO, BASS, CHORDS, DRUMS, MELODY, PULSE, TUNE, Bar, form
from studio.music.styles import Style
from studio.music.synthesis import Samples
from studio.music.track import Track

STEPS = 16  # of a bar
FADE = 1.8  # seconds
OCTAVE = 12  # semitones
LOWEST_CHORD_NOTE = 53  # MIDI; chords lie in the octave from here, so that they lead into one another
LONGEST_NOTE = 2.0  # seconds, of a tune
ARPEGGIO_TONES = (0, 2, 4, 7, 4, 2, 7, 9)
WALK = (0, 2, 4, 5)
THIRD, FIFTH = 2, 4  # degrees above the root
PHRASE = 4  # bars
PANS = (-0.85, 0.85, -0.3, 0.5)  # of the voices of a chord
BRIGHTENING = 0.5  # level of the voice that a chorus has above the others
SECOND_VOICE = 0.45  # its level beside the first
KEPT = 0.85  # share of an arpeggio's notes that are played
LIGHT_DRUMS = ("hat", "brush", "rim")
VERSE_DRUMS = 0.75  # how loud the drums of a verse are; the kick stays
UNEVEN = 0.18  # how much louder or softer a stroke may be: no drummer is a machine
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


@dataclass(frozen=True, slots=True)
class Measure:
    """One bar as it is to be played: `degree` is what its chord is built on."""

    number: int
    bar: Bar
    degree: int

    @property
    def ends_phrase(self) -> bool:
        return self.bar.place % PHRASE == PHRASE - 1


def play(score: Score, duration: float, generator: np.random.Generator) -> Samples:
    """The whole piece: (2, n) samples."""
    style = score.style
    track = Track(duration)
    for number, bar in enumerate(form(max(1, round(duration / (STEPS * score.step))))):
        degree = 0 if bar.final else score.progression[bar.place % len(score.progression)]
        measure = Measure(number, bar, degree)
        parts = bar.parts
        if CHORDS in parts:
            _chords(track, score, measure)
        if BASS in parts:
            _bass(track, score, measure)
        if ARPEGGIO in parts and style.arpeggio is not None:
            _arpeggio(track, score, measure, instrument=style.arpeggio, generator=generator)
        if DRUMS in parts or PULSE in parts:
            _drums(track, score, measure, generator=generator)
        if MELODY in parts:
            _tune(track, score, measure, motif=score.motif, rhythm=score.rhythm, level=0.16)
        if TUNE in parts:
            _tune(track, score, measure, motif=score.verse_motif, rhythm=score.verse_rhythm, level=0.10)
    return track.mixed(fade=FADE, echo=style.echo, echo_time=3 * score.step, room=style.room, pump=style.pump)


def _chords(track: Track, score: Score, measure: Measure) -> None:
    style, bar = score.style, measure.bar
    # An intro and the last chord are held, whatever the style does later.
    held = bar.final or (bar.section == "intro" and len(style.chord_steps) > 4)
    steps, length = ((0,), STEPS + 1.0) if held else (style.chord_steps, style.chord_length)
    notes = [_voiced(score.note(measure.degree + tone), tone) for tone in style.chord_tones]
    voices = list(zip(notes, PANS, (1.0,) * len(notes), strict=False))
    if bar.section == "chorus":
        voices.append((notes[0] + OCTAVE, 0.0, BRIGHTENING))
    for step in steps:
        at, seconds = score.time(measure.number, step), length * score.step
        for note, pan, share in voices:
            track.note(style.chords, note, at, seconds, level=0.15 * bar.energy * share, pan=pan)


def _voiced(note: int, tone: int) -> int:
    return LOWEST_CHORD_NOTE + (note - LOWEST_CHORD_NOTE) % OCTAVE if tone < 7 else note


def _bass(track: Track, score: Score, measure: Measure) -> None:
    style = score.style
    steps = (0,) if measure.bar.final else style.bass_steps
    for index, step in enumerate(steps):
        last = index + 1 == len(steps)
        end = STEPS if last else steps[index + 1]
        tone = WALK[index % len(WALK)] if style.walking else 0
        if last and index and not style.walking and measure.bar.place % 2:
            tone = FIFTH
        seconds = (end - step) * score.step * 0.9
        note, at = score.note(measure.degree + tone, octave=-1), score.time(measure.number, step)
        track.note(style.bass, note, at, seconds, level=0.28 * measure.bar.energy)


def _arpeggio(track: Track, score: Score, measure: Measure, *, instrument: str, generator: np.random.Generator) -> None:
    section = measure.bar.section
    tones = ARPEGGIO_TONES[::-1] if section == "bridge" else ARPEGGIO_TONES
    sparse = section in ("intro", "outro")
    played = generator.random(len(tones)) < KEPT
    for index, tone in enumerate(tones):
        if played[index] and not (sparse and index % 2):
            note, at = score.note(measure.degree + tone, octave=1), score.time(measure.number, 2 * index)
            track.note(instrument, note, at, 0.6, level=0.13, pan=(-0.8, 0.8)[index // (1 + sparse) % 2])


def _drums(track: Track, score: Score, measure: Measure, *, generator: np.random.Generator) -> None:
    pattern, bar, number = score.style.drums, measure.bar, measure.number
    if not pattern:
        return
    full = DRUMS in bar.parts
    filled = FILL_STEPS if full and bar.closes else ()
    for name, strokes in pattern.items():
        if not full and name not in LIGHT_DRUMS:
            continue
        touch = np.ones(STEPS) if name == "kick" else 1 + UNEVEN * (2 * generator.random(STEPS) - 1)
        force = VERSE_DRUMS if bar.section == "verse" and name != "kick" else 1.0
        for step, stroke in enumerate(strokes):
            if stroke != "." and (name == "kick" or step not in filled):
                level = level_of(name, stroke) * float(touch[step]) * force
                track.hit(name, score.time(number, step), level=level, pan=0.3 if "hat" in name else 0.0)
    if bar.section == "chorus" and bar.place == 0:
        track.hit("crash", score.time(number, 0), level=level_of("crash", "x"), pan=-0.3)
    if filled:
        _fill(track, score, number)


def _fill(track: Track, score: Score, number: int) -> None:
    name = "snare" if "snare" in score.style.drums else "tom"
    for index, step in enumerate(FILL_STEPS):
        level = level_of(name, "x") * (0.5 + 0.15 * index)
        track.hit(name if index < 2 else "tom", score.time(number, step), level=level, pan=(index - 1.5) * 0.25)


def _tune(
    track: Track, score: Score, measure: Measure, *, motif: tuple[int, ...], rhythm: tuple[int, ...], level: float
) -> None:
    """Tones of the chord on the beats, the motif between them; every second bar answers the first.

    A phrase ends on a tone of the chord and takes a breath; a chorus has a second voice below the first.
    """
    if measure.ends_phrase:
        rhythm = tuple(step for step in rhythm if step <= STEPS // 2) or rhythm[:1]
    for index, step in enumerate(rhythm):
        last = index + 1 == len(rhythm)
        end = STEPS if last else rhythm[index + 1]
        wanted = motif[(index + measure.number % 2 * 3) % len(motif)]
        rests = step % 8 == 0 or (last and measure.ends_phrase)
        tone = _nearest_chord_tone(wanted, measure.degree) if rests else wanted
        seconds = min((end - step) * score.step * 0.95, LONGEST_NOTE)
        at = score.time(measure.number, step)
        track.note(score.style.melody, score.note(tone, octave=1), at, seconds, level=level, pan=0.12)
        if measure.bar.section == "chorus":
            below = score.note(tone - THIRD, octave=1)
            track.note(score.style.melody, below, at, seconds, level=level * SECOND_VOICE, pan=-0.45)


def _nearest_chord_tone(wanted: int, degree: int) -> int:
    tones = [degree + tone - 7 * lower for tone in (0, 2, 4) for lower in (0, 1)]
    return min(tones, key=lambda tone: abs(tone - wanted))
