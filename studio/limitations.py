"""Adjustments to report for local images: what in the prompt and the options is not rendered."""

import re

from kit.text import truncate
from providers.backend import Adjustment
from studio.negation import negated_words
from studio.prompt_words import is_adding, without_input_description
from studio.scene.excluded_elements import kept_in
from studio.scene.prompt_parser import parse_prompt
from studio.scene.render import compose_scene

TEXT, IMAGES, STYLE = "input.text", "input.images", "options.style"
SUBJECT_STRENGTH = 0.6  # minimum strength at which the subjects of a prompt are drawn into the input image

MAX_NAMED_WORDS = 12

_LETTER = re.compile(r"[^\W\d_]")
_MAX_BLENDED_IMAGES = 4  # one per edge of the output


def prompt_limitations(prompt: str, *, style: str | None, negative: str, seed: int) -> tuple[Adjustment, ...]:
    """Return the adjustments of a text-to-image render. `prompt` includes the style."""
    scene = compose_scene(prompt, seed=seed, negative=negative)
    adjustments = list(_style_limitations(style))
    has_words = _LETTER.search(prompt) and not negated_words(prompt)
    if has_words and not scene.description.followed and not parse_prompt(prompt).followed:
        reason = "no word of this prompt is in the limited vocabulary of local images: the seed chose the scene"
        adjustments.append(Adjustment(reason, TEXT, used=scene.place))
    adjustments.extend(_unknown_words(prompt, style=style))
    for part in kept_in(scene.place, scene.description.excluded):
        adjustments.append(
            Adjustment(f"{part} could not be left out: the local {scene.place} is not drawn without", TEXT)
        )
    return tuple(adjustments)


def variation_limitations(
    prompt: str, *, style: str | None, negative: str, strength: float, others: int
) -> tuple[Adjustment, ...]:
    """Return the adjustments of an image variation with `others` additional input images."""
    prompt = without_input_description(prompt)
    description = parse_prompt(prompt, negative=negative)
    adjustments = list(input_image_limitations(prompt, style=style, negative=negative))
    names = ", ".join(thing.name for thing in description.subjects)
    if names and strength < SUBJECT_STRENGTH and not is_adding(prompt):
        reason = (
            f"{names} was not drawn into the input: set strength to {SUBJECT_STRENGTH} or more, or write `add {names}`"
        )
        adjustments.append(Adjustment(reason, "options.strength", requested=strength))
    if _LETTER.search(prompt) and not description.followed and not negated_words(prompt):
        reason = "no word of this prompt is in the limited vocabulary of local images: the input was only repainted"
        adjustments.append(Adjustment(reason, TEXT))
    adjustments.extend(_unknown_words(prompt, style=style))
    if others:
        reason = "images after the first only contribute their colours and are blended in at the edges"
        adjustments.append(Adjustment(reason, IMAGES))
    if others > _MAX_BLENDED_IMAGES:
        adjustments.append(
            Adjustment(f"images after the first {_MAX_BLENDED_IMAGES + 1} only contribute their colours", IMAGES)
        )
    return tuple(adjustments)


def input_image_limitations(prompt: str, *, style: str | None, negative: str) -> tuple[Adjustment, ...]:
    """Return the adjustments of any render from an input image."""
    adjustments = list(_style_limitations(style))
    if excluded := negated_words(prompt) or negative:
        reason = f"local rendering removes nothing from an input image: {truncate(excluded)} was ignored"
        adjustments.append(Adjustment(reason, TEXT))
    if "isometric" in parse_prompt(prompt).styles:
        adjustments.append(Adjustment("isometric is not simulated for an input image", STYLE))
    return tuple(adjustments)


def _unknown_words(prompt: str, *, style: str | None) -> tuple[Adjustment, ...]:
    """Name the words that are not drawn, if others are; those of the style have an adjustment of their own."""
    description = parse_prompt(prompt)
    unknown = [word for word in description.unknown if style is None or word not in style.lower()]
    if not unknown or not description.followed:
        return ()
    shown = ", ".join(truncate(word, quoted=False) for word in unknown[:MAX_NAMED_WORDS])
    more = f" and {len(unknown) - MAX_NAMED_WORDS} more" if len(unknown) > MAX_NAMED_WORDS else ""
    return (Adjustment(f"not in the vocabulary of local images, and not drawn: {shown}{more}", TEXT, requested=shown),)


def _style_limitations(style: str | None) -> tuple[Adjustment, ...]:
    if style is None or parse_prompt(style).followed:
        return ()
    return (
        Adjustment(f"the style {truncate(style)} is not simulated", STYLE, requested=truncate(style, quoted=False)),
    )
