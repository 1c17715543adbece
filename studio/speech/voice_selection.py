"""Which voice and which mood a text is spoken in, and what is told where they are not the ones asked for."""

from kit.text import truncate
from studio.render_task import Task
from studio.speech.prosody import NEUTRAL, is_mood, mood_name
from studio.speech.voices import LANGUAGES, is_known, language_of, suits_any_face, tells_only_sex, voice_for, voice_in

DEFAULT_VOICE = "af_heart"
SPOKEN = "the local voices speak " + ", ".join(LANGUAGES.values())


def chosen_voice(task: Task) -> str:
    """The voice that was asked for, else one of the language, else the default one."""
    # What is there by default still decides where nobody asked for a language.
    named, language = task.text("voice"), task.text("language")
    if named is None or (language is not None and not is_known(named)) or tells_only_sex(named):
        voice = _voice_of(task, language, like=named or "")
    else:
        voice = voice_for(named)
        _note_contradiction(task, named, voice, language)
    _note_stranger(task, named, voice)
    return voice


def fitting_voice(task: Task, of_face: str) -> str:
    """The voice that was asked for, else the one of the face."""
    named = task.asked("voice")
    if named is None or suits_any_face(named) or not is_known(named):
        _note_stranger(task, named, of_face)
        return of_face
    return chosen_voice(task)


def chosen_emotion(task: Task) -> str:
    """The mood that was asked for, if it is one."""
    word = task.text("emotion")
    if word is None:
        return NEUTRAL
    mood = mood_name(word)
    if mood is None:
        task.note_option(
            "emotion", f"no local voice knows the emotion {truncate(word)}: it was spoken plainly", used=NEUTRAL
        )
    elif not is_mood(word):
        task.note_option(
            "emotion", f"no local voice knows the emotion {truncate(word)}: the nearest was used", used=mood
        )
    return mood or NEUTRAL


def _note_stranger(task: Task, named: str | None, voice: str) -> None:
    if named is not None and not is_known(named):
        task.note_option("voice", f"no local voice answers to {truncate(named)}: {voice} spoke", used=voice)


def _voice_of(task: Task, language: str | None, *, like: str) -> str:
    if language is None:
        return voice_for(like or DEFAULT_VOICE)
    voice = voice_in(language, like=like)
    if voice is None:
        task.note_option("language", f"{SPOKEN}: {truncate(language)} was spoken in English", used="en")
    return voice or voice_for(like or DEFAULT_VOICE)


def _note_contradiction(task: Task, named: str, voice: str, language: str | None) -> None:
    """Tell when the voice that was asked for speaks another language than the one that was asked for."""
    if language is None:
        return
    wanted, spoken = voice_in(language), language_of(voice)
    if wanted is None or language_of(wanted) != spoken:
        reason = f"the voice {truncate(named)} was asked for as well, and speaks {LANGUAGES[spoken]} here"
        task.note_option("language", reason, used=spoken)
