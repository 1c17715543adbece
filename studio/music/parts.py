"""Parts of a piece, rendered bar by bar: chords, bass, arpeggio, drums and melodies."""

from dataclasses import dataclass

import numpy as np

from studio.music.drums import hit_level
from studio.music.form import ARPEGGIO, BASS, CHORDS, DRUMS, LIGHT_PERCUSSION, MELODY, VERSE_MELODY, Bar, build_form
from studio.music.styles import Style
from studio.music.synthesis import Samples
from studio.music.track import Track

STEPS_PER_BAR = 16  # sixteenths
FADE_SECONDS = 1.8
OCTAVE = 12  # semitones
MIN_CHORD_NOTE = 53  # MIDI; chords are folded into the octave above, for smooth voice leading
MAX_MELODY_NOTE_SECONDS = 2.0
ARPEGGIO_DEGREES = (0, 2, 4, 7, 4, 2, 7, 9)
WALKING_BASS_DEGREES = (0, 2, 4, 5)
THIRD, FIFTH = 2, 4  # degrees above the root
PHRASE_BARS = 4
CHORD_PANS = (-0.85, 0.85, -0.3, 0.5)  # stereo positions of the voices of a chord
CHORUS_OCTAVE_LEVEL = 0.5  # gain of the voice added an octave above in a chorus
HARMONY_LEVEL = 0.45  # gain of the harmony relative to the melody
ARPEGGIO_DENSITY = 0.85  # share of an arpeggio's notes that are played
LIGHT_DRUMS = ("hat", "brush", "rim")
VERSE_DRUM_LEVEL = 0.75  # gain of the drums in a verse, except the kick
VELOCITY_VARIATION = 0.18  # random variation of hit levels, so that the drums sound less mechanical
FILL_STEPS = (12, 13, 14, 15)


