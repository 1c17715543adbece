"""The bodies of responses with a result, and without one."""

from collections.abc import Mapping
from typing import Any

from typing_extensions import TypedDict

from dialects.openai.errors import REQUEST, ErrorBody, error_document, openai_type_and_code
from generations.generation import Generation
from kit.errors import ErrorCode

STILL_RUNNING = "generation_in_progress"
FAILURE_STATUSES: Mapping[ErrorCode, int] = {
    ErrorCode.CONTENT_VIOLATION: 400,
    ErrorCode.INVALID_INPUT: 400,
    ErrorCode.INVALID_MEDIA_URL: 400,
    ErrorCode.PROVIDER_UNAVAILABLE: 503,
    ErrorCode.DEADLINE_EXCEEDED: 504,
}
"""HTTP statuses for a generation that failed while its request waited; 502 for other failures."""


class ImageData(TypedDict, total=False):
    """An image: its content, or where the request asks for that, its signed URL, which is null once it has expired."""

    b64_json: str
    url: str | None


class ImagesBody(TypedDict):
    """The images. `created` is in Unix seconds; the last three fields are of this server."""

    created: int
    data: list[ImageData]
    size: str
    output_format: str
    generation_id: str
    model: str
    adjustments: list[dict[str, Any]]


def images(generation: Generation, data: list[ImageData]) -> ImagesBody:
    """Return the images of a completed generation; `data` has their contents or URLs."""
    output = generation.outputs[0]
    return {
        "created": int((generation.completed_at or generation.created_at).timestamp()),
        "data": data,
        "size": f"{output.width}x{output.height}",
        "output_format": output.format,
        "generation_id": generation.id,
        "model": generation.provider,
        "adjustments": [*generation.adjustments],
    }


def failure(generation: Generation) -> tuple[int, ErrorBody]:
    """Return the HTTP status and the body for a generation that ended without a result."""
    error = generation.error
    if error is None:
        message = f"The generation {generation.id} was cancelled."
        return 409, error_document(message, REQUEST, "cancelled", generation_id=generation.id)
    kind, code = openai_type_and_code(error.code)
    body = error_document(
        error.message,
        kind,
        code,
        doitong_code=error.code.value,
        retryable=error.retryable,
        generation_id=generation.id,
    )
    return FAILURE_STATUSES.get(error.code, 502), body


def still_running(generation: Generation) -> tuple[int, ErrorBody]:
    """Return the HTTP status and the body for a generation that runs on after the wait of its request."""
    message = (
        f"The generation {generation.id} is not finished yet and goes on: read it at /v1/generations/{generation.id}, "
        "or repeat the request with the same Idempotency-Key."
    )
    return 408, error_document(message, "timeout_error", STILL_RUNNING, generation_id=generation.id)
