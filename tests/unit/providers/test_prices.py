"""Prices: published values, monotonicity and validity dates."""

from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.backend import GenerationType, JSONObject
from providers.catalogue import (
    PriceUnknown,
    Provider,
    Rate,
    estimate_seconds,
    load_catalogue,
    price,
    typical_price,
    typical_request,
    validate_request,
)
from providers.catalogue.output_size import output_size
from studio.video.output_size import requested_size

TODAY = date(2026, 1, 1)
CATALOGUE = load_catalogue()
FLUX_PRO = CATALOGUE.get("flux-pro")
TEXT: JSONObject = {"text": "a fox in the snow"}
WITH_SIZE = [provider for provider in CATALOGUE.providers if output_size(provider, {}) is not None]


def cost(name: str, text: str = "a fox in the snow", **options: str | int | float) -> int:
    provider = CATALOGUE.get(name)
    return price(provider, validate_request(provider, {"text": text}, dict(options)), TODAY)


@pytest.mark.parametrize("provider", CATALOGUE.providers, ids=lambda provider: provider.id)
def test_every_provider_has_a_price_and_a_typical_time(provider: Provider) -> None:
    assert typical_price(provider, TODAY) >= 1
    assert 1 <= estimate_seconds(provider, typical_request(provider)) <= 600


@pytest.mark.parametrize(
    ("width", "height", "credits"),
    [(64, 64, 10), (512, 512, 10), (1024, 1024, 20), (2048, 2048, 30), (4096, 4096, 50)],
)
def test_flux_pro_has_its_published_prices(width: int, height: int, credits: int) -> None:
    assert cost("flux-pro", width=width, height=height) == credits


@pytest.mark.parametrize("side", [64, 1024, 2048])
def test_flux_dev_costs_fifty_at_any_size(side: int) -> None:
    assert cost("flux-dev", width=side, height=side) == 50


@given(st.tuples(*[st.integers(64, 4096)] * 4))
def test_a_larger_flux_pro_image_is_never_cheaper(sides: tuple[int, int, int, int]) -> None:
    small, large = sorted([sides[:2], sides[2:]], key=lambda size: size[0] * size[1])

    assert cost("flux-pro", width=small[0], height=small[1]) >= 10
    assert cost("flux-pro", width=small[0], height=small[1]) <= cost("flux-pro", width=large[0], height=large[1]) <= 50


@given(st.sampled_from(["elevenlabs", "hedra", "local-speech"]), st.integers(1, 1999))
def test_a_longer_text_is_never_cheaper(name: str, length: int) -> None:
    assert cost(name, "x" * length) <= cost(name, "x" * (length + 1))


@pytest.mark.parametrize("name", ["kling", "veo3", "seedance-2", "local-video"])
def test_the_price_is_proportional_to_the_duration(name: str) -> None:
    durations = CATALOGUE.get(name).options["duration"].allowed or (5, 10)
    short, long = (value for value in (durations[0], durations[-1]) if isinstance(value, int))

    assert cost(name, duration=long) * short == cost(name, duration=short) * long


def test_the_price_is_proportional_to_the_number_of_images() -> None:
    assert cost("flux-pro", n=3) == 3 * cost("flux-pro")


def test_higher_quality_costs_more() -> None:
    assert cost("kling", mode="standard") < cost("kling", mode="pro") < cost("kling", mode="master")
    assert cost("minimax", resolution="720p") < cost("minimax", resolution="1080p")


@pytest.mark.parametrize("provider", WITH_SIZE, ids=lambda provider: provider.id)
def test_the_priced_size_is_the_rendered_size(provider: Provider) -> None:
    ratios = provider.options["aspectRatio"].allowed or ()
    resolution = provider.options.get("resolution")
    content = typical_request(provider).content
    for ratio, height_name in product(ratios, (resolution.allowed or ()) if resolution else (None,)):
        requested: JSONObject = {"aspectRatio": ratio}
        if height_name is not None:
            requested["resolution"] = height_name
        options = validate_request(provider, content, requested).options
        size = output_size(provider, options)

        assert size is not None
        rendered_size = requested_size(provider.type, options)
        assert all(abs(rendered - priced) <= 1 for rendered, priced in zip(rendered_size, size, strict=True)), (
            ratio,
            height_name,
        )


def test_audio_has_no_size() -> None:
    for type_ in (GenerationType.AUDIO, GenerationType.MUSIC):
        assert all(output_size(provider, {}) is None for provider in CATALOGUE.of_type(type_))


def test_a_price_applies_from_its_date_on() -> None:
    higher_rate = replace(FLUX_PRO.rates[0], since=date(2027, 1, 1), kind="flat", amount=99.0, points=())
    provider = replace(FLUX_PRO, rates=(*FLUX_PRO.rates, higher_rate))
    request = typical_request(provider)

    days = (date(2025, 1, 1), date(2026, 12, 31), date(2027, 1, 1), date(2030, 1, 1))
    assert [price(provider, request, day) for day in days] == [20, 20, 99, 99]


def test_a_date_before_every_price_is_an_error() -> None:
    with pytest.raises(PriceUnknown):
        price(FLUX_PRO, typical_request(FLUX_PRO), date(2020, 1, 1))


@pytest.mark.parametrize(
    ("name", "rate"),
    [
        ("flux-pro", Rate(since=date(2025, 1, 1), kind="weekly", amount=1.0)),
        ("flux-pro", Rate(since=date(2025, 1, 1), kind="per_second", amount=1.0)),
        ("elevenlabs", Rate(since=date(2025, 1, 1), kind="by_pixels", points=((1, 1.0),))),
    ],
)
def test_an_unknown_measure_is_an_error(name: str, rate: Rate) -> None:
    provider = replace(CATALOGUE.get(name), rates=(rate,))

    with pytest.raises(PriceUnknown):
        price(provider, typical_request(provider), TODAY)
