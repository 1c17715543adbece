"""Conversion of OpenAI's requests, errors and states."""

from dataclasses import replace

import pytest

from dialects.openai.errors import error_body
from dialects.openai.sizes import size_options, with_allowed_sizes
from dialects.openai_media.requests import EditRequest
from dialects.openai_media.responses import failure
from dialects.openai_models.models import find_model
from dialects.openai_videos.requests import VideoRequest
from dialects.openai_videos.responses import video
from generations.generation import Failure, Generation
from kit.errors import (
    DeadlineExceeded,
    DoitongError,
    GenerationFailed,
    InvalidInput,
    InvalidMediaUrl,
    NotFound,
    ProviderUnavailable,
    RateLimited,
)
from providers.backend import GenerationType, JSONObject
from providers.catalogue import Catalogue, load_catalogue
from tests.support.manual_clock import ManualClock
from tests.support.media_server import queued_generation
from web.multipart_form import form_values

GENERATION = queued_generation("gen_" + "0" * 26, "acc", ManualClock())


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (InvalidMediaUrl("No."), 400, "invalid_media_url"),
        (InvalidInput("No.", field="input"), 400, "invalid_value"),
        (GenerationFailed("No."), 502, "generation_failed"),
        (ProviderUnavailable("No."), 503, "provider_unavailable"),
        (DeadlineExceeded("No."), 504, "deadline_exceeded"),
    ],
)
def test_the_failure_of_a_generation_has_a_status_and_a_code(error: DoitongError, status: int, code: str) -> None:
    failed = replace(GENERATION, error=Failure(error.code, error.message, error.retryable))
    found, body = failure(failed)

    assert found == status
    assert body["error"] == {
        "message": "No.",
        "type": "server_error" if status >= 500 else "invalid_request_error",
        "param": None,
        "code": code,
        "doitong_code": error.code.value,
        "retryable": error.retryable,
        "generation_id": GENERATION.id,
    }


@pytest.mark.parametrize(
    ("path", "param"),
    [
        ("input.input.text", "prompt"),
        ("input.input.images.1", "image"),
        ("input.options.height", "size"),
        ("input.options.negativePrompt", "negative_prompt"),
        ("input.options.aspectRatio", "aspect_ratio"),
        ("input.idempotencyKey", "Idempotency-Key"),
        ("file", "image"),
        ("n", "n"),
    ],
)
def test_an_error_names_the_field_of_the_request(path: str, param: str) -> None:
    status, body = error_body(InvalidInput("No.", field=path))

    assert isinstance(body, dict)
    assert (status, body["error"]["param"], body["error"]["details"]["field"]) == (400, param, param)


def test_an_error_has_our_code_and_details_beside_openais() -> None:
    assert error_body(RateLimited("Wait.", limit="minute", retry_after=5)) == (
        429,
        {
            "error": {
                "message": "Wait.",
                "type": "rate_limit_error",
                "param": None,
                "code": "rate_limit_exceeded",
                "doitong_code": "RATE_LIMIT",
                "retryable": True,
                "details": {"limit": "minute", "retryAfter": 5},
            }
        },
    )


@pytest.mark.parametrize(
    ("size", "provider", "options"),
    [
        (None, "gpt-image-2", {}),
        ("auto", "gpt-image-2", {}),
        ("1536x1024", "gpt-image-2", {"width": 1536, "height": 1024}),
        ("1792x1024", "seedance-2", {"aspectRatio": "16:9", "resolution": "1080p"}),
        ("854x480", "seedance-2", {"aspectRatio": "16:9", "resolution": "480p"}),
        ("100x300", "seedance-2", {"aspectRatio": "1:3", "resolution": "100p"}),
        ("720x720", "local-avatar", {"aspectRatio": "1:1", "resolution": "720p"}),
        ("720x1280", None, {"aspectRatio": "9:16", "resolution": "720p"}),
    ],
)
def test_a_size_is_pixels_or_shape_and_resolution(
    catalogue: Catalogue, size: str | None, provider: str | None, options: JSONObject
) -> None:
    known = None if provider is None else catalogue.by_name[provider]

    assert size_options(size, known, is_image=False) == options


@pytest.mark.parametrize("size", ["", "1024", "x", "1024X1024", "-1x5", "1024x1024\n", "٣x٣"])
def test_another_size_is_refused(size: str) -> None:
    with pytest.raises(InvalidInput):
        size_options(size, None, is_image=True)


@pytest.mark.parametrize(
    ("size", "option", "values", "sizes"),
    [
        ("1792x1024", "resolution", ["480p", "720p"], ["854x480", "1280x720"]),
        ("1024x1792", "resolution", ["720p", "4k"], ["720x1280"]),
        ("1280x1280", "aspectRatio", ["16:9", "9:16"], ["2560x1440", "1440x2560"]),
        ("1300x1000", "aspectRatio", ["16:9"], ["1920x1080"]),
        ("1280x1280", "duration", ["5", "10"], ["5", "10"]),
        ("auto", "aspectRatio", ["16:9"], ["16:9"]),
        (None, "resolution", ["720p"], ["720p"]),
    ],
)
def test_an_error_about_a_part_of_a_size_lists_sizes(
    size: str | None, option: str, values: list[str], sizes: list[str]
) -> None:
    refused = InvalidInput("No.", field=f"input.options.{option}", allowed=values)
    error = with_allowed_sizes(refused, size)

    assert error.extensions["allowedValues"] == sizes
    if sizes == values:
        assert error is refused
    else:
        assert error.message == f"'size' cannot be '{size}': it may be {', '.join(sizes)}."


def test_the_fields_of_a_form_have_the_types_of_json() -> None:
    fields = {"prompt": "7", "n": "2", "size": "auto", "seed": "-7", "strength": "0.5", "silent": "true", "style": "1"}
    values = form_values(fields, EditRequest)

    assert values == {**fields, "n": 2, "seed": -7, "strength": 0.5, "silent": True}
    assert form_values({"seconds": "8"}, VideoRequest) == {"seconds": 8}


@pytest.mark.parametrize("name", ["gpt-5", "", "x" * 5000, "gpt-image-1-2025-01-01-2025-01-01-", "a\0"])
def test_an_unknown_model_is_not_found(catalogue: Catalogue, name: str) -> None:
    with pytest.raises(NotFound):
        find_model(catalogue, name, GenerationType.IMAGE)


@pytest.mark.parametrize(
    ("options", "size", "seconds"),
    [
        ({"aspectRatio": "9:16", "resolution": "720p", "duration": 5.0}, "720x1280", "5"),
        ({"aspectRatio": "1:1", "resolution": "480p", "duration": 2.5}, "480x480", "2.5"),
        ({"width": 640, "height": 360}, "640x360", ""),
        ({"aspectRatio": "wide", "resolution": "4k"}, "", ""),
        ({}, "", ""),
    ],
)
def test_a_video_that_is_not_finished_has_the_requested_size(options: JSONObject, size: str, seconds: str) -> None:
    shown = video(_running(options))

    assert (shown["size"], shown["seconds"]) == (size, seconds)


def _running(options: JSONObject) -> Generation:
    return replace(GENERATION, options=options, outputs=())
