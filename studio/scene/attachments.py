"""Merging of related subjects in a prompt: a hat with its wearer, a rider with a mount, a beard with a person."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from studio.prompt_words import words_of
from studio.scene.subject import Wanted
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


def paired(things: Sequence[Wanted], spoken: Collection[str]) -> list[Wanted]:
    """Return the subjects to draw, with worn items and riders merged into the subject that carries them."""
    found = [_resolve_balloon(thing, spoken) for thing in things]
    if any(thing.name == "viaduct" for thing in found):
        found = [thing for thing in found if thing.name != "bridge"]
    if _BEARD_WORDS & set(spoken):
        found = _merge_beard(found)
    if _WEARING_WORDS & set(spoken):
        found = _merge_worn(found)
    return _merge_rider(found) if _RIDING_WORDS & set(spoken) else found


def _resolve_balloon(thing: Wanted, spoken: Collection[str]) -> Wanted:
    """Replace a hot-air balloon by a party balloon if a colour, a count or a festive word suggests one."""
    if thing.name != "balloon" or any(word.startswith("hot-air") for word in spoken):
        return thing
    is_toy = thing.colour is not None or thing.counted or _FESTIVE_WORDS & set(spoken)
    return replace(thing, name="party-balloon") if is_toy else thing


def _merge_beard(things: list[Wanted]) -> list[Wanted]:
    names = {thing.name for thing in things}
    if names & {"wizard", "knight", "astronaut", "robot"}:
        return [thing for thing in things if thing.name != "elder"]
    return [thing for thing in things if thing.name != "person"] if "elder" in names else things


def _merge_worn(things: list[Wanted]) -> list[Wanted]:
    worn = next((thing for thing in things if thing.name in _WORN), None)
    if worn is None:
        return things
    others = [thing for thing in things if thing is not worn]
    if others and worn.name == "hat" and others[0].name in _DRAWN_WITH_HAT:
        return others
    wearer = next((thing for thing in others if thing.name in HEADS), None)
    return [replace(thing, worn=worn) if thing is wearer else thing for thing in others] if wearer else things


def _merge_rider(things: list[Wanted]) -> list[Wanted]:
    """Attach the first subject that can ride to the first other subject that can be ridden."""
    rider = next((thing for thing in things if thing.name in _RIDERS), None)
    mount = next((thing for thing in things if thing.name in SADDLES and thing is not rider), None)
    if rider is None or mount is None:
        return things
    return [replace(thing, rider=rider) if thing is mount else thing for thing in things if thing is not rider]
