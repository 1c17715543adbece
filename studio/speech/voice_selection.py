"""Selection of voice and emotion from the options, with an adjustment for each value that is not supported."""

from kit.errors import closest_match
from kit.text import truncate
from studio.render_task import Task
from studio.speech.prosody import NEUTRAL, canonical_emotion, is_known_emotion
from studio.speech.voices import (
    LANGUAGES,
    is_generic_voice,
    is_known_voice,
    known_voices,
    language_of,
    names_only_gender,
    voice_for,
    voice_for_language,
)

DEFAULT_VOICE = "af_heart"
LANGUAGES_SPOKEN = "the local voices speak " + ", ".join(LANGUAGES.values())


def select_voice(task: Task) -> str:
    """Return the requested voice, a voice of the requested language, or the default."""
    # The default of the voice option applies too, unless a language is requested.
    named, language = task.text("voice"), task.text("language")
    if named is None or (language is not None and not is_known_voice(named)) or names_only_gender(named):
        voice = _default_voice(task, language, like=named or "")
    else:
        voice = voice_for(named)
        _note_language_conflict(task, named, voice, language)
    _note_unknown_voice(task, named, voice)
    return voice


def select_avatar_voice(task: Task, avatar_voice: str) -> str:
    """Return the requested voice, or the voice of the avatar."""
    named = task.explicit_text("voice")
    if named is None or is_generic_voice(named) or not is_known_voice(named):
        _note_unknown_voice(task, named, avatar_voice)
        return avatar_voice
    return select_voice(task)


def select_emotion(task: Task) -> str:
    """Return the requested emotion, or neutral if it is unknown."""
    word = task.text("emotion")
    if word is None:
        return NEUTRAL
    emotion = canonical_emotion(word)
    if emotion is None:
        task.report_option(
            "emotion", f"{truncate(word)} is not a known emotion: the neutral voice was used", used=NEUTRAL
        )
    elif not is_known_emotion(word):
        task.report_option("emotion", f"{truncate(word)} is not a known emotion: the closest was used", used=emotion)
    return emotion or NEUTRAL


def _note_unknown_voice(task: Task, named: str | None, voice: str) -> None:
    if named is not None and not is_known_voice(named):
        meant = closest_match(named, known_voices())
        hint = f"; did you mean {meant!r}?" if meant else ""
        task.report_option("voice", f"{truncate(named)} is not a known local voice: {voice} was used{hint}", used=voice)


def _default_voice(task: Task, language: str | None, *, like: str) -> str:
    if language is None:
        return voice_for(like or DEFAULT_VOICE)
    voice = voice_for_language(language, like=like)
    if voice is None:
        task.report_option("language", f"{LANGUAGES_SPOKEN}: {truncate(language)} was spoken in English", used="en")
    return voice or voice_for(like or DEFAULT_VOICE)


def _note_language_conflict(task: Task, named: str, voice: str, language: str | None) -> None:
    """Add an adjustment if the requested voice does not speak the requested language."""
    if language is None:
        return
    requested, spoken = voice_for_language(language), language_of(voice)
    if requested is None or language_of(requested) != spoken:
        reason = f"the voice {truncate(named)} was also requested, and speaks {LANGUAGES[spoken]}"
        task.report_option("language", reason, used=spoken)
