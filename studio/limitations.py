"""What a local picture does not do of what its prompt asks, said in a line each."""

import re

from kit.text import truncate
from providers.backend import Deviation
from studio.negation import denied
from studio.prompt_words import is_adding
from studio.scene.parts import kept_in
from studio.scene.prompt_parser import read
from studio.scene.render import settle

TEXT, IMAGES, STYLE = "input.text", "input.images", "options.style"
SUBJECT_STRENGTH = 0.6  # from which the things of a prompt are drawn into a picture that was given

_LETTER = re.compile(r"[^\W\d_]")
_EDGES = 4  # of a picture, into each of which one more picture is blended


def remarks_on_painting(prompt: str, *, style: str | None, negative: str, seed: int) -> tuple[Deviation, ...]:
    """Of a picture from words alone; `prompt` is with its style."""
    scene = settle(prompt, seed=seed, negative=negative)
    found = list(_on_style(style))
    words_say = _LETTER.search(prompt) and not denied(prompt)
    if words_say and not scene.brief.followed and not read(prompt).followed:
        reason = "local pictures know a limited vocabulary, and no word of this prompt is in it: they chose the scene"
        found.append(Deviation(reason, TEXT, used=scene.place))
    for part in kept_in(scene.place, scene.brief.unwanted):
        found.append(Deviation(f"{part} could not be left out: the local {scene.place} is not drawn without", TEXT))
    return tuple(found)


def remarks_on_variation(
    prompt: str, *, style: str | None, negative: str, strength: float, others: int
) -> tuple[Deviation, ...]:
    """Of a picture made from one that was given, and from `others` more."""
    brief = read(prompt, negative=negative)
    found = list(remarks_on_given(prompt, style=style, negative=negative))
    names = ", ".join(thing.name for thing in brief.wanted)
    if names and strength < SUBJECT_STRENGTH and not is_adding(prompt):
        reason = f"{names} was not drawn into the input: it is from {SUBJECT_STRENGTH} on, or where the prompt adds it"
        found.append(Deviation(reason, "options.strength", requested=strength))
    if _LETTER.search(prompt) and not brief.followed and not denied(prompt):
        reason = "no word is in the limited vocabulary of local pictures: the input was only repainted"
        found.append(Deviation(reason, TEXT))
    if others:
        reason = "all but the first are mixed in by colour and at the edges: what they show is not read"
        found.append(Deviation(reason, IMAGES))
    if others > _EDGES:
        found.append(Deviation(f"those after the first {_EDGES + 1} gave only their colours", IMAGES))
    return tuple(found)


def remarks_on_given(prompt: str, *, style: str | None, negative: str) -> tuple[Deviation, ...]:
    """Of anything made from a picture that was given."""
    found = list(_on_style(style))
    if left := denied(prompt) or negative:
        reason = f"local pictures take nothing out of an input: {truncate(left)} was not looked for in it"
        found.append(Deviation(reason, TEXT))
    if "isometric" in read(prompt).styles:
        found.append(Deviation("isometric is not simulated for a picture that was given", STYLE))
    return tuple(found)


def _on_style(style: str | None) -> tuple[Deviation, ...]:
    if style is None or read(style).followed:
        return ()
    return (Deviation(f"the style {truncate(style)} is not simulated", STYLE, requested=truncate(style, quoted=False)),)
