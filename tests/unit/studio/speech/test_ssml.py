"""SSML: breaks, paces, substitutions, unsupported tags and malformed markup."""

import numpy as np
import pytest

from studio.speech.ssml import MALFORMED, MAX_TOTAL_BREAK, Passage, parse_ssml
from studio.speech.synthesizer import Speech, SpeechSynthesizer


def texts(marked_up: str) -> list[str]:
    return [passage.text.strip() for passage in parse_ssml(marked_up).passages]


def longest_silence(speech: Speech) -> float:
    """Return the longest silence before the end, in seconds."""
    loud = np.flatnonzero(np.abs(speech.samples) > 0.01)
    return float(np.diff(loud).max() / speech.rate)


def said(speaker: SpeechSynthesizer, text: str) -> Speech:
    return speaker.speak(text, voice="af_heart", report=lambda share: None)


def test_a_text_without_tags_is_a_single_unchanged_passage() -> None:
    text = "Fish & chips: a < b, and <b>bold</b> &amp; so on"

    assert parse_ssml(text).passages == (Passage(text),)


@pytest.mark.parametrize(
    ("tag", "seconds"),
    [
        ('<break time="2s"/>', 2.0),
        ("<break time='750ms' />", 0.75),
        ('<break strength="strong"/>', 1.0),
        ("<break/>", 0.6),
        ('<BREAK TIME="1.5s"></BREAK>', 1.5),
        ('<break time="1h"/>', 0.6),
        ('<break time="99s"/>', 10.0),
    ],
)
def test_a_break_has_its_seconds(tag: str, seconds: float) -> None:
    parsed = parse_ssml(f"<speak>One {tag} two.</speak>")

    assert [passage.pause for passage in parsed.passages] == [seconds, 0.0]
    assert texts(f"One {tag} two.") == ["One", "two."]


def test_the_sum_of_all_breaks_is_limited_and_noted() -> None:
    parsed = parse_ssml("word <break time='9s'/> " * 200)

    assert sum(passage.pause for passage in parsed.passages) == MAX_TOTAL_BREAK
    assert "60" in parsed.limitations[0]


@pytest.mark.parametrize(
    ("text", "pace"),
    [
        ('<prosody rate="slow">a word</prosody>', 0.8),
        ('<prosody rate="150%">a word</prosody>', 1.5),
        ('<prosody rate="-20%">a word</prosody>', 0.8),
        ("<prosody rate=fast>a word</prosody>", 1.25),
        ('<prosody rate="900%">a word</prosody>', 2.0),
        ('<emphasis level="strong">a word</emphasis>', 0.82),
        ('<prosody rate="slow"><emphasis>a word</emphasis></prosody>', 0.8 * 0.9),
    ],
)
def test_pace_and_emphasis_apply_inside_their_tags_only(text: str, pace: float) -> None:
    before, inside, after = parse_ssml(f"<speak>Before {text} after.</speak>").passages

    assert (before.pace, after.pace) == (1.0, 1.0)
    assert inside.pace == pytest.approx(pace)


def test_substitutions_and_spelled_words_are_spoken() -> None:
    assert texts('<speak>The <sub alias="World Wide Web">WWW</sub> &amp; me</speak>') == ["The World Wide Web & me"]
    assert texts("<speak><say-as interpret-as='characters'>nasa</say-as></speak>") == ["N ay S ay"]


def test_unsupported_tags_are_noted() -> None:
    assert parse_ssml('<prosody pitch="high">a</prosody><voice name="x">b</voice>').limitations == (
        "pitch of <prosody> is not simulated",
        "<voice> is not simulated",
    )


@pytest.mark.parametrize(
    "text",
    [
        "<speak>Good evening.",
        "<speak>Good <emphasis>evening.</speak>",
        "Good evening. <break time=",
        'Good <break time="2s evening.',
        "<speak>Good evening. <prosody rate='slow'",
        "Good</emphasis> evening.",
    ],
)
def test_malformed_markup_is_spoken_without_its_tags_and_noted(text: str) -> None:
    parsed = parse_ssml(text)

    assert MALFORMED in parsed.limitations
    spoken = " ".join(passage.text for passage in parsed.passages)
    assert "ood" in spoken
    assert not any(word in spoken for word in ("speak", "break", "emphasis", "time", "prosody", "rate", "<"))


@pytest.mark.parametrize("text", ["<break '" * 600, '<break time="' * 380, "<!--" * 1200, "<prosody rate=" * 350])
def test_hostile_markup_is_parsed_quickly(text: str) -> None:
    assert "break" not in "".join(texts(text))


def test_a_break_is_heard_as_silence(speaker: SpeechSynthesizer) -> None:
    assert 1.9 < longest_silence(said(speaker, 'Good <break time="2s"/> evening.')) < 2.4


def test_a_break_before_the_first_word_is_heard(speaker: SpeechSynthesizer) -> None:
    speech = said(speaker, '<speak><break time="1s"/>Good evening.</speak>')

    assert 1.0 <= speech.phrases[0].start < 1.01
    assert not np.abs(speech.samples[: speech.rate // 2]).any()


def test_tags_are_not_read_aloud(speaker: SpeechSynthesizer) -> None:
    plain = said(speaker, "Good evening.")
    marked_up = said(speaker, "<speak><p><s>Good evening.</s></p></speak>")

    assert marked_up.samples.tobytes() == plain.samples.tobytes()


def test_a_slow_passage_takes_longer(speaker: SpeechSynthesizer) -> None:
    slow = said(speaker, '<prosody rate="x-slow">Good evening, everybody.</prosody>')

    assert slow.duration > 1.3 * said(speaker, "Good evening, everybody.").duration
