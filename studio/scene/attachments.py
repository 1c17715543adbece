"""Things of a prompt that belong together: a hat and a head, a rider and a mount, a beard and a man."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from studio.prompt_words import words_of
from studio.scene.subject import Wanted
from studio.scene.subjects.costumes import HEADS, SADDLES

_WORN = ("hat", "crown")
_HAVE_ONE = frozenset({"wizard", "snowman"})  # they are drawn with a hat
_WEARING = words_of("wearing wears with in wore dressed has having puts")
_RIDING = words_of("riding rides ride rode riders rider on-horseback astride mounted riding-on")
_RIDERS = words_of(
    "person woman elder hero astronaut robot wizard knight alien ghost snowman cat dog fox wolf rabbit bear panda mouse"
    " frog penguin owl skull"
)
_BEARDED = words_of("beard bearded")
_FESTIVE = words_of("birthday party child children kid boy girl string strings helium toy clown fair ribbon bunch")


def paired(things: Sequence[Wanted], spoken: Collection[str]) -> list[Wanted]:
    """The things to be drawn, with what they wear and who rides on them in one with them."""
    found = [_balloon(thing, spoken) for thing in things]
    if any(thing.name == "viaduct" for thing in found):
        found = [thing for thing in found if thing.name != "bridge"]
    if _BEARDED & set(spoken):
        found = _bearded(found)
    if _WEARING & set(spoken):
        found = _dressed(found)
    return _mounted(found) if _RIDING & set(spoken) else found


def _balloon(thing: Wanted, spoken: Collection[str]) -> Wanted:
    """A toy, where a colour, a number or a child speaks for it, and none of hot air."""
    if thing.name != "balloon" or any(word.startswith("hot-air") for word in spoken):
        return thing
    is_toy = thing.colour is not None or thing.counted or _FESTIVE & set(spoken)
    return replace(thing, name="party-balloon") if is_toy else thing


def _bearded(things: list[Wanted]) -> list[Wanted]:
    names = {thing.name for thing in things}
    if names & {"wizard", "knight", "astronaut", "robot"}:
        return [thing for thing in things if thing.name != "elder"]
    return [thing for thing in things if thing.name != "person"] if "elder" in names else things


def _dressed(things: list[Wanted]) -> list[Wanted]:
    worn = next((thing for thing in things if thing.name in _WORN), None)
    if worn is None:
        return things
    others = [thing for thing in things if thing is not worn]
    if others and worn.name == "hat" and others[0].name in _HAVE_ONE:
        return others
    wearer = next((thing for thing in others if thing.name in HEADS), None)
    return [replace(thing, worn=worn) if thing is wearer else thing for thing in others] if wearer else things


def _mounted(things: list[Wanted]) -> list[Wanted]:
    """The first who can ride, on the first of the others that can be ridden."""
    rider = next((thing for thing in things if thing.name in _RIDERS), None)
    mount = next((thing for thing in things if thing.name in SADDLES and thing is not rider), None)
    if rider is None or mount is None:
        return things
    return [replace(thing, rider=rider) if thing is mount else thing for thing in things if thing is not rider]
