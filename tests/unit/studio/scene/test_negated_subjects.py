"""Negated subjects and parts of a place are not drawn."""

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.image_rendering import layers, paint
from studio.limitations import prompt_limitations
from studio.scene.prompt_parser import parse_prompt
from studio.scene.render import compose_scene

SEED = 3
NOT_DARK = ("dark, dusk", "night, dusk")


def pixels_of(prompt: str, *, negative: str = "", seed: int = SEED) -> NDArray[np.uint8]:
    return paint(prompt, 160, 160, seed=seed, negative=negative, grain=False).pixels


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("a street without people", "person"),
        ("a street, no cars", "car"),
        ("a field with no trees", "tree"),
        ("a sea free of boats", "boat"),
        ("a dog, not a cat", "cat"),
        ("a field with no old men", "elder"),
    ],
)
def test_a_negated_subject_is_not_drawn(prompt: str, name: str) -> None:
    assert name not in {thing.name for thing in parse_prompt(prompt).subjects}


def test_requested_subjects_beside_negated_ones_are_drawn() -> None:
    assert [thing.name for thing in parse_prompt("a street without people and a red car").subjects] == ["car"]
    assert [thing.name for thing in parse_prompt("not a cat but a dog").subjects] == ["dog"]


def test_the_colour_of_a_negated_subject_is_not_negated() -> None:
    assert [thing.colour is not None for thing in parse_prompt("a red house, no red cars").subjects] == [True]


def green_share(pixels: NDArray[np.uint8]) -> float:
    """Return the share of pixels with the dark green of trees."""
    red, green, blue = (pixels[..., part].astype(int) for part in range(3))
    return float(((green > red + 12) & (green > blue) & (green < 150)).mean())


@pytest.mark.parametrize("prompt", ["a forest at noon in summer", "a park at noon", "a mountain at noon"])
def test_negated_trees_are_not_drawn_at_any_depth(prompt: str) -> None:
    with_part, without = pixels_of(prompt), pixels_of(f"{prompt} without trees")

    assert green_share(without[:90]) < green_share(with_part[:90]) * 0.5


@pytest.mark.parametrize(
    ("prompt", "part"),
    [
        ("a meadow", "flowers"),
        ("a garden", "trees"),
        ("a forest", "trees"),
        ("a lake", "mountains"),
        ("mountains at noon", "snow"),
        ("mountains at noon", "clouds"),
        ("the sea at night", "moon"),
        ("the sea at night", "stars"),
        ("the sea at noon", "sun"),
        ("a beach", "palms"),
        ("an island", "palms"),
        ("space", "stars"),
        ("space", "planets"),
        ("a street at noon", "houses"),
        ("a living room", "windows"),
        ("a living room", "books"),
        ("under the sea", "fish"),
        ("a rainy street", "rain"),
        ("a field", "hills"),
    ],
)
def test_a_part_of_a_place_is_negated_by_prompt_or_option(prompt: str, part: str) -> None:
    with_part = pixels_of(prompt)

    for without in (pixels_of(f"{prompt} without {part}"), pixels_of(prompt, negative=part)):
        assert (np.abs(with_part.astype(int) - without).max(axis=2) > 16).mean() > 0.002


def test_negation_leaves_the_rest_unchanged() -> None:
    with_part, without = pixels_of("a beach at noon"), pixels_of("a beach at noon", negative="palms, people, snow")

    assert (with_part == without).all(axis=2).mean() > 0.5
    assert (pixels_of("a beach at noon", negative="people, cats") == with_part).all()


def test_a_lake_without_mountains_keeps_its_water() -> None:
    with_mountains, without = pixels_of("a lake at noon"), pixels_of("a lake at noon", negative="mountains")

    assert parse_prompt("a lake", negative="mountains").place == "lake"
    assert without[100:, :, 2].mean() > without[100:, :, 0].mean()
    assert np.abs(with_mountains[130:].astype(int) - without[130:]).mean() < 25


def test_negating_the_moon_keeps_the_stars() -> None:
    description = parse_prompt("a starry night without a moon")

    assert description.lacks("moon")
    assert not description.lacks("stars")
    assert description.hour == "night"


def test_negated_darkness_is_not_chosen() -> None:
    hours = {
        compose_scene("a city", seed=seed, negative=negative).description.hour
        for seed in range(12)
        for negative in NOT_DARK
    }

    assert hours == {"day", "sunset"}


def test_an_essential_part_that_is_kept_is_noted() -> None:
    (adjustment,) = prompt_limitations("a city without buildings", style=None, negative="", seed=SEED)

    assert adjustment.reason == "buildings could not be left out: the local city is not drawn without"
    assert prompt_limitations("a city without people", style=None, negative="trees", seed=SEED) == ()


def test_a_video_does_not_draw_negated_parts() -> None:
    with_part = layers("a beach at noon", 96, 96, seed=SEED)
    for without in (
        layers("a beach at noon without palms", 96, 96, seed=SEED),
        layers("a beach at noon", 96, 96, seed=SEED, negative="palms"),
    ):
        assert (without.front[:60, :, 3] > 200).mean() < (with_part.front[:60, :, 3] > 200).mean() * 0.6
