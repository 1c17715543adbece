"""Selection of voice and emotion from the options, and the adjustments that it records."""

from pathlib import Path

import pytest

from providers.backend import Adjustment, GenerationType, JSONObject
from providers.catalogue import load_catalogue, validate_request
from studio.render_task import Task, WorkerDirectories
from studio.request import RenderRequest
from studio.speech.voice_selection import select_avatar_voice, select_emotion, select_voice

SPEAKING = ["google-tts", "elevenlabs", "local-speech"]


def a_task(provider: str, options: JSONObject) -> Task:
    """Return the task of a request with these options, with the defaults of the catalogue filled in."""
    entry = load_catalogue().by_name[provider]
    validated = validate_request(entry, {"text": "Buenos días."}, options)
    here = Path()
    defaulted = frozenset(name for name, value in validated.options.items() if entry.options[name].default == value)
    request = RenderRequest(
        "gen_1", GenerationType.AUDIO, validated.content, validated.options, 1, defaulted_options=defaulted
    )
    return Task(request, here, directories=WorkerDirectories(here, here, here), report=lambda share: None)


def voice_adjustments(task: Task) -> list[Adjustment]:
    return [adjustment for adjustment in task.adjustments if adjustment.field in ("options.voice", "options.language")]


@pytest.mark.parametrize("provider", SPEAKING)
@pytest.mark.parametrize(
    ("language", "voice"),
    [("es", "ef_dora"), ("es-MX", "ef_dora"), ("Spanish", "ef_dora"), ("it_IT", "if_sara"), ("en-GB", "bf_emma")],
)
def test_a_language_selects_one_of_its_voices(provider: str, language: str, voice: str) -> None:
    task = a_task(provider, {"language": language})

    assert select_voice(task) == voice
    assert voice_adjustments(task) == []


@pytest.mark.parametrize("provider", SPEAKING)
@pytest.mark.parametrize("language", ["de", "xx", "klingon"])
def test_an_unsupported_language_is_spoken_in_english_and_noted(provider: str, language: str) -> None:
    task = a_task(provider, {"language": language})

    voice = select_voice(task)

    [adjustment] = voice_adjustments(task)
    assert voice == "af_heart"
    assert (adjustment.field, adjustment.requested, adjustment.used) == ("options.language", language, "en")


@pytest.mark.parametrize("voice", ["rachel", "am_michael"])
def test_a_requested_voice_takes_precedence_over_the_language_and_is_noted(voice: str) -> None:
    task = a_task("elevenlabs", {"voice": voice, "language": "es"})

    used = select_voice(task)

    [adjustment] = voice_adjustments(task)
    assert used in ("af_heart", "am_michael")
    assert (adjustment.field, adjustment.requested, adjustment.used) == ("options.language", "es", "en")
    assert voice in adjustment.reason


@pytest.mark.parametrize(("voice", "language"), [("rachel", "en"), ("bm_george", "en-US"), ("ef_dora", "es-ES")])
def test_a_voice_that_speaks_the_language_is_not_noted(voice: str, language: str) -> None:
    task = a_task("elevenlabs", {"voice": voice, "language": language})

    select_voice(task)

    assert voice_adjustments(task) == []


def test_a_gender_selects_a_voice_of_the_language() -> None:
    assert select_voice(a_task("google-tts", {"voice": "male", "language": "es"})) == "em_alex"


def test_without_voice_and_language_the_default_of_the_provider_is_used() -> None:
    task = a_task("elevenlabs", {})

    assert select_voice(task) == "af_heart"
    assert voice_adjustments(task) == []


@pytest.mark.parametrize("language", [None, "es"])
def test_an_unknown_voice_is_noted(language: str | None) -> None:
    task = a_task("elevenlabs", {"voice": "nosuchvoice", "language": language})

    voice = select_voice(task)

    [adjustment] = voice_adjustments(task)
    assert (adjustment.field, adjustment.requested, adjustment.used) == ("options.voice", "nosuchvoice", voice)
    assert language is None or voice == "ef_dora"


def test_an_unknown_emotion_is_noted() -> None:
    task = a_task("elevenlabs", {"emotion": "wibble"})

    assert select_emotion(task) == "neutral"
    [adjustment] = task.adjustments
    assert (adjustment.field, adjustment.requested, adjustment.used) == ("options.emotion", "wibble", "neutral")


@pytest.mark.parametrize(("word", "emotion"), [("Cheerful", "happy"), ("excited", "excited"), ("Relaxed", "calm")])
def test_an_emotion_has_aliases(word: str, emotion: str) -> None:
    task = a_task("elevenlabs", {"emotion": word})

    assert select_emotion(task) == emotion
    assert task.adjustments == ()


@pytest.mark.parametrize(("word", "emotion"), [("exited", "excited"), ("relaxd", "calm")])
def test_a_misspelled_emotion_becomes_the_closest_and_is_noted(word: str, emotion: str) -> None:
    task = a_task("elevenlabs", {"emotion": word})

    assert select_emotion(task) == emotion
    [adjustment] = task.adjustments
    assert (adjustment.field, adjustment.requested, adjustment.used) == ("options.emotion", word, emotion)


def test_an_avatar_keeps_its_voice_if_the_requested_one_is_unknown() -> None:
    task = a_task("heygen", {"voice": "nosuchvoice"})

    assert select_avatar_voice(task, "bm_george") == "bm_george"
    assert [(adjustment.field, adjustment.used) for adjustment in voice_adjustments(task)] == [
        ("options.voice", "bm_george")
    ]


@pytest.mark.parametrize(
    ("requested", "voice"), [(None, "bm_george"), ("en-US-neural", "bm_george"), ("bella", "af_bella")]
)
def test_an_avatar_has_its_own_voice_unless_another_is_requested(requested: str | None, voice: str) -> None:
    assert select_avatar_voice(a_task("heygen", {"voice": requested}), "bm_george") == voice
