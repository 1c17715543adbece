"""From a prompt to a piece: style and key are chosen, sections follow one another, and every part plays its notes."""

import hashlib
import re
from dataclasses import dataclass

import numpy as np

from providers.local.music.lyrics import themes, write_lyrics, write_title
from providers.local.music.styles import MAJOR, MINOR, STYLES, Style, words_of
from providers.local.music.synthesis import Samples, Track

SAD = words_of("sad dark night melancholy lonely horror winter lost slow moody rain blue tears goodbye")
GLAD = words_of("happy sunny summer joy love bright morning fun spring smile birthday wedding celebration")
KEYS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
STEPS = 16  # of a bar
FADE = 1.5  # seconds
NAMED = 3  # a style called by its name counts as much as so many of its words
BED_LEVEL = 0.45
# The parts that play in each section; a song goes through them in this order, stretched to its length.
SECTIONS: tuple[tuple[str, float, frozenset[str]], ...] = (
    ("intro", 0.12, frozenset({"chords", "arpeggio"})),
    ("verse", 0.25, frozenset({"chords", "bass", "drums", "arpeggio"})),
    ("chorus", 0.22, frozenset({"chords", "bass", "drums", "arpeggio", "melody"})),
    ("bridge", 0.12, frozenset({"chords", "bass", "melody"})),
    ("chorus", 0.21, frozenset({"chords", "bass", "drums", "arpeggio", "melody"})),
    ("outro", 0.08, frozenset({"chords", "arpeggio"})),
)


@dataclass(frozen=True, slots=True)
class Song:
    """A piece of stereo music, (2, n) samples at 44,100 a second, and what it is called."""

    samples: Samples
    title: str
    lyrics: str
    bpm: int
    key: str
    style: str


