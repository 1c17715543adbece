"""What a prompt denies, or a negative prompt names, is not drawn."""

import numpy as np
import pytest

from providers.local.picture import layers, paint
from providers.local.scene.brief import read
from providers.local.scene.negation import split_denied

SEED = 3


@pytest.mark.parametrize(
    ("prompt", "denied"),
    [
        ("a forest without people", "people"),
        ("a street with no cars, at night", "cars"),
        ("a beach without palm trees at sunset", "palm trees"),
        ("not a cat but a dog", "a cat"),
        ("a field free of flowers and trees", "flowers and trees"),
        ("no people, no birds, a castle", "people birds"),
        ("a knot of rope, a piano, notes", ""),
    ],
)
def test_what_is_denied_ends_with_its_phrase(prompt: str, denied: str) -> None:
    assert split_denied(prompt)[1] == denied


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("a forest without people", set()),
        ("a street with no cars", set()),
        ("not a cat but a dog in a garden", {"dog"}),
        ("no people, no birds, a castle on a hill", {"castle"}),
    ],
)
def test_what_is_denied_is_none_of_the_things_shown(prompt: str, shown: set[str]) -> None:
    assert {thing.name for thing in read(prompt).wanted} == shown


@pytest.mark.parametrize(
    ("prompt", "without", "negative"),
    [
        ("a forest", "a forest with no trees", "trees"),
        ("a park", "a park without flowers", "flowers"),
        ("a lake at noon", "a lake without mountains at noon", "mountains"),
        ("a beach at noon", "a beach without palm trees at noon", "palm trees"),
        ("a sunny meadow", "a sunny meadow without clouds", "clouds"),
    ],
)
def test_parts_of_a_place_can_be_left_out(prompt: str, without: str, negative: str) -> None:
    whole, refused = paint(prompt, 160, 120, seed=SEED), paint(prompt, 160, 120, seed=SEED, negative=negative)
    word = negative.split()[0]

    assert np.abs(whole.pixels.astype(int) - refused.pixels).mean() > 2
    assert read(without).lacks(word)
    assert read(prompt, negative=negative).lacks(word)
    assert word in paint(without, 160, 120, seed=SEED).followed


def test_a_film_leaves_out_the_same() -> None:
    assert layers("a forest", 96, 64, seed=SEED, negative="trees").followed == ("forest",)
    bare, wooded = (layers("a forest", 96, 64, seed=SEED, negative=words).front for words in ("trees", ""))
    assert int((bare[..., 3] > 0).sum()) < int((wooded[..., 3] > 0).sum())
