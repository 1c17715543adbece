"""The provider catalogue: lookup by id and alias, immutability and validation of entries."""

import tomllib
from datetime import date
from typing import Any

import pytest

from kit.errors import InvalidInput
from providers.backend import GenerationType
from providers.catalogue import Provider, load_catalogue
from providers.catalogue.loading import DATA, OPTION_DEFINITIONS
from providers.catalogue.parsing import read_provider

CATALOGUE = load_catalogue()
SINCE = date(2025, 1, 1)
IDS = {
    GenerationType.VIDEO: [
        "kling",
        "kling-i2v",
        "minimax",
        "veo3",
        "runway",
        "runway-i2v",
        "luma",
        "seedance",
        "seedance-2",
        "wan",
        "vidu",
        "local-video",
    ],
    GenerationType.IMAGE: [
        "imagen",
        "flux-dev",
        "flux-pro",
        "flux-pro-1.1",
        "flux-ultra",
        "flux-kontext",
        "flux-krea",
        "qwen-image",
        "stable-diffusion",
        "seedream-4-5",
        "gpt-image-2",
        "nano-banana-2",
        "local-image",
    ],
    GenerationType.AUDIO: ["elevenlabs", "google-tts", "local-speech"],
    GenerationType.AVATAR: ["hedra", "heygen", "local-avatar"],
    GenerationType.MUSIC: ["suno", "local-music"],
}


def read_data(name: str) -> dict[str, Any]:
    return tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))


def vocabulary() -> dict[str, Any]:
    return tomllib.loads((DATA / OPTION_DEFINITIONS).read_text(encoding="utf-8"))


@pytest.mark.parametrize("type_", GenerationType)
def test_each_type_has_its_providers(type_: GenerationType) -> None:
    assert {provider.id for provider in CATALOGUE.of_type(type_)} == set(IDS[type_])


def test_without_a_type_all_providers_are_listed_by_id() -> None:
    assert [provider.id for provider in CATALOGUE.of_type(None)] == sorted(id_ for ids in IDS.values() for id_ in ids)


@pytest.mark.parametrize(
    ("name", "id_"),
    [("FLUX-PRO", "flux-pro"), (" kling ", "kling"), ("veo-3", "veo3"), ("Hailuo", "minimax"), ("music", "suno")],
)
def test_a_provider_is_found_by_id_or_alias_in_any_case(name: str, id_: str) -> None:
    assert CATALOGUE.get(name).id == id_


@pytest.mark.parametrize(
    ("name", "type_", "suggestion"),
    [
        ("klng", GenerationType.VIDEO, "kling"),
        ("flux-prp", GenerationType.IMAGE, "flux-pro"),
        ("hailou", GenerationType.VIDEO, "minimax"),
        ("qwerty-uiop", GenerationType.IMAGE, None),
        ("", GenerationType.IMAGE, None),
    ],
)
def test_an_unknown_provider_is_rejected_with_alternatives_and_a_suggestion(
    name: str, type_: GenerationType, suggestion: str | None
) -> None:
    with pytest.raises(InvalidInput) as error:
        CATALOGUE.get(name, type=type_)

    assert error.value.extensions.get("suggestion") == suggestion
    assert error.value.extensions["field"] == "input.provider"
    assert set(IDS[type_]) == set(error.value.extensions["allowedValues"])  # type: ignore[call-overload]


def test_a_provider_of_another_type_is_rejected_with_its_type() -> None:
    with pytest.raises(InvalidInput, match="'kling' makes video, not image") as error:
        CATALOGUE.get("kling", type=GenerationType.IMAGE)

    assert "flux-pro" in str(error.value.extensions["allowedValues"])


def test_a_long_name_is_truncated_in_the_message() -> None:
    with pytest.raises(InvalidInput) as error:
        CATALOGUE.get("x" * 100_000)

    assert len(error.value.message) < 200


@pytest.mark.parametrize("provider", CATALOGUE.providers, ids=lambda provider: provider.id)
def test_every_provider_has_a_seed_and_content_that_fits_its_modes(provider: Provider) -> None:
    seed = provider.options["seed"]
    assert (seed.minimum, seed.maximum) == (0, 2**31 - 1)

    image_based = any(mode.startswith("image-") for mode in provider.modes)
    assert image_based == ("image" in provider.content)
    text_based = any(mode.startswith("text-") for mode in provider.modes)
    text = provider.content["text"]
    assert text_based == text.required
    assert text.maximum is not None
    assert text.maximum <= 10_000


def test_each_type_has_one_provider_on_the_local_backend() -> None:
    local = [provider for provider in CATALOGUE.providers if provider.id.startswith("local-")]

    assert {provider.type for provider in local} == set(GenerationType)
    assert {route.backend for provider in local for route in provider.routes} == {"local"}
    others = [provider for provider in CATALOGUE.providers if provider not in local]
    assert "local" not in {route.backend for provider in others for route in provider.routes}


def test_the_catalogue_is_immutable() -> None:
    kling = CATALOGUE.get("kling")
    multipliers = kling.rates[0].multipliers
    assert multipliers is not None

    with pytest.raises(TypeError):
        kling.options["seed"] = kling.options["mode"]  # type: ignore[index]
    with pytest.raises(TypeError):
        multipliers["mode"]["pro"] = 0.0  # type: ignore[index]
    with pytest.raises(TypeError):
        kling.routes[0].fields["image"] = "x"  # type: ignore[index]
    with pytest.raises(AttributeError):
        kling.rates[0].amount = 0.0  # type: ignore[misc]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"limitation": ["5 seconds"]}, "unknown limitation"),
        ({"quality": 1.5}, "quality and speed"),
        ({"rates": []}, "there is no price"),
        ({"routes": []}, "there is no route"),
        ({"content": {"text": {}}}, "no content field is required"),
        ({"options": {"mode": {"allowed": ["pro"], "default": "fast"}}}, "the default of mode is not allowed"),
        ({"options": {"width": {"minimum": 64, "default": 8}}}, "the default of width is out of range"),
        ({"options": {"width": {"default": "wide"}}}, "width has a value that is not of the type INTEGER"),
        ({"options": {"resolution": {"allowed": ["4K"]}}}, "a resolution is not of the form 720p"),
        ({"options": {"version": {"allowed": ["9"]}}}, "the option version and the models differ"),
        ({"rates": [{"since": SINCE, "kind": "weekly", "amount": 1.0}]}, "not a kind of price"),
        ({"rates": [{"since": SINCE, "kind": "flat"}]}, "amount and unit of a price must be more than 0"),
        ({"rates": [{"since": SINCE, "kind": "by_pixels"}]}, "a price by pixels needs points"),
        (
            {"rates": [{"since": SINCE, "kind": "by_pixels", "points": [[1, 5], [2, 4]]}]},
            "points of a price do not rise",
        ),
        ({"rates": [{"since": SINCE, "kind": "per_second", "amount": 1.0}]}, "a price by the second needs a duration"),
        (
            {"rates": [{"since": SINCE, "kind": "flat", "amount": 1.0, "multipliers": {"quality": {"best": 2.0}}}]},
            "values of quality that are not allowed",
        ),
    ],
)
def test_an_inconsistent_entry_is_rejected_at_loading(change: dict[str, Any], rule: str) -> None:
    data = read_data("flux-pro") | change

    with pytest.raises(ValueError, match=rule):
        read_provider(data, vocabulary())
