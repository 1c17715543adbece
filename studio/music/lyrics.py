"""A title and lyrics that speak of the prompt's words. They are text: the music is instrumental."""

import re

import numpy as np

from studio.prompt_words import words_of

IGNORED = words_of(
    "song songs music track about with some that this from slow fast into over under their there make made style "
    "instrumental piece melody tune beat beats vibe vibes feel feels like very through lofi ambient house techno "
    "synthwave rock jazz folk classical funk cinematic reggae upbeat energetic acoustic electronic piano guitar sound "
    "soundtrack background slowly your have when what where please create write theme happy soft quiet loud deep "
    "chill relaxing gentle epic"
)
LONGEST_WORD = 24  # letters
FALLBACK = ("tonight", "light")
ENDINGS = ("Again", "Lights", "Road", "in Motion", "Hearts", "Forever", "Lines", "Skies")
VERSE = (
    "I saw the {a} come shining through",
    "Every {b} I carry leads to you",
    "Hold on to the {a}, let it grow",
    "There's a {b} in the places we go",
    "We were chasing {a} down the line",
    "And the {b} was yours and the {b} was mine",
    "Somewhere past the {a} the morning waits",
    "I left my {b} beside the gates",
)
CHORUS = (
    "Oh {a}, {b}, never let me down",
    "Turn the {a} up, turn the world around",
    "Sing it to the {b}, sing it to the sea",
    "All the {a} in the world for you and me",
)
BRIDGE = ("If the {a} fades and the night is long", "I'll keep the {b} inside this song")


def themes(prompt: str) -> list[str]:
    """The words of the prompt that a song can be about."""
    words = re.findall(r"[^\W\d_]+", prompt.lower())
    telling = [word[:LONGEST_WORD] for word in words if _tells(word)]
    return list(dict.fromkeys(telling)) or list(FALLBACK)


def _tells(word: str) -> bool:
    # Short words say little in scripts that write a sound a letter, but not in those that write a syllable.
    return (len(word) > 3 or not word.isascii()) and word not in IGNORED


def write_title(words: list[str], generator: np.random.Generator) -> str:
    """Two words of the prompt, or one and an ending."""
    ending = ENDINGS[int(generator.integers(len(ENDINGS)))]
    if len(words) > 1 and generator.random() < 0.6:
        return f"{words[0].capitalize()} {words[1].capitalize()}"
    return f"{words[0].capitalize()} {ending}"


def write_lyrics(words: list[str], generator: np.random.Generator) -> str:
    """Two verses, a chorus and a bridge."""
    start = int(generator.integers(2)) * 4
    verses = (VERSE[start : start + 4], VERSE[4 - start : 8 - start])

    def fill(lines: tuple[str, ...]) -> str:
        pick = [words[int(number) % len(words)] for number in generator.integers(len(words), size=2 * len(lines))]
        return "\n".join(line.format(a=pick[2 * index], b=pick[2 * index + 1]) for index, line in enumerate(lines))

    parts = (("Verse 1", verses[0]), ("Chorus", CHORUS), ("Verse 2", verses[1]), ("Chorus", CHORUS), ("Bridge", BRIDGE))
    return "\n\n".join(f"[{name}]\n{fill(lines)}" for name, lines in parts)
