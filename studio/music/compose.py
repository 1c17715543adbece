"""From a prompt to a piece: style and key are chosen, sections follow one another, and every part plays its notes."""

import hashlib
from dataclasses import dataclass

import numpy as np

from studio.music.lyrics import themes, write_lyrics, write_title
from studio.music.parts import Score, play
from studio.music.styles import MAJOR, MINOR, STYLES, Style
from studio.music.synthesis import Samples
from studio.prompt_words import words_in, words_of

SAD = words_of("sad dark night melancholy lonely horror winter lost slow moody rain blue tears goodbye")
GLAD = words_of("happy sunny summer joy love bright morning fun spring smile birthday wedding celebration")
KEYS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
STEPS = 16  # of a bar
NAMED = 3  # a style called by its name counts as much as so many of its words
STRETCH = 0.12  # a tempo may be this much quicker or slower, for the piece to end with a bar
BED_LEVEL = 0.45


@dataclass(frozen=True, slots=True)
class Song:
    """A piece of stereo music, (2, n) samples at 44,100 a second, and what it is called."""

    samples: Samples
    title: str
    lyrics: str
    bpm: int
    key: str
    style: str


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
    score = _score(prompt, style or "", duration, generator)
    words = themes(prompt)
    own_title, own_lyrics = write_title(words, generator), write_lyrics(words, generator)
    return Song(
        samples=play(score, duration, generator),
        title=title or own_title,
        lyrics="" if instrumental else lyrics or own_lyrics,
        bpm=round(score.bpm),
        key=f"{KEYS[score.root % 12]} {'minor' if score.scale is MINOR else 'major'}",
        style=score.style.name,
    )


def bed(prompt: str, duration: float, *, seed: int) -> Samples:
    """Quiet music to lie under a film: (2, n) at 44,100 a second."""
    return compose(prompt, duration=duration, seed=seed, instrumental=True).samples * np.float32(BED_LEVEL)


def _generator(prompt: str, seed: int) -> np.random.Generator:
    digest = hashlib.sha256(f"music|{seed}|{prompt.strip().lower()}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8]))


def _score(prompt: str, wanted: str, duration: float, generator: np.random.Generator) -> Score:
    any_style = STYLES[int(generator.integers(len(STYLES)))]
    style = _style_of(wanted) or _style_of(prompt) or any_style
    words = frozenset(words_in(f"{wanted} {prompt}"))
    sad, glad = len(words & SAD), len(words & GLAD)
    by_mood = MINOR if sad > glad or (sad == glad and generator.random() < 0.5) else MAJOR
    scale = style.mode or by_mood
    progressions = [turn for turn in style.progressions if not _jars(turn, scale)]
    slowest, quickest = style.tempo
    return Score(
        style=style,
        root=48 + int(generator.integers(12)),
        scale=scale,
        bpm=_fitted(float(generator.integers(slowest, quickest + 1)), duration),
        progression=progressions[int(generator.integers(len(progressions)))],
        motif=_motif(generator),
        rhythm=_rhythm(generator, density=(0.9, 0.2, 0.5, 0.25)),
        verse_motif=_motif(generator),
        verse_rhythm=_rhythm(generator, density=(0.6, 0.0, 0.4, 0.1)),
    )


def _jars(progression: tuple[int, ...], scale: tuple[int, ...]) -> bool:
    """Whether it leads over the seventh degree of a major scale: its chord is diminished, and wants to go elsewhere."""
    return scale is MAJOR and 6 in progression


def knows_style(text: str) -> bool:
    """Whether a style's words say anything of how the music is made."""
    return _style_of(text) is not None or bool((SAD | GLAD).intersection(words_in(text)))


def _style_of(text: str) -> Style | None:
    """The style that the text has most words of, if it has any."""
    words = words_in(text)
    phrase = f" {' '.join(words)} "

    def matches(style: Style) -> int:
        return len(style.words.intersection(words)) + NAMED * (f" {style.name} " in phrase)

    best = max(STYLES, key=matches)
    return best if matches(best) else None


def _fitted(bpm: float, duration: float) -> float:
    """The nearest tempo at which a whole number of bars fills the time, if it is near."""
    bar = STEPS / 4 * 60 / bpm
    exact = max(1, round(duration / bar)) * STEPS / 4 * 60 / duration
    return exact if abs(exact / bpm - 1) <= STRETCH else bpm


def _motif(generator: np.random.Generator) -> tuple[int, ...]:
    """Eight degrees that wander by small steps, as tunes do."""
    steps = generator.choice([-2, -1, -1, 0, 1, 1, 2, 3], 8)
    return tuple(int(degree) % 8 for degree in np.cumsum(steps) + 2)


def _rhythm(generator: np.random.Generator, *, density: tuple[float, ...]) -> tuple[int, ...]:
    """The steps of a bar that a tune has notes on."""
    struck = np.flatnonzero(generator.random(STEPS) < np.tile(density, STEPS // len(density)))
    return tuple(int(step) for step in struck) or (0, 8)
