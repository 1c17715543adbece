"""What is not wanted is not drawn: not the things, and not the parts of a place."""

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.limitations import prompt_limitations
from studio.picture import layers, paint
from studio.scene.prompt_parser import read
from studio.scene.render import settle

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
def test_a_thing_that_a_prompt_denies_is_not_drawn(prompt: str, name: str) -> None:
    assert name not in {thing.name for thing in read(prompt).wanted}


def test_what_is_asked_beside_what_is_denied_is_drawn() -> None:
    assert [thing.name for thing in read("a street without people and a red car").wanted] == ["car"]
    assert [thing.name for thing in read("not a cat but a dog").wanted] == ["dog"]


def test_the_colour_of_what_is_denied_is_not_denied_of_the_rest() -> None:
    assert [thing.colour is not None for thing in read("a red house, no red cars").wanted] == [True]


def green_share(pixels: NDArray[np.uint8]) -> float:
    """The share of points that are the dark green of firs and crowns."""
    red, green, blue = (pixels[..., part].astype(int) for part in range(3))
    return float(((green > red + 12) & (green > blue) & (green < 150)).mean())


@pytest.mark.parametrize("prompt", ["a forest at noon in summer", "a park at noon", "a mountain at noon"])
def test_trees_are_left_out_in_every_row(prompt: str) -> None:
    seen, without = pixels_of(prompt), pixels_of(f"{prompt} without trees")

    assert green_share(without[:90]) < green_share(seen[:90]) * 0.5


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
def test_a_part_of_a_place_is_left_out_by_both_ways_of_saying_so(prompt: str, part: str) -> None:
    seen = pixels_of(prompt)

    for without in (pixels_of(f"{prompt} without {part}"), pixels_of(prompt, negative=part)):
        assert (np.abs(seen.astype(int) - without).max(axis=2) > 16).mean() > 0.002


def test_leaving_something_out_leaves_the_rest_as_it_was() -> None:
    asked, without = pixels_of("a beach at noon"), pixels_of("a beach at noon", negative="palms, people, snow")

    assert (asked == without).all(axis=2).mean() > 0.5
    assert (pixels_of("a beach at noon", negative="people, cats") == asked).all()


def test_a_lake_keeps_its_water_without_its_mountains() -> None:
    with_peaks, without = pixels_of("a lake at noon"), pixels_of("a lake at noon", negative="mountains")

    assert read("a lake", negative="mountains").place == "lake"
    assert without[100:, :, 2].mean() > without[100:, :, 0].mean()
    assert np.abs(with_peaks[130:].astype(int) - without[130:]).mean() < 25


def test_a_moon_that_is_not_wanted_leaves_the_stars() -> None:
    brief = read("a starry night without a moon")

    assert brief.lacks("moon")
    assert not brief.lacks("stars")
    assert brief.hour == "night"


def test_darkness_that_is_not_wanted_is_not_chosen() -> None:
    hours = {settle("a city", seed=seed, negative=negative).brief.hour for seed in range(12) for negative in NOT_DARK}

    assert hours == {"day", "sunset"}


def test_a_part_without_which_there_is_no_such_place_is_said_to_be_kept() -> None:
    (told,) = prompt_limitations("a city without buildings", style=None, negative="", seed=SEED)

    assert told.reason == "buildings could not be left out: the local city is not drawn without"
    assert prompt_limitations("a city without people", style=None, negative="trees", seed=SEED) == ()


def test_a_film_leaves_out_what_its_prompt_and_its_negative_words_deny() -> None:
    asked = layers("a beach at noon", 96, 96, seed=SEED)
    for without in (
        layers("a beach at noon without palms", 96, 96, seed=SEED),
        layers("a beach at noon", 96, 96, seed=SEED, negative="palms"),
    ):
        assert (without.front[:60, :, 3] > 200).mean() < (asked.front[:60, :, 3] > 200).mean() * 0.6
