"""Task requests of OmniVideo become requests; errors become responses."""

import pytest

from dialects.omnivideo.requests import TaskRequest, published_field
from dialects.omnivideo.responses import error_body
from generations.requests.generation_request import GenerationRequest
from kit.errors import (
    DoitongError,
    InsufficientCredits,
    InvalidInput,
    ProviderUnavailable,
    RateLimited,
    Unauthenticated,
)
from providers.backend import GenerationType
from web.errors import RequestError
from web.json_api import parse_model


def test_a_task_request_becomes_a_request() -> None:
    body = b'{"model_id": "seedance-2", "prompt": "a fox", "aspect_ratio": "9:16", "negative_prompt": "rain"}'

    request = parse_model(TaskRequest, body).to_request()

    assert request == GenerationRequest(
        type=GenerationType.VIDEO,
        provider="seedance-2",
        input={"text": "a fox"},
        options={"aspectRatio": "9:16", "negativePrompt": "rain"},
    )


@pytest.mark.parametrize(
    ("path", "published"),
    [
        ("input.provider", "model_id"),
        ("input.input.text", "prompt"),
        ("input.input.image", "image_urls.0"),
        ("input.input.images", "image_urls"),
        ("input.input.images.3", "image_urls.3"),
        ("input.options.aspectRatio", "aspect_ratio"),
        ("input.idempotencyKey", "Idempotency-Key"),
        ("model_id", "model_id"),
    ],
)
def test_the_path_of_a_field_is_the_published_one(path: str, published: str) -> None:
    assert published_field(path) == published


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (InvalidInput("No.", field="input.input.text"), 200, 0),
        (InsufficientCredits(required=5, available=1), 200, 0),
        (ProviderUnavailable("Down."), 200, 0),
        (Unauthenticated("Who?"), 401, 401),
        (RateLimited("Slow.", limit="minute"), 429, 429),
        (RequestError("What?", status=413), 413, 413),
    ],
)
def test_a_business_failure_has_http_status_200(error: DoitongError | RequestError, status: int, code: int) -> None:
    answered, body = error_body(error)

    assert answered == status
    assert isinstance(body, dict)
    assert (body["code"], body["msg"], body["data"]) == (code, error.message, None)
    assert body["error_code"] == error.code.value
