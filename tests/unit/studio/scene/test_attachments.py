"""Attachments (headwear, riders) and the distinction of similar subjects."""

import numpy as np
import pytest

from studio.image_rendering import paint
from studio.scene.prompt_parser import parse_prompt
from studio.scene.subjects.costumes import HEADS, SADDLES
from studio.scene.subjects.subject_registry import SUBJECTS


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
def test_similar_subjects_are_distinguished(prompt: str, names: list[str]) -> None:
    assert [thing.name for thing in parse_prompt(prompt).subjects] == names


def test_count_of_three_balloons_is_three() -> None:
    assert [thing.count for thing in parse_prompt("three red balloons").subjects] == [3]


def test_windowsill_takes_precedence_over_room() -> None:
    assert parse_prompt("a cat on a windowsill").place == "windowsill"
    assert parse_prompt("a cat on the window sill of a living room").place == "windowsill"


@pytest.mark.parametrize("prompt", ["a dog wearing a red hat", "a dog with a red hat", "a dog in a red hat"])
def test_worn_hat_is_attached_to_its_wearer(prompt: str) -> None:
    (dog,) = parse_prompt(prompt).subjects

    assert dog.name == "dog"
    assert dog.colour is None
    assert dog.worn is not None
    assert (dog.worn.name, dog.worn.colour is not None) == ("hat", True)


def test_wizard_wears_no_second_hat() -> None:
    assert [(thing.name, thing.worn) for thing in parse_prompt("a wizard wearing a hat").subjects] == [("wizard", None)]


@pytest.mark.parametrize(
    ("prompt", "rider", "mount"),
    [
        ("an astronaut riding a horse", "astronaut", "horse"),
        ("a woman rides an elephant", "woman", "elephant"),
        ("a frog riding a bicycle", "frog", "bicycle"),
    ],
)
def test_rider_is_attached_to_its_mount(prompt: str, rider: str, mount: str) -> None:
    (subject,) = parse_prompt(prompt).subjects

    assert subject.name == mount
    assert subject.rider is not None
    assert subject.rider.name == rider


def test_riding_through_a_place_adds_no_mount() -> None:
    assert [thing.name for thing in parse_prompt("an astronaut riding through space").subjects] == ["astronaut"]


@pytest.mark.parametrize("name", sorted(HEADS))
def test_hat_is_visible_on_every_head(name: str) -> None:
    without_hat, with_hat = (
        paint(prompt, 128, 128, seed=4, grain=False, negative=negative).pixels
        for prompt, negative in (
            (f"a {name} wearing a hat on a table", "hat"),
            (f"a {name} wearing a hat on a table", ""),
        )
    )

    assert (np.abs(without_hat.astype(int) - with_hat).max(axis=2) > 24).mean() > 0.002


@pytest.mark.parametrize("name", sorted(SADDLES))
def test_rider_is_visible_on_every_mount(name: str) -> None:
    prompt = f"an astronaut riding a {name} on a table"
    with_rider, without_rider = (
        paint(prompt, 128, 128, seed=4, grain=False, negative=negative).pixels for negative in ("", "astronaut")
    )

    assert [thing.rider is not None for thing in parse_prompt(prompt).subjects] == [True]
    assert (np.abs(without_rider.astype(int) - with_rider).max(axis=2) > 24).mean() > 0.003


def test_wearers_and_mounts_are_registered_subjects() -> None:
    assert set(HEADS) | set(SADDLES) <= set(SUBJECTS)
