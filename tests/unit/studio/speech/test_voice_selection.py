"""The voice and the mood of a text are those asked for, or it is told which were used instead."""

from pathlib import Path

import pytest

from providers.backend import Deviation, GenerationType, JSONObject
from providers.catalogue import load_catalogue, resolve
from studio.render_task import Task, Workshop
from studio.request import RenderRequest
from studio.speech.voice_selection import chosen_emotion, chosen_voice, fitting_voice

SPEAKING = ["google-tts", "elevenlabs", "local-speech"]


def a_task(provider: str, asked: JSONObject) -> Task:
    """What reaches a renderer of a request that asked for so much: the catalogue has filled in the rest."""
    entry = load_catalogue().by_name[provider]
    resolved = resolve(entry, {"text": "Buenos días."}, asked)
    here = Path()
    unasked = frozenset(name for name, value in resolved.options.items() if entry.options[name].default == value)
    request = RenderRequest("gen_1", GenerationType.AUDIO, resolved.content, resolved.options, 1, unasked=unasked)
    return Task(request, here, workshop=Workshop(here, here, here), report=lambda share: None)


def voice_notes(task: Task) -> list[Deviation]:
    return [note for note in task.notes if note.field in ("options.voice", "options.language")]


@pytest.mark.parametrize("provider", SPEAKING)
@pytest.mark.parametrize(
    ("language", "voice"),
    [("es", "ef_dora"), ("es-MX", "ef_dora"), ("Spanish", "ef_dora"), ("it_IT", "if_sara"), ("en-GB", "bf_emma")],
)
def test_a_language_without_a_voice_is_spoken_by_one_of_its_own(provider: str, language: str, voice: str) -> None:
    task = a_task(provider, {"language": language})

    assert chosen_voice(task) == voice
    assert voice_notes(task) == []


@pytest.mark.parametrize("provider", SPEAKING)
@pytest.mark.parametrize("language", ["de", "xx", "klingon"])
def test_a_language_that_no_voice_speaks_is_said_to_be_english(provider: str, language: str) -> None:
    task = a_task(provider, {"language": language})

    voice = chosen_voice(task)

    [note] = voice_notes(task)
    assert voice == "af_heart"
    assert (note.field, note.requested, note.used) == ("options.language", language, "en")


@pytest.mark.parametrize("voice", ["rachel", "am_michael"])
def test_a_voice_that_was_asked_for_wins_over_the_language_and_says_so(voice: str) -> None:
    task = a_task("elevenlabs", {"voice": voice, "language": "es"})

    used = chosen_voice(task)

    [note] = voice_notes(task)
    assert used in ("af_heart", "am_michael")
    assert (note.field, note.requested, note.used) == ("options.language", "es", "en")
    assert voice in note.reason


@pytest.mark.parametrize(("voice", "language"), [("rachel", "en"), ("bm_george", "en-US"), ("ef_dora", "es-ES")])
def test_a_voice_of_the_language_needs_no_word(voice: str, language: str) -> None:
    task = a_task("elevenlabs", {"voice": voice, "language": language})

    chosen_voice(task)

    assert voice_notes(task) == []


def test_a_man_of_a_language_is_found() -> None:
    assert chosen_voice(a_task("google-tts", {"voice": "male", "language": "es"})) == "em_alex"


def test_without_voice_and_language_it_is_the_voice_of_the_provider() -> None:
    task = a_task("elevenlabs", {})

    assert chosen_voice(task) == "af_heart"
    assert voice_notes(task) == []


@pytest.mark.parametrize("language", [None, "es"])
def test_a_voice_that_nobody_knows_is_named(language: str | None) -> None:
    task = a_task("elevenlabs", {"voice": "nosuchvoice", "language": language})

    voice = chosen_voice(task)

    [note] = voice_notes(task)
    assert (note.field, note.requested, note.used) == ("options.voice", "nosuchvoice", voice)
    assert language is None or voice == "ef_dora"


def test_an_emotion_that_nobody_knows_is_named() -> None:
    task = a_task("elevenlabs", {"emotion": "wibble"})

    assert chosen_emotion(task) == "neutral"
    [note] = task.notes
    assert (note.field, note.requested, note.used) == ("options.emotion", "wibble", "neutral")


@pytest.mark.parametrize(("word", "mood"), [("Cheerful", "happy"), ("excited", "excited"), ("Relaxed", "calm")])
def test_an_emotion_by_another_name_is_understood(word: str, mood: str) -> None:
    task = a_task("elevenlabs", {"emotion": word})

    assert chosen_emotion(task) == mood
    assert task.notes == ()


@pytest.mark.parametrize(("word", "mood"), [("exited", "excited"), ("relaxd", "calm")])
def test_an_emotion_that_is_misspelled_is_the_nearest_and_named(word: str, mood: str) -> None:
    task = a_task("elevenlabs", {"emotion": word})

    assert chosen_emotion(task) == mood
    [note] = task.notes
    assert (note.field, note.requested, note.used) == ("options.emotion", word, mood)


def test_a_face_keeps_its_own_voice_where_the_one_asked_for_is_nobodys() -> None:
    task = a_task("heygen", {"voice": "nosuchvoice"})

    assert fitting_voice(task, "bm_george") == "bm_george"
    assert [(note.field, note.used) for note in voice_notes(task)] == [("options.voice", "bm_george")]


@pytest.mark.parametrize(
    ("asked", "voice"), [(None, "bm_george"), ("en-US-neural", "bm_george"), ("bella", "af_bella")]
)
def test_a_face_speaks_in_its_own_voice_unless_another_is_asked_for(asked: str | None, voice: str) -> None:
    assert fitting_voice(a_task("heygen", {"voice": asked}), "bm_george") == voice