@dataclass(frozen=True, slots=True)
class _Score:
    """What all parts of a piece share."""

    style: Style
    root: int
    scale: tuple[int, ...]
    bpm: int
    progression: tuple[int, ...]
    motif: tuple[int, ...]
    rhythm: tuple[int, ...]

    @property
    def step(self) -> float:
        """Seconds of a sixteenth."""
        return 60 / self.bpm / 4

    def note(self, degree: int, *, octave: int = 0) -> int:
        """The MIDI number of a degree of the scale, counted on beyond the octave."""
        return self.root + self.scale[degree % 7] + 12 * (degree // 7 + octave)

    def time(self, bar: int, step: int) -> float:
        late = self.style.swing * self.step if step % 4 == 2 else 0.0
        return (bar * STEPS + step) * self.step + late


def compose(
    prompt: str,
    *,
    duration: float,
    seed: int,
    title: str | None = None,
    lyrics: str | None = None,
    instrumental: bool = False,
    style: str | None = None,
) -> Song:
    """Make a piece of `duration` seconds. The same arguments give the same samples."""
    generator = _generator(prompt, seed)
    score = _score(f"{style or ''} {prompt}", generator)
    words = themes(prompt)
    own_title, own_lyrics = write_title(words, generator), write_lyrics(words, generator)
    return Song(
        samples=_play(score, duration, generator),
        title=title or own_title,
        lyrics="" if instrumental else lyrics or own_lyrics,
        bpm=score.bpm,
        key=f"{KEYS[score.root % 12]} {'minor' if score.scale is MINOR else 'major'}",
        style=score.style.name,
    )


def bed(prompt: str, duration: float, *, seed: int) -> Samples:
    """Quiet music to lie under a film: (2, n) at 44,100 a second."""
    return compose(prompt, duration=duration, seed=seed, instrumental=True).samples * np.float32(BED_LEVEL)


def _generator(prompt: str, seed: int) -> np.random.Generator:
    digest = hashlib.sha256(f"music|{seed}|{prompt.strip().lower()}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8]))


def _score(prompt: str, generator: np.random.Generator) -> _Score:
    words = frozenset(re.findall(r"[\w-]+", prompt.lower()))
    matches = [len(words & style.words) + NAMED * (style.name in prompt.lower()) for style in STYLES]
    style = STYLES[int(np.argmax(matches))] if max(matches) else STYLES[int(generator.integers(len(STYLES)))]
    sad, glad = len(words & SAD), len(words & GLAD)
    by_mood = MINOR if sad > glad or (sad == glad and generator.random() < 0.5) else MAJOR
    slowest, quickest = style.tempo
    positions = generator.random(STEPS) < np.tile([0.9, 0.2, 0.5, 0.25], 4)
    return _Score(
        style=style,
        root=48 + int(generator.integers(10)),
        scale=style.mode or by_mood,
        bpm=int(generator.integers(slowest, quickest + 1)),
        progression=style.progressions[int(generator.integers(len(style.progressions)))],
        motif=tuple(int(degree) for degree in generator.choice([0, 1, 2, 2, 4, 4, 5], 8)),
        rhythm=tuple(int(step) for step in np.flatnonzero(positions)) or (0,),
    )


def _play(score: _Score, duration: float, generator: np.random.Generator) -> Samples:
    track = Track(duration)
    bars = max(1, int(np.ceil(duration / (STEPS * score.step))))
    for bar in range(bars):
        name, parts = _section(bar / bars)
        degree = score.progression[bar % 4]
        if "chords" in parts:
            _chords(track, score, bar, degree)
        if "bass" in parts:
            _bass(track, score, bar, degree)
        if "arpeggio" in parts and score.style.arpeggio is not None:
            _arpeggio(track, score, bar, degree, generator)
        if "drums" in parts:
            _drums(track, score, bar, fill=bar % 4 == 3)
        if "melody" in parts:
            _melody(track, score, bar, degree, sparse=name == "bridge")
    return track.mixed(fade=FADE, echo=score.style.echo)


def _section(position: float) -> tuple[str, frozenset[str]]:
    """The section at a share of the whole."""
    end = 0.0
    for name, length, parts in SECTIONS:
        end += length
        if position < end - 1e-9:
            return name, parts
    name, _, parts = SECTIONS[-1]
    return name, parts


def _chords(track: Track, score: _Score, bar: int, degree: int) -> None:
    tones = (0, 2, 4, 6) if score.style.sevenths else (0, 2, 4)
    short = score.style.name in ("reggae", "funk", "house")
    starts = (2, 6, 10, 14) if short else (0,)
    length = score.step * (1.6 if short else STEPS + 1)
    for start in starts:
        for index, tone in enumerate(tones):
            pan = (-0.5, 0.5, -0.2, 0.3)[index]
            note = score.note(degree + tone)
            track.note(score.style.chords, note, score.time(bar, start), length, level=0.11, pan=pan)


def _bass(track: Track, score: _Score, bar: int, degree: int) -> None:
    steps = score.style.bass_steps
    walking = score.style.name == "jazz"
    for index, step in enumerate(steps):
        end = steps[index + 1] if index + 1 < len(steps) else STEPS
        tone = degree + ((0, 2, 4, 5)[index % 4] if walking else 0)
        note = score.note(tone, octave=-1)
        track.note(score.style.bass, note, score.time(bar, step), (end - step) * score.step * 0.9, level=0.3, pan=0.0)


def _arpeggio(track: Track, score: _Score, bar: int, degree: int, generator: np.random.Generator) -> None:
    instrument = score.style.arpeggio or "pluck"
    for index, tone in enumerate((0, 2, 4, 7, 4, 2, 7, 9)):
        if generator.random() < 0.85:
            note = score.note(degree + tone, octave=1)
            track.note(instrument, note, score.time(bar, 2 * index), 0.6, level=0.11, pan=(-0.6, 0.6)[index % 2])


def _drums(track: Track, score: _Score, bar: int, *, fill: bool) -> None:
    levels = {"kick": 0.75, "snare": 0.42, "clap": 0.4, "tom": 0.6, "brush": 0.25, "rim": 0.25}
    for name, pattern in score.style.drums.items():
        for step, stroke in enumerate(pattern):
            if stroke != ".":
                loud = levels.get(name, 0.15) * (1.0 if stroke == "x" else 0.55)
                track.hit(name, score.time(bar, step), level=loud, pan=0.3 if "hat" in name else 0.0)
    if fill and score.style.drums:
        for step in (13, 14, 15):
            track.hit("tom", score.time(bar, step), level=0.35, pan=(step - 14) * 0.4)


def _melody(track: Track, score: _Score, bar: int, degree: int, *, sparse: bool) -> None:
    steps = score.rhythm[::2] if sparse else score.rhythm
    for index, step in enumerate(steps):
        end = steps[index + 1] if index + 1 < len(steps) else STEPS
        chord_tone = degree if step % 4 == 0 else 0
        note = score.note(chord_tone + score.motif[(index + bar % 2 * 3) % 8], octave=1)
        length = min((end - step) * score.step * 0.95, 2.0)
        track.note(score.style.melody, note, score.time(bar, step), length, level=0.14, pan=0.12)
