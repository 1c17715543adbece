"""Things that belong together are drawn together, and near relations are told apart."""

import numpy as np
import pytest

from studio.picture import paint
from studio.scene.prompt_parser import read
from studio.scene.subjects.costumes import HEADS, SADDLES
from studio.scene.subjects.subject_registry import CAST


@pytest.mark.parametrize(
    ("prompt", "names"),
    [
        ("a bowl of ramen", ["bowl"]),
        ("a teapot", ["teapot"]),
        ("a cup of tea", ["cup"]),
        ("a superhero", ["hero"]),
        ("an old man with a beard", ["elder"]),
        ("a man with a beard", ["elder"]),
        ("a wizard with a long beard", ["wizard"]),
        ("a violin", ["violin"]),
        ("a guitar", ["guitar"]),
        ("a raven", ["crow"]),
        ("a canoe", ["canoe"]),
        ("a vase", ["vase"]),
        ("a viaduct", ["viaduct"]),
        ("a bridge with stone arches", ["viaduct"]),
        ("three red balloons", ["party-balloon"]),
        ("a red balloon", ["party-balloon"]),
        ("a hot air balloon", ["balloon"]),
        ("a red hot-air balloon", ["balloon"]),
        ("balloons over the desert", ["balloon"]),
        ("children with balloons", ["person", "party-balloon"]),
        ("a hat on a table", ["hat"]),
    ],
)
def test_each_is_drawn_as_itself(prompt: str, names: list[str]) -> None:
    assert [thing.name for thing in read(prompt).wanted] == names


def test_three_balloons_are_three() -> None:
    assert [thing.count for thing in read("three red balloons").wanted] == [3]


def test_a_cat_on_a_windowsill_sits_at_a_window() -> None:
    assert read("a cat on a windowsill").place == "windowsill"
    assert read("a cat on the window sill of a living room").place == "windowsill"


@pytest.mark.parametrize("prompt", ["a dog wearing a red hat", "a dog with a red hat", "a dog in a red hat"])
def test_a_hat_is_on_the_head_of_the_one_who_wears_it(prompt: str) -> None:
    (dog,) = read(prompt).wanted

    assert dog.name == "dog"
    assert dog.colour is None
    assert dog.worn is not None
    assert (dog.worn.name, dog.worn.colour is not None) == ("hat", True)


def test_a_wizard_has_a_hat_already() -> None:
    assert [(thing.name, thing.worn) for thing in read("a wizard wearing a hat").wanted] == [("wizard", None)]


@pytest.mark.parametrize(
    ("prompt", "rider", "mount"),
    [
        ("an astronaut riding a horse", "astronaut", "horse"),
        ("a woman rides an elephant", "woman", "elephant"),
        ("a frog riding a bicycle", "frog", "bicycle"),
    ],
)
def test_a_rider_is_on_the_back_of_the_mount(prompt: str, rider: str, mount: str) -> None:
    (one,) = read(prompt).wanted

    assert one.name == mount
    assert one.rider is not None
    assert one.rider.name == rider


def test_riding_through_a_place_needs_no_mount() -> None:
    assert [thing.name for thing in read("an astronaut riding through space").wanted] == ["astronaut"]


@pytest.mark.parametrize("name", sorted(HEADS))
def test_a_hat_is_seen_on_every_head(name: str) -> None:
    bare, dressed = (
        paint(prompt, 128, 128, seed=4, grain=False, negative=negative).pixels
        for prompt, negative in (
            (f"a {name} wearing a hat on a table", "hat"),
            (f"a {name} wearing a hat on a table", ""),
        )
    )

    assert (np.abs(bare.astype(int) - dressed).max(axis=2) > 24).mean() > 0.002


@pytest.mark.parametrize("name", sorted(SADDLES))
def test_every_mount_carries_a_rider(name: str) -> None:
    prompt = f"an astronaut riding a {name} on a table"
    ridden, alone = (paint(prompt, 128, 128, seed=4, grain=False, negative=left).pixels for left in ("", "astronaut"))

    assert [thing.rider is not None for thing in read(prompt).wanted] == [True]
    assert (np.abs(alone.astype(int) - ridden).max(axis=2) > 24).mean() > 0.003


def test_all_that_can_be_worn_or_ridden_can_be_drawn() -> None:
    assert set(HEADS) | set(SADDLES) <= set(CAST)
