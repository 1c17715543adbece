"""Requests of Kubeez become requests of the core, and its words come from the state of a generation."""

from typing import Any

import pytest

from dialects.kubeez.field_names import field_name
from dialects.kubeez.mcp.tool_errors import ADVICE
from dialects.kubeez.requests import AdCopyRequest, DialogueRequest, MediaRequest, MusicRequest, generation_types
from generations.requests.generation_request import GenerationRequest
from kit.errors import ErrorCode, InvalidInput
from providers.backend import GenerationType
from providers.catalogue import load_catalogue

CATALOGUE = load_catalogue()


def media(**fields: Any) -> GenerationRequest:
    request = MediaRequest.model_validate({"model": "kling", "prompt": "a fox", **fields})
    return request.to_request(CATALOGUE, prompt=request.prompt)


@pytest.mark.parametrize(("given", "seconds"), [("5s", 5.0), ("10", 10.0), (5, 5), (7.5, 7.5)])
def test_a_duration_is_a_text_or_a_number(given: object, seconds: float) -> None:
    assert media(duration=given).options == {"duration": seconds}


@pytest.mark.parametrize(
    ("model", "quality", "options"),
    [
        ("kling", "standard", {"mode": "standard"}),
        ("kling", "pro", {"mode": "pro"}),
        ("kling", "ultra", {"mode": "master"}),
        ("veo3", "fast", {"mode": "fast"}),
        ("seedream-4-5", "basic", {"quality": "standard"}),
        ("seedream-4-5", "high", {"quality": "high"}),
        ("luma", "fast", {}),
    ],
)
def test_a_quality_is_the_nearest_of_the_model(model: str, quality: str, options: dict[str, object]) -> None:
    assert media(model=model, quality=quality).options == options


def test_a_quality_that_the_model_does_not_have_is_refused() -> None:
    with pytest.raises(InvalidInput, match="luma has no quality 'ultra'"):
        media(model="luma", quality="ultra")


@pytest.mark.parametrize(
    ("aspect_ratio", "size"),
    [
        (None, (4096, 4096)),
        ("1:1", (4096, 4096)),
        ("16:9", (4096, 2304)),
        ("9:16", (2304, 4096)),
        ("0:1", (4096, 4096)),
        ("x", (4096, 4096)),
    ],
)
def test_a_resolution_becomes_a_size_within_the_limits(aspect_ratio: str | None, size: tuple[int, int]) -> None:
    options = media(model="nano-banana-2", resolution="4K", aspect_ratio=aspect_ratio).options or {}

    assert (options["width"], options["height"]) == size


def test_motion_transfer_takes_an_image_and_a_video() -> None:
    converted = media(model="seedance", generation_type="motion-transfer", source_media_urls=["i", "v"])

    assert converted.input == {"text": "a fox", "image": "i", "video": "v"}
    with pytest.raises(InvalidInput, match="takes two source_media_urls"):
        media(model="seedance", generation_type="motion-transfer", source_media_urls=["i"])


def test_every_mode_of_the_catalogue_has_a_generation_type() -> None:
    types = {name for provider in CATALOGUE.providers for name in generation_types(provider)}
    known = set(MediaRequest.model_json_schema()["properties"]["generation_type"]["anyOf"][0]["enum"])

    assert types - known == {"text-to-speech", "text-to-music", "lyrics-to-music"}


@pytest.mark.parametrize(
    ("fields", "content", "options"),
    [
        ({"prompt": "calm"}, {"text": "calm"}, {"instrumental": False}),
        (
            {"title": "A", "style": "b", "lyrics": "c", "vocal_gender": "m", "negative_tags": "d"},
            {"text": "A, b", "title": "A", "lyrics": "c"},
            {"style": "b, male vocals", "instrumental": False, "negativePrompt": "d"},
        ),
        (
            {"title": "A", "style": "b", "song_description": "c", "instrumental": True, "vocal_gender": "f"},
            {"text": "c", "title": "A"},
            {"style": "b", "instrumental": True},
        ),
    ],
)
def test_both_modes_of_music(fields: dict[str, object], content: dict[str, object], options: dict[str, object]) -> None:
    converted = MusicRequest.model_validate(fields).to_request()

    assert (converted.type, converted.provider) == (GenerationType.MUSIC, None)
    assert converted.input == content
    assert converted.options == options


@pytest.mark.parametrize(("model", "provider"), [("V5", "suno"), ("V4_5PLUS", "suno"), ("local-music", "local-music")])
def test_versions_of_suno_are_models_of_music(model: str, provider: str) -> None:
    assert MusicRequest(prompt="calm", model=model).to_request().provider == provider


def test_the_lines_of_a_dialogue_are_one_text() -> None:
    body = {"dialogue": [{"text": "Hello."}, {"text": "Hi.", "voice": "rachel"}], "language_code": "en"}
    converted = DialogueRequest.model_validate(body).to_request()

    assert converted.input == {"text": "Hello.\nHi."}
    assert converted.options == {"voice": "rachel", "language": "en"}


def test_each_variant_of_an_ad_is_a_request_of_its_own() -> None:
    request = AdCopyRequest(reference_ad_url="r", product_image_url="p", product_text="a mug", variant_count=2)
    first, second = request.to_requests()

    assert first.input["images"] == second.input["images"] == ["p", "r"]
    assert "a mug" in str(first.input["text"])
    assert str(first.input["text"]).endswith("Variant 1 of 2.")
    assert str(second.input["text"]).endswith("Variant 2 of 2.")
    [only] = AdCopyRequest(reference_ad_url="r", product_text="a mug").to_requests()
    assert only.input["image"] == "r"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("input.options.aspectRatio", "aspect_ratio"),
        ("input.input.images.2", "source_media_urls.2"),
        ("input.input.image", "source_media_urls"),
        ("input.options.duration", "duration"),
        ("input.input.lyrics", "lyrics"),
        ("dialogue.0.text", "dialogue.0.text"),
    ],
)
def test_fields_of_errors_have_their_names_here(path: str, name: str) -> None:
    assert field_name(path) == name


def test_every_error_code_has_its_advice() -> None:
    assert set(ADVICE) == set(ErrorCode)
