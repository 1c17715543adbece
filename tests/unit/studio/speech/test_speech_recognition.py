"""Intelligibility: the word error rate of a speech recognizer on ten synthesized sentences."""

import re

import pytest

from studio.speech.synthesizer import SpeechSynthesizer
from tests.unit.studio.speech.recognizer import transcribe

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
MAX_ERROR_RATE = 0.15  # of all words


def words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


def word_errors(spoken: list[str], understood: list[str]) -> int:
    """Return the word-level edit distance."""
    row = list(range(len(understood) + 1))
    for count, word in enumerate(spoken, 1):
        before, row[0] = row[0], count
        for index, other in enumerate(understood, 1):
            before, row[index] = row[index], min(row[index] + 1, row[index - 1] + 1, before + (word != other))
    return row[-1]


@pytest.mark.parametrize("voice", ["af_heart", "am_michael"])
def test_ten_sentences_are_understood(speaker: SpeechSynthesizer, voice: str) -> None:
    total = wrong = 0
    for sentence in SENTENCES:
        understood = words(transcribe(speaker.speak(sentence, voice=voice, report=lambda _share: None)))
        total += len(words(sentence))
        wrong += word_errors(words(sentence), understood)

    assert wrong <= MAX_ERROR_RATE * total, f"{wrong} of {total} words"
