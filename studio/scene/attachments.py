"""Merging of related subjects in a prompt: a hat with its wearer, a rider with a mount, a beard with a person."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from studio.prompt_words import words_of
from studio.scene.subject import Subject
from studio.scene.subjects.costumes import HEADS, SADDLES

_WORN = ("hat", "crown")
_DRAWN_WITH_HAT = frozenset({"wizard", "snowman"})  # drawn with a hat already
_WEARING_WORDS = words_of("wearing wears with in wore dressed has having puts")
_RIDING_WORDS = words_of("riding rides ride rode riders rider on-horseback astride mounted riding-on")
_RIDERS = words_of(
    "person woman elder hero astronaut robot wizard knight alien ghost snowman cat dog fox wolf rabbit bear panda mouse"
    " frog penguin owl skull"
)
_BEARD_WORDS = words_of("beard bearded")
_FESTIVE_WORDS = words_of(
    "birthday party child children kid boy girl string strings helium toy clown fair ribbon bunch"
)


def merge_attachments(subjects: Sequence[Subject], tokens: Collection[str]) -> list[Subject]:
    """Return the subjects to draw, with worn items and riders merged into the subject that carries them."""
    merged = [_resolve_balloon(subject, tokens) for subject in subjects]
    if any(subject.name == "viaduct" for subject in merged):
        merged = [subject for subject in merged if subject.name != "bridge"]
    if _BEARD_WORDS & set(tokens):
        merged = _merge_beard(merged)
    if _WEARING_WORDS & set(tokens):
        merged = _merge_worn(merged)
    return _merge_rider(merged) if _RIDING_WORDS & set(tokens) else merged


def _resolve_balloon(subject: Subject, tokens: Collection[str]) -> Subject:
    """Replace a hot-air balloon by a party balloon if a colour, a count or a festive word suggests one."""
    if subject.name != "balloon" or any(word.startswith("hot-air") for word in tokens):
        return subject
    is_toy = subject.colour is not None or subject.counted or _FESTIVE_WORDS & set(tokens)
    return replace(subject, name="party-balloon") if is_toy else subject


def _merge_beard(subjects: list[Subject]) -> list[Subject]:
    names = {subject.name for subject in subjects}
    if names & {"wizard", "knight", "astronaut", "robot"}:
        return [subject for subject in subjects if subject.name != "elder"]
    return [subject for subject in subjects if subject.name != "person"] if "elder" in names else subjects


def _merge_worn(subjects: list[Subject]) -> list[Subject]:
    worn = next((subject for subject in subjects if subject.name in _WORN), None)
    if worn is None:
        return subjects
    others = [subject for subject in subjects if subject is not worn]
    if others and worn.name == "hat" and others[0].name in _DRAWN_WITH_HAT:
        return others
    wearer = next((subject for subject in others if subject.name in HEADS), None)
    return [replace(subject, worn=worn) if subject is wearer else subject for subject in others] if wearer else subjects


def _merge_rider(subjects: list[Subject]) -> list[Subject]:
    """Attach the first subject that can ride to the first other subject that can be ridden."""
    rider = next((subject for subject in subjects if subject.name in _RIDERS), None)
    mount = next((subject for subject in subjects if subject.name in SADDLES and subject is not rider), None)
    if rider is None or mount is None:
        return subjects
    return [
        replace(subject, rider=rider) if subject is mount else subject for subject in subjects if subject is not rider
    ]
