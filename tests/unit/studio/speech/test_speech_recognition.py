"""Ten sentences, spoken and taken down again by a recogniser that hears them for the first time."""

import re

import pytest

from studio.speech.speech import Speaker
from tests.unit.studio.speech.recogniser import heard

SENTENCES = (
    "The weather is beautiful this morning.",
    "She opened the window and looked at the garden.",
    "We will meet again in the evening after dinner.",
    "The train to the city leaves at seven o'clock.",
    "He wrote a long letter to his mother.",
    "The children are playing on the beach.",
    "Please close the door when you leave the room.",
    "A good book is the best friend of a quiet night.",
    "The river runs slowly through the old town.",
    "I have never seen so many stars in the sky.",
)
MOST_ERRORS = 0.15  # of all words


def words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


def errors(spoken: list[str], understood: list[str]) -> int:
    """The fewest words to be put in, left out or changed to get from one to the other."""
    row = list(range(len(understood) + 1))
    for count, word in enumerate(spoken, 1):
        before, row[0] = row[0], count
        for index, other in enumerate(understood, 1):
            before, row[index] = row[index], min(row[index] + 1, row[index - 1] + 1, before + (word != other))
    return row[-1]


@pytest.mark.parametrize("voice", ["af_heart", "am_michael"])
def test_ten_sentences_are_understood(speaker: Speaker, voice: str) -> None:
    total = wrong = 0
    for sentence in SENTENCES:
        understood = words(heard(speaker.speak(sentence, voice=voice, report=lambda _share: None)))
        total += len(words(sentence))
        wrong += errors(words(sentence), understood)

    assert wrong <= MOST_ERRORS * total, f"{wrong} of {total} words"
