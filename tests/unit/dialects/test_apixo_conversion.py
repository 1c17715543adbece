"""Tasks of APIXO become requests, and fields of `generate` become fields of tasks."""

from collections.abc import Mapping

import pytest

from dialects.apixo.requests import SIZES, WrappedInput, WrappedSeedream, published_field, to_request
from generations.generation import Routing
from generations.requests.generation_request import GenerationRequest
from kit.errors import InvalidInput
from providers.catalogue import load_catalogue
from webhooks.event import MessageFormat

CATALOGUE = load_catalogue()
PIXELS = range(3_686_400, 16_777_216 + 1)
"""The sizes that the upstream has."""


def request_of(model: str, fields: Mapping[str, object], *, callback_url: str | None = None) -> GenerationRequest:
    wrapped = (WrappedSeedream if model == "seedream-4-5" else WrappedInput).model_validate({"input": {**fields}})
    return to_request(CATALOGUE.get(model), wrapped.input, callback_url=callback_url, routing=Routing.AUTO)


@pytest.mark.parametrize("resolution", list(SIZES))
def test_the_upstream_has_every_published_size(resolution: str) -> None:
    assert all(
        width * height in PIXELS and width % 8 == height % 8 == 0 for width, height in SIZES[resolution].values()
    )


@pytest.mark.parametrize(
    ("images", "content"),
    [([], {}), (["a"], {"image": "a"}), (["a", "b"], {"images": ["a", "b"]})],
)
def test_one_image_is_edited_and_several_are_references(images: list[str], content: dict[str, object]) -> None:
    assert request_of("seedream-4-5", {"prompt": "a fox", "image_urls": images}).input == {"text": "a fox", **content}


def test_a_callback_has_a_format_of_its_own() -> None:
    called = request_of("seedream-4-5", {"prompt": "a fox"}, callback_url="https://example.com/hook")

    assert (called.webhook_url, called.webhook_format) == ("https://example.com/hook", MessageFormat.APIXO)
    assert request_of("seedream-4-5", {"prompt": "a fox"}).webhook_format is None


@pytest.mark.parametrize(
    ("fields", "size"),
    [
        ({"resolution": "1K"}, (1024, 1024)),
        ({"resolution": "2k", "aspect_ratio": "16:9"}, (2728, 1536)),
        ({"resolution": "4K", "aspect_ratio": "9:16"}, (2304, 4096)),
        ({"resolution": "2K", "aspect_ratio": "auto"}, (2048, 2048)),
    ],
)
def test_a_resolution_of_another_model_is_an_area(fields: dict[str, str], size: tuple[int, int]) -> None:
    options = request_of("nano-banana-2", {"prompt": "a fox", **fields}).options

    assert options is not None
    assert (options["width"], options["height"]) == size


def test_a_custom_song_has_lyrics_and_a_style() -> None:
    song = {
        "mode": "V5",
        "customMode": True,
        "prompt": "La la",
        "style": "folk",
        "title": "Sea",
        "negativeTags": "metal",
    }

    assert request_of("suno", song).input == {"text": "folk", "lyrics": "La la", "title": "Sea"}
    described = request_of("suno", {"mode": "V5", "customMode": False, "instrumental": True, "prompt": "a sea song"})
    assert described.input == {"text": "a sea song"}
    assert described.options == {"instrumental": True}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "input.prompt"),
        ({"prompt": "a", "mode": "image-to-image"}, "input.image_urls"),
        ({"prompt": "a", "mode": "text-to-image", "image_urls": ["a"]}, "input.image_urls"),
        ({"prompt": "a", "resolution": "5K"}, "input.resolution"),
        ({"prompt": "a", "resolution": "1K", "aspect_ratio": "0:1"}, "input.aspect_ratio"),
    ],
)
def test_what_is_missing_or_contradicts_is_named(fields: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        request_of("nano-banana-2", fields)

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("input.input.text", "input.prompt"),
        ("input.input.image", "input.image_urls.0"),
        ("input.input.images.3", "input.image_urls.3"),
        ("input.options.n", "input.max_images"),
        ("input.options.seed", "input.seed"),
        ("input.webhookUrl", "callback_url"),
        ("input.idempotencyKey", "Idempotency-Key"),
        ("provider", "provider"),
    ],
)
def test_errors_name_the_fields_of_a_task(path: str, field: str) -> None:
    assert published_field(path) == field
