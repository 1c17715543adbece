"""Composition of a piece from a prompt: choice of style, key, tempo, chords and motifs, then rendering."""

import hashlib
from dataclasses import dataclass

import numpy as np

from studio.music.lyrics import extract_themes, write_lyrics, write_title
from studio.music.parts import STEPS_PER_BAR, Score, render_score
from studio.music.styles import MAJOR, MINOR, STYLES, Style
from studio.music.synthesis import Samples
from studio.prompt_words import words_in, words_of

SAD_WORDS = words_of("sad dark night melancholy lonely horror winter lost slow moody rain blue tears goodbye")
HAPPY_WORDS = words_of("happy sunny summer joy love bright morning fun spring smile birthday wedding celebration")
KEY_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
STYLE_NAME_WEIGHT = 3  # keyword matches that the style's own name counts as
MAX_TEMPO_STRETCH = 0.12  # share by which a tempo may change so that the piece ends on a bar line
BED_LEVEL = 0.45  # gain


@dataclass(frozen=True, slots=True)
class Song:
    """A piece of stereo music, shape (2, n) at 44,100 Hz, with its metadata."""

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
    """Compose a piece of `duration` seconds. The same arguments give the same samples."""
    generator = _seeded_generator(prompt, seed)
    score = _compose_score(prompt, style or "", duration, generator)
    words = extract_themes(prompt)
    generated_title, generated_lyrics = write_title(words, generator), write_lyrics(words, generator)
    return Song(
        samples=render_score(score, duration, generator),
        title=title or generated_title,
        lyrics="" if instrumental else lyrics or generated_lyrics,
        bpm=round(score.bpm),
        key=f"{KEY_NAMES[score.root % 12]} {'minor' if score.scale is MINOR else 'major'}",
        style=score.style.name,
    )


def music_bed(prompt: str, duration: float, *, seed: int) -> Samples:
    """Return quiet background music for a video, shape (2, n) at 44,100 Hz."""
    return compose(prompt, duration=duration, seed=seed, instrumental=True).samples * np.float32(BED_LEVEL)


def _seeded_generator(prompt: str, seed: int) -> np.random.Generator:
    digest = hashlib.sha256(f"music|{seed}|{prompt.strip().lower()}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8]))


def _compose_score(prompt: str, requested: str, duration: float, generator: np.random.Generator) -> Score:
    random_style = STYLES[int(generator.integers(len(STYLES)))]
    style = _matching_style(requested) or _matching_style(prompt) or random_style
    words = frozenset(words_in(f"{requested} {prompt}"))
    sad, happy = len(words & SAD_WORDS), len(words & HAPPY_WORDS)
    mood_scale = MINOR if sad > happy or (sad == happy and generator.random() < 0.5) else MAJOR
    scale = style.mode or mood_scale
    progressions = [progression for progression in style.progressions if not _has_diminished_chord(progression, scale)]
    slowest, quickest = style.tempo
    return Score(
        style=style,
        root=48 + int(generator.integers(12)),
        scale=scale,
        bpm=_fit_tempo(float(generator.integers(slowest, quickest + 1)), duration),
        progression=progressions[int(generator.integers(len(progressions)))],
        motif=_random_motif(generator),
        rhythm=_random_rhythm(generator, density=(0.9, 0.2, 0.5, 0.25)),
        verse_motif=_random_motif(generator),
        verse_rhythm=_random_rhythm(generator, density=(0.6, 0.0, 0.4, 0.1)),
    )


def _has_diminished_chord(progression: tuple[int, ...], scale: tuple[int, ...]) -> bool:
    """Return whether the progression uses the seventh degree of a major scale, whose chord is diminished."""
    return scale is MAJOR and 6 in progression


def is_known_style(text: str) -> bool:
    """Return whether the text contains a keyword of a style or a mood."""
    return _matching_style(text) is not None or bool((SAD_WORDS | HAPPY_WORDS).intersection(words_in(text)))


def _matching_style(text: str) -> Style | None:
    """Return the style with the most keywords in the text, or None without any."""
    words = words_in(text)
    phrase = f" {' '.join(words)} "

    def matches(style: Style) -> int:
        return len(style.keywords.intersection(words)) + STYLE_NAME_WEIGHT * (f" {style.name} " in phrase)

    best = max(STYLES, key=matches)
    return best if matches(best) else None


def _fit_tempo(bpm: float, duration: float) -> float:
    """Return the tempo at which whole bars fill the duration, or `bpm` if that is too far from it."""
    bar = STEPS_PER_BAR / 4 * 60 / bpm
    exact = max(1, round(duration / bar)) * STEPS_PER_BAR / 4 * 60 / duration
    return exact if abs(exact / bpm - 1) <= MAX_TEMPO_STRETCH else bpm


def _random_motif(generator: np.random.Generator) -> tuple[int, ...]:
    """Return eight scale degrees of a random walk in small steps."""
    steps = generator.choice([-2, -1, -1, 0, 1, 1, 2, 3], 8)
    return tuple(int(degree) % 8 for degree in np.cumsum(steps) + 2)


def _random_rhythm(generator: np.random.Generator, *, density: tuple[float, ...]) -> tuple[int, ...]:
    """Return the steps of a bar that the melody has notes on; `density` is the probability per step, repeated."""
    hits = np.flatnonzero(generator.random(STEPS_PER_BAR) < np.tile(density, STEPS_PER_BAR // len(density)))
    return tuple(int(step) for step in hits) or (0, 8)
