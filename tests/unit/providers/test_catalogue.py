"""The catalogue: every published sample is taken, every mistake is named, every price is known."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import InvalidInput
from providers.backend import GenerationType, JSONObject
from providers.catalogue import (
    PriceUnknown,
    Provider,
    estimate_seconds,
    load_catalogue,
    price,
    resolve,
    typical_price,
    typical_request,
)

TODAY = date(2026, 1, 1)
CATALOGUE = load_catalogue()
TEXT: JSONObject = {"text": "a fox in the snow"}
IMAGE = "https://example.com/fox.jpg"
PUBLISHED_IDS = [
    "kling",
    "kling-i2v",
    "minimax",
    "veo3",
    "runway",
    "runway-i2v",
    "luma",
    "seedance",
    "wan",
    "vidu",
    "imagen",
    "flux-dev",
    "flux-pro",
    "flux-pro-1.1",
    "flux-ultra",
    "flux-kontext",
    "flux-krea",
    "stable-diffusion",
    "hedra",
    "heygen",
    "elevenlabs",
    "google-tts",
    "seedream-4-5",
    "seedance-2",
    "gpt-image-2",
    "nano-banana-2",
]
# What the published samples send, in our own words: provider, content, options.
SAMPLES: list[tuple[str, JSONObject, JSONObject]] = [
    ("kling", TEXT, {"duration": 5, "aspectRatio": "16:9", "mode": "pro"}),
    ("minimax", TEXT, {"duration": 10, "resolution": "1080p", "style": "cinematic"}),
    ("minimax", TEXT, {"duration": 5, "aspectRatio": "16:9"}),
    ("veo3", TEXT, {"duration": 5, "aspectRatio": "16:9"}),
    ("runway", {**TEXT, "image": IMAGE}, {"motionIntensity": "high", "model": "gen-3"}),
    ("runway-i2v", {"image": IMAGE}, {"duration": 5, "motionIntensity": "medium"}),
    ("luma", TEXT, {"duration": 9}),
    ("seedance", TEXT, {"duration": 5, "aspectRatio": "16:9"}),
    ("wan", TEXT, {"duration": 5, "aspectRatio": "16:9"}),
    ("vidu", TEXT, {"duration": 5, "aspectRatio": "16:9"}),
    ("flux-dev", TEXT, {"width": 1024, "height": 1024}),
    ("flux-pro", TEXT, {"width": 1024, "height": 1024, "version": "flux-pro-1.1", "quality": "high"}),
    ("flux-ultra", TEXT, {"aspectRatio": "16:9", "quality": "ultra", "seed": 42}),
    ("flux-kontext", TEXT, {"width": 1024, "height": 1024}),
    ("flux-krea", TEXT, {"width": 1024, "height": 1024}),
    ("stable-diffusion", TEXT, {"width": 1024, "height": 1024}),
    ("hedra", {**TEXT, "avatarId": "professional-1"}, {"voice": "en-US-neural"}),
    (
        "heygen",
        {**TEXT, "voice": "professional_female"},
        {"avatarId": "kate", "background": "modern_office", "gesture": "friendly"},
    ),
    ("elevenlabs", TEXT, {"voice": "rachel", "emotion": "excited", "speed": 1.0}),
    ("elevenlabs", {**TEXT, "voice": "en-US-neural"}, {"speed": 1.0}),
    ("google-tts", {**TEXT, "voice": "en-US-neural"}, {"speed": 1.0}),
]


def of(name: str) -> Provider:
    return CATALOGUE.get(name)


def test_every_published_provider_is_there() -> None:
    assert [name for name in PUBLISHED_IDS if name not in CATALOGUE.by_name] == []
    assert {provider.type for provider in CATALOGUE.providers} == set(GenerationType)


@pytest.mark.parametrize(("name", "content", "options"), SAMPLES)
def test_every_published_sample_is_taken(name: str, content: JSONObject, options: JSONObject) -> None:
    provider = of(name)
    resolved = resolve(provider, content, options)

    assert price(provider, resolved, TODAY) > 0
    assert estimate_seconds(provider, resolved) > 0


@pytest.mark.parametrize("provider", CATALOGUE.providers, ids=lambda provider: provider.id)
def test_a_resolved_request_resolves_to_itself(provider: Provider) -> None:
    first = typical_request(provider)
    second = resolve(provider, first.content, first.options)

    assert (second.content, second.options, second.model) == (first.content, first.options, first.model)
    assert second.adjustments == ()
    assert typical_price(provider, TODAY) >= 1


@pytest.mark.parametrize(("name", "asked", "used"), [("minimax", 10, 5), ("luma", 9, 5), ("vidu", 5, 8)])
def test_a_duration_beyond_the_badge_is_snapped_and_told(name: str, asked: int, used: int) -> None:
    resolved = resolve(of(name), TEXT, {"duration": asked})

    assert resolved.options["duration"] == used
    [adjustment] = resolved.adjustments
    assert (adjustment.field, adjustment.requested, adjustment.used) == ("options.duration", asked, used)


@pytest.mark.parametrize(
    ("name", "option", "value"),
    [
        ("kling", "duration", 300),
        ("kling", "duration", -5),
        ("kling", "duration", "5"),
        ("kling", "duration", True),
        ("kling", "aspectRatio", "17:3"),
        ("flux-pro", "width", 100_000),
        ("flux-pro", "width", 0),
        ("flux-pro", "width", 512.5),
        ("flux-pro", "seed", -1),
        ("flux-pro", "n", 100),
        ("flux-pro", "format", "gif"),
        ("elevenlabs", "speed", float("nan")),
        ("elevenlabs", "voice", ["rachel"]),
        ("flux-pro", "extra", "text"),
    ],
)
def test_a_value_with_no_near_neighbour_is_refused_by_its_name(name: str, option: str, value: object) -> None:
    with pytest.raises(InvalidInput) as refusal:
        resolve(of(name), TEXT, {option: value})  # type: ignore[dict-item]

    assert refusal.value.extensions["field"] == f"input.options.{option}"


@pytest.mark.parametrize(("given_value", "used"), [("16x9", "16:9"), ("16:9 ", "16:9"), ("9X16", "9:16")])
def test_another_spelling_of_an_allowed_value_is_taken(given_value: str, used: str) -> None:
    assert resolve(of("kling"), TEXT, {"aspectRatio": given_value}).options["aspectRatio"] == used


def test_a_misspelling_gets_the_nearest_spelling_and_the_allowed_values() -> None:
    with pytest.raises(InvalidInput) as option:
        resolve(of("kling"), TEXT, {"durration": 5})
    with pytest.raises(InvalidInput) as value:
        resolve(of("kling"), TEXT, {"mode": "prro"})
    with pytest.raises(InvalidInput) as provider:
        CATALOGUE.get("klng", type=GenerationType.VIDEO)

    assert option.value.extensions["suggestion"] == "duration"
    assert value.value.extensions["suggestion"] == "pro"
    assert value.value.extensions["allowedValues"] == ["standard", "pro", "master"]
    assert provider.value.extensions["suggestion"] == "kling"
    allowed = provider.value.extensions["allowedValues"]
    assert isinstance(allowed, list)
    assert "flux-pro" not in allowed


@pytest.mark.parametrize(
    ("name", "content", "field"),
    [
        ("flux-pro", {}, "text"),
        ("flux-pro", {"text": " \n"}, "text"),
        ("flux-pro", {"text": "x" * 10_001}, "text"),
        ("runway-i2v", {"text": "go"}, "image"),
        ("elevenlabs", {"text": "hi", "image": IMAGE}, "image"),
        ("flux-kontext", {"text": "x", "images": [IMAGE] * 5}, "images"),
        ("flux-kontext", {"text": "x", "images": []}, "images"),
        ("flux-pro", {"text": "x", "voice": "rachel"}, "voice"),
    ],
)
def test_content_that_does_not_fit_is_refused_by_its_name(name: str, content: JSONObject, field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        resolve(of(name), content, {})

    assert str(refusal.value.extensions["field"]).endswith(field)


def test_voice_and_avatar_are_taken_in_either_place() -> None:
    inside = resolve(of("hedra"), {**TEXT, "voice": "kate", "avatarId": "a1"}, {})
    beside = resolve(of("hedra"), TEXT, {"voice": "kate", "avatarId": "a1"})

    assert (inside.options, inside.content) == (beside.options, beside.content)


def test_an_aspect_ratio_shapes_a_picture_of_the_same_area() -> None:
    options = resolve(of("flux-ultra"), TEXT, {"aspectRatio": "16:9"}).options
    width, height = options["width"], options["height"]

    assert isinstance(width, int)
    assert isinstance(height, int)
    assert abs(width / height - 16 / 9) < 0.02
    assert abs(width * height / 1024**2 - 1) < 0.02


@pytest.mark.parametrize(
    ("width", "height", "credits"),
    [(512, 512, 10), (1024, 1024, 20), (2048, 2048, 30), (4096, 4096, 50), (64, 64, 10)],
)
def test_flux_pro_costs_what_was_published(width: int, height: int, credits: int) -> None:
    assert price(of("flux-pro"), resolve(of("flux-pro"), TEXT, {"width": width, "height": height}), TODAY) == credits


@given(st.tuples(*[st.integers(64, 4096)] * 4))
def test_a_larger_flux_pro_picture_is_never_cheaper(sides: tuple[int, int, int, int]) -> None:
    pictures = sorted([sides[:2], sides[2:]], key=lambda size: size[0] * size[1])
    small, large = (
        price(of("flux-pro"), resolve(of("flux-pro"), TEXT, {"width": size[0], "height": size[1]}), TODAY)
        for size in pictures
    )

    assert 10 <= small <= large <= 50


def test_several_pictures_cost_several_times() -> None:
    one, three = (price(of("flux-pro"), resolve(of("flux-pro"), TEXT, {"n": n}), TODAY) for n in (1, 3))

    assert three == 3 * one


def test_a_day_without_a_price_is_an_error_and_never_free() -> None:
    with pytest.raises(PriceUnknown):
        price(of("flux-pro"), typical_request(of("flux-pro")), date(2020, 1, 1))