@dataclass(frozen=True, slots=True)
class Score:
    """Musical data shared by all parts of a piece. `root` is a MIDI note; motifs are scale degrees, rhythms steps."""

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
    def step_seconds(self) -> float:
        """Duration of a sixteenth note in seconds."""
        return 60 / self.bpm / 4

    def midi_note(self, degree: int, *, octave: int = 0) -> int:
        """Return the MIDI note of a scale degree; degrees from 7 on continue in the next octave."""
        return self.root + self.scale[degree % 7] + OCTAVE * (degree // 7 + octave)

    def start_time(self, bar: int, step: int) -> float:
        """Return the time in seconds of a step of a bar, including swing."""
        swing_delay = self.style.swing * self.step_seconds if step % 4 == 2 else 0.0
        return (bar * STEPS_PER_BAR + step) * self.step_seconds + swing_delay


@dataclass(frozen=True, slots=True)
class BarContext:
    """One bar with its number in the piece and the scale degree of its chord."""

    number: int
    bar: Bar
    degree: int

    @property
    def ends_phrase(self) -> bool:
        return self.bar.index % PHRASE_BARS == PHRASE_BARS - 1


def render_score(score: Score, duration: float, generator: np.random.Generator) -> Samples:
    """Return the mixed piece, shape (2, n)."""
    style = score.style
    track = Track(duration)
    for number, bar in enumerate(build_form(max(1, round(duration / (STEPS_PER_BAR * score.step_seconds))))):
        degree = 0 if bar.ends_piece else score.progression[bar.index % len(score.progression)]
        context = BarContext(number, bar, degree)
        parts = bar.parts
        if CHORDS in parts:
            _chords(track, score, context)
        if BASS in parts:
            _bass(track, score, context)
        if ARPEGGIO in parts and style.arpeggio is not None:
            _arpeggio(track, score, context, instrument=style.arpeggio, generator=generator)
        if DRUMS in parts or LIGHT_PERCUSSION in parts:
            _drums(track, score, context, generator=generator)
        if MELODY in parts:
            _melody(track, score, context, motif=score.motif, rhythm=score.rhythm, level=0.16)
        if VERSE_MELODY in parts:
            _melody(track, score, context, motif=score.verse_motif, rhythm=score.verse_rhythm, level=0.10)
    return track.mix_down(
        fade=FADE_SECONDS, echo=style.echo, echo_time=3 * score.step_seconds, reverb=style.reverb, ducking=style.ducking
    )


def _chords(track: Track, score: Score, context: BarContext) -> None:
    style, bar = score.style, context.bar
    # The last chord, and those of an intro with a busy rhythm, are sustained for the whole bar.
    sustained = bar.ends_piece or (bar.section == "intro" and len(style.chord_steps) > 4)
    steps, length = ((0,), STEPS_PER_BAR + 1.0) if sustained else (style.chord_steps, style.chord_length)
    notes = [_fold_into_chord_octave(score.midi_note(context.degree + tone), tone) for tone in style.chord_tones]
    voices = list(zip(notes, CHORD_PANS, (1.0,) * len(notes), strict=False))
    if bar.section == "chorus":
        voices.append((notes[0] + OCTAVE, 0.0, CHORUS_OCTAVE_LEVEL))
    for step in steps:
        at, seconds = score.start_time(context.number, step), length * score.step_seconds
        for note, pan, share in voices:
            track.add_note(style.chords, note, at, seconds, level=0.15 * bar.level * share, pan=pan)


def _fold_into_chord_octave(note: int, tone: int) -> int:
    return MIN_CHORD_NOTE + (note - MIN_CHORD_NOTE) % OCTAVE if tone < 7 else note


def _bass(track: Track, score: Score, context: BarContext) -> None:
    style = score.style
    steps = (0,) if context.bar.ends_piece else style.bass_steps
    for index, step in enumerate(steps):
        last = index + 1 == len(steps)
        end = STEPS_PER_BAR if last else steps[index + 1]
        tone = WALKING_BASS_DEGREES[index % len(WALKING_BASS_DEGREES)] if style.walking else 0
        if last and index and not style.walking and context.bar.index % 2:
            tone = FIFTH
        seconds = (end - step) * score.step_seconds * 0.9
        note, at = score.midi_note(context.degree + tone, octave=-1), score.start_time(context.number, step)
        track.add_note(style.bass, note, at, seconds, level=0.28 * context.bar.level)


def _arpeggio(
    track: Track, score: Score, context: BarContext, *, instrument: str, generator: np.random.Generator
) -> None:
    section = context.bar.section
    tones = ARPEGGIO_DEGREES[::-1] if section == "bridge" else ARPEGGIO_DEGREES
    sparse = section in ("intro", "outro")
    played = generator.random(len(tones)) < ARPEGGIO_DENSITY
    for index, tone in enumerate(tones):
        if played[index] and not (sparse and index % 2):
            note, at = score.midi_note(context.degree + tone, octave=1), score.start_time(context.number, 2 * index)
            track.add_note(instrument, note, at, 0.6, level=0.13, pan=(-0.8, 0.8)[index // (1 + sparse) % 2])


def _drums(track: Track, score: Score, context: BarContext, *, generator: np.random.Generator) -> None:
    pattern, bar, number = score.style.drums, context.bar, context.number
    if not pattern:
        return
    full = DRUMS in bar.parts
    fill_steps = FILL_STEPS if full and bar.ends_section else ()
    for name, symbols in pattern.items():
        if not full and name not in LIGHT_DRUMS:
            continue
        velocities = (
            np.ones(STEPS_PER_BAR)
            if name == "kick"
            else 1 + VELOCITY_VARIATION * (2 * generator.random(STEPS_PER_BAR) - 1)
        )
        section_level = VERSE_DRUM_LEVEL if bar.section == "verse" and name != "kick" else 1.0
        for step, symbol in enumerate(symbols):
            if symbol != "." and (name == "kick" or step not in fill_steps):
                level = hit_level(name, symbol) * float(velocities[step]) * section_level
                track.add_hit(name, score.start_time(number, step), level=level, pan=0.3 if "hat" in name else 0.0)
    if bar.section == "chorus" and bar.index == 0:
        track.add_hit("crash", score.start_time(number, 0), level=hit_level("crash", "x"), pan=-0.3)
    if fill_steps:
        _drum_fill(track, score, number)


def _drum_fill(track: Track, score: Score, number: int) -> None:
    name = "snare" if "snare" in score.style.drums else "tom"
    for index, step in enumerate(FILL_STEPS):
        level = hit_level(name, "x") * (0.5 + 0.15 * index)
        track.add_hit(
            name if index < 2 else "tom", score.start_time(number, step), level=level, pan=(index - 1.5) * 0.25
        )


def _melody(
    track: Track, score: Score, context: BarContext, *, motif: tuple[int, ...], rhythm: tuple[int, ...], level: float
) -> None:
    """Play chord tones on the strong beats and the motif between them, shifted in every second bar.

    A phrase ends on a chord tone followed by a rest; a chorus adds a harmony a third below.
    """
    if context.ends_phrase:
        rhythm = tuple(step for step in rhythm if step <= STEPS_PER_BAR // 2) or rhythm[:1]
    for index, step in enumerate(rhythm):
        last = index + 1 == len(rhythm)
        end = STEPS_PER_BAR if last else rhythm[index + 1]
        degree_in_motif = motif[(index + context.number % 2 * 3) % len(motif)]
        on_chord_tone = step % 8 == 0 or (last and context.ends_phrase)
        tone = _nearest_chord_tone(degree_in_motif, context.degree) if on_chord_tone else degree_in_motif
        seconds = min((end - step) * score.step_seconds * 0.95, MAX_MELODY_NOTE_SECONDS)
        at = score.start_time(context.number, step)
        track.add_note(score.style.melody, score.midi_note(tone, octave=1), at, seconds, level=level, pan=0.12)
        if context.bar.section == "chorus":
            below = score.midi_note(tone - THIRD, octave=1)
            track.add_note(score.style.melody, below, at, seconds, level=level * HARMONY_LEVEL, pan=-0.45)


def _nearest_chord_tone(degree_in_motif: int, degree: int) -> int:
    tones = [degree + tone - 7 * lower for tone in (0, 2, 4) for lower in (0, 1)]
    return min(tones, key=lambda tone: abs(tone - degree_in_motif))
