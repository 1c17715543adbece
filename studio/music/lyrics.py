"""Title and lyrics generated from the words of a prompt, as text only: the music is instrumental."""

import re

import numpy as np

from studio.prompt_words import words_of

STOP_WORDS = words_of(
    "song songs music track about with some that this from slow fast into over under their there make made style "
    "instrumental piece melody tune beat beats vibe vibes feel feels like very through lofi ambient house techno "
    "synthwave rock jazz folk classical funk cinematic reggae upbeat energetic acoustic electronic piano guitar sound "
    "soundtrack background slowly your have when what where please create write theme happy soft quiet loud deep "
    "chill relaxing gentle epic"
)
MAX_WORD_LETTERS = 24
FALLBACK_THEMES = ("tonight", "light")
TITLE_ENDINGS = ("Again", "Lights", "Road", "in Motion", "Hearts", "Forever", "Lines", "Skies")
VERSE_LINES = (
    "I saw the {a} come shining through",
    "Every {b} I carry leads to you",
    "Hold on to the {a}, let it grow",
    "There's a {b} in the places we go",
    "We were chasing {a} down the line",
    "And the {b} was yours and the {b} was mine",
    "Somewhere past the {a} the morning waits",
    "I left my {b} beside the gates",
)
CHORUS_LINES = (
    "Oh {a}, {b}, never let me down",
    "Turn the {a} up, turn the world around",
    "Sing it to the {b}, sing it to the sea",
    "All the {a} in the world for you and me",
)
BRIDGE_LINES = ("If the {a} fades and the night is long", "I'll keep the {b} inside this song")


def extract_themes(prompt: str) -> list[str]:
    """Return the theme words of the prompt, or fallback words if it has none."""
    words = re.findall(r"[^\W\d_]+", prompt.lower())
    themes = [word[:MAX_WORD_LETTERS] for word in words if _is_theme(word)]
    return list(dict.fromkeys(themes)) or list(FALLBACK_THEMES)


def _is_theme(word: str) -> bool:
    # Short Latin words carry little meaning; short words in syllabic or logographic scripts do.
    return (len(word) > 3 or not word.isascii()) and word not in STOP_WORDS


def write_title(words: list[str], generator: np.random.Generator) -> str:
    """Return a title of two theme words, or of one and a fixed ending."""
    ending = TITLE_ENDINGS[int(generator.integers(len(TITLE_ENDINGS)))]
    if len(words) > 1 and generator.random() < 0.6:
        return f"{words[0].capitalize()} {words[1].capitalize()}"
    return f"{words[0].capitalize()} {ending}"


def write_lyrics(words: list[str], generator: np.random.Generator) -> str:
    """Return lyrics of two verses, a chorus and a bridge."""
    start = int(generator.integers(2)) * 4
    verses = (VERSE_LINES[start : start + 4], VERSE_LINES[4 - start : 8 - start])

    def fill(lines: tuple[str, ...]) -> str:
        chosen = [words[int(number) % len(words)] for number in generator.integers(len(words), size=2 * len(lines))]
        return "\n".join(line.format(a=chosen[2 * index], b=chosen[2 * index + 1]) for index, line in enumerate(lines))

    parts = (
        ("Verse 1", verses[0]),
        ("Chorus", CHORUS_LINES),
        ("Verse 2", verses[1]),
        ("Chorus", CHORUS_LINES),
        ("Bridge", BRIDGE_LINES),
    )
    return "\n\n".join(f"[{name}]\n{fill(lines)}" for name, lines in parts)
