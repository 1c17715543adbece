"""Images: reproducibility, sizes, subjects, colours, layers and variations."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from studio.image_rendering import SOFTWARE, layers, paint, save_picture, variation
from studio.scene.layers import composite
from studio.scene.places.place_registry import PLACES
from studio.scene.prompt_parser import parse_prompt
from studio.scene.scene_vocabulary import HOURS
from studio.scene.scene_vocabulary import PLACES as PLACE_WORDS
from studio.scene.scene_vocabulary import STYLES as STYLE_WORDS
from studio.scene.styles import STYLES
from studio.scene.subject_names import DEFAULT_PLACES, SUBJECT_NAMES, subject_names
from studio.scene.subjects.subject_registry import SUBJECTS

SEED = 7


def colour_of(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the mean red, green and blue."""
    return np.asarray(pixels.reshape(-1, 3).mean(axis=0), np.float64)


def difference(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    return float(np.abs(first.astype(int) - second).mean())


@pytest.mark.parametrize(
    "prompt", ["A sailboat on a lake at sunset", "neon city in the rain", "abstract", "oil painting of a cat"]
)
def test_the_same_seed_gives_the_same_pixels(prompt: str) -> None:
    first, second = (paint(prompt, 160, 120, seed=SEED).pixels for _ in range(2))

    assert first.tobytes() == second.tobytes()


def test_other_prompts_and_seeds_give_other_images() -> None:
    first = paint("A fox in a forest", 160, 120, seed=SEED).pixels

    assert difference(first, paint("A whale in the sea", 160, 120, seed=SEED).pixels) > 5
    assert difference(first, paint("A fox in a forest", 160, 120, seed=SEED + 1).pixels) > 5


@pytest.mark.parametrize("prompt", ["{} mountains", "{} abstract waves", "a {} sky over the sea", "{}", "a {} room"])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_red_prompt_is_redder_than_a_blue_one(prompt: str, seed: int) -> None:
    red = colour_of(paint(prompt.format("red"), 96, 96, seed=seed).pixels)
    blue = colour_of(paint(prompt.format("blue"), 96, 96, seed=seed).pixels)

    assert red[0] - red[2] > blue[0] - blue[2] + 20


def test_the_time_of_day_determines_the_brightness() -> None:
    day, night = (paint(f"mountains at {hour}", 96, 96, seed=SEED).pixels.mean() for hour in ("noon", "night"))

    assert day > night + 40


@pytest.mark.parametrize(
    ("width", "height"), [(64, 64), (2048, 64), (64, 2048), (333, 77), (65, 131), (360, 640), (840, 360), (1, 1)]
)
@pytest.mark.parametrize(
    "prompt",
    ["three camels and a castle in the rain", "space, rocket", "watercolour street", "abstract", "pixel art sea"],
)
def test_an_image_has_exactly_the_requested_size(prompt: str, width: int, height: int) -> None:
    pixels = paint(prompt, width, height, seed=SEED).pixels

    assert pixels.shape == (height, width, 3)
    assert pixels.dtype == np.uint8


@pytest.mark.parametrize("place", sorted(PLACES))
@pytest.mark.parametrize("seed", [1, 2])
def test_every_place_has_contrast(place: str, seed: int) -> None:
    assert paint(place, 96, 96, seed=seed, grain=False).pixels.std() > 8


@pytest.mark.parametrize("name", subject_names())
def test_every_subject_is_visible(name: str) -> None:
    shown = paint(f"{name} on a table", 128, 128, seed=SEED, grain=False)
    without = paint(f"{name} on a table", 128, 128, seed=SEED, grain=False, negative="subjects")

    assert name in shown.followed
    assert (np.abs(shown.pixels.astype(int) - without.pixels).max(axis=2) > 24).mean() > 0.01


def test_all_vocabulary_is_mapped() -> None:
    assert set(SUBJECT_NAMES.values()) == set(SUBJECTS)
    assert set(PLACE_WORDS.values()) == set(PLACES)
    assert set(DEFAULT_PLACES.values()) <= set(PLACES)
    assert set(STYLE_WORDS.values()) == set(STYLES)
    for hour in set(HOURS.values()):
        assert paint(f"sea {hour}", 64, 64, seed=SEED).followed


def test_the_words_followed_are_listed_in_order() -> None:
    picture = paint("A Red FOX quarrels, with two kittens in the misty forest", 64, 64, seed=SEED)

    assert picture.followed == ("red", "fox", "two", "kittens", "misty", "forest")
    assert paint("quarrelsome thoughts", 64, 64, seed=SEED).followed == ()


def test_phrases_are_listed_as_written() -> None:
    assert "northern lights" in parse_prompt("Northern lights over the sea").followed
    assert "8-bit" in parse_prompt("an 8-bit castle").followed


def test_a_colour_applies_to_the_subject_after_it() -> None:
    description = parse_prompt("a blue car under a pink sky")

    assert [(thing.name, thing.colour is not None) for thing in description.subjects] == [("car", True)]
    assert len(description.tints) == 1


def test_a_blue_car_is_bluer_than_a_red_one() -> None:
    blue, red = (
        colour_of(paint(f"a {colour} car in the desert at noon", 128, 128, seed=SEED).pixels)
        for colour in ("blue", "red")
    )

    assert blue[2] - blue[0] > red[2] - red[0]


@pytest.mark.parametrize(
    ("phrase", "name", "count"),
    [
        ("kitten", "cat", 1),
        ("puppies", "dog", 3),
        ("two ships", "ship", 2),
        ("wolves", "wolf", 3),
        ("sailing dinghy", "boat", 1),
    ],
)
def test_synonyms_and_plurals_of_subjects_are_recognized(phrase: str, name: str, count: int) -> None:
    assert [(thing.name, thing.count) for thing in parse_prompt(phrase).subjects] == [(name, count)]


def test_negative_words_are_not_followed() -> None:
    with_fox = paint("a fox in a forest", 96, 96, seed=SEED)
    without = paint("a fox in a forest", 96, 96, seed=SEED, negative="foxes, rain")

    assert with_fox.followed == ("fox", "forest")
    assert without.followed == ("forest",)


def test_noir_has_no_colour() -> None:
    pixels = paint("film noir street", 96, 96, seed=SEED, grain=False).pixels.astype(int)

    assert np.abs(pixels[..., 0] - pixels[..., 2]).max() < 16


@pytest.mark.parametrize(
    "prompt",
    [
        "two boats on a lake",
        "a fox in the misty forest",
        "castle at night, pencil sketch",
        "city",
        "robot, pixel art",
        "abstract",
    ],
)
def test_the_layers_compose_the_image_without_grain(prompt: str) -> None:
    parts = layers(prompt, 161, 90, seed=SEED)
    picture = paint(prompt, 161, 90, seed=SEED, grain=False)

    assert parts.back.shape == parts.front.shape == (90, 161, 4)
    assert (parts.back[..., 3] == 255).all()
    assert np.abs(composite(parts.back, parts.front).astype(int) - picture.pixels).max() <= 1
    assert parts.followed == picture.followed


def test_a_subject_is_in_the_front_layer_and_the_sky_is_not() -> None:
    front = layers("a castle in the mountains", 160, 90, seed=SEED).front

    assert (front[-1, :, 3] == 255).all()
    assert (front[0, :, 3] == 0).all()


@pytest.mark.parametrize(
    ("prompt", "weather"),
    [
        ("rainy street", "rain"),
        ("snowfall in the mountains", "snow"),
        ("magical forest", "glow"),
        ("sea", "none"),
        ("rain in a room", "none"),
    ],
)
def test_a_scene_has_its_weather(prompt: str, weather: str) -> None:
    assert layers(prompt, 64, 64, seed=SEED).weather == weather


def test_a_variation_resembles_its_input() -> None:
    image = paint("a castle in the mountains at noon", 200, 150, seed=SEED).pixels
    varied = variation(image, "sunset", 100, 100, seed=SEED, strength=0.6)
    unchanged = variation(image, "sunset", 100, 100, seed=SEED, strength=0.0)

    assert varied.pixels.shape == (100, 100, 3)
    levels = [pixels.mean(axis=2).ravel() for pixels in (varied.pixels, unchanged.pixels)]
    assert np.corrcoef(levels)[0, 1] > 0.8
    assert difference(varied.pixels, unchanged.pixels) > 10
    assert varied.followed == ("sunset",)


def test_a_variation_follows_the_colours_and_time_of_its_prompt() -> None:
    image = paint("a castle in the mountains at noon", 120, 120, seed=SEED).pixels
    red, blue, night = (
        variation(image, word, 120, 120, seed=SEED, strength=0.8).pixels for word in ("red", "blue", "night")
    )

    assert colour_of(red)[0] - colour_of(red)[2] > colour_of(blue)[0] - colour_of(blue)[2] + 30
    assert night.mean() < image.mean() - 30


def test_a_weak_variation_draws_only_subjects_to_add() -> None:
    image = paint("mountains at noon", 120, 120, seed=SEED).pixels
    with_verb = variation(image, "add a red balloon", 120, 120, seed=SEED, strength=0.2)
    without_verb = variation(image, "a red balloon", 120, 120, seed=SEED, strength=0.2)

    assert "balloon" in with_verb.followed
    assert "balloon" not in without_verb.followed


@pytest.mark.parametrize(("suffix", "format"), [("png", "PNG"), ("jpg", "JPEG"), ("webp", "WEBP")])
def test_a_saved_image_names_its_software(tmp_path: Path, suffix: str, format: str) -> None:
    path = tmp_path / f"picture.{suffix}"
    save_picture(paint("sea", 96, 64, seed=SEED).pixels, path)
    again = path.read_bytes()
    save_picture(paint("sea", 96, 64, seed=SEED).pixels, path)

    with Image.open(path) as image:
        assert (image.format, image.size) == (format, (96, 64))
        assert SOFTWARE in (image.info.get("Software"), image.getexif().get(0x0131))
    assert path.read_bytes() == again
