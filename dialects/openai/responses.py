"""The response bodies, and errors as `{"error": {"message", "type", "param", "code"}}`."""

from collections.abc import Mapping, Sequence

from dialects.openai.requests import ModelNotFound, published_field
from generations.generation import Generation, Stage, Status
from generations.output_urls import SignedUrl, output_urls
from kit.errors import DoitongError, ErrorCode
from providers.backend import JSONObject
from web.errors import RequestError

CODES: Mapping[ErrorCode, str] = {
    ErrorCode.UNAUTHENTICATED: "invalid_api_key",
    ErrorCode.INSUFFICIENT_CREDITS: "insufficient_quota",
    ErrorCode.SPEND_CAP_REACHED: "insufficient_quota",
    ErrorCode.RATE_LIMIT: "rate_limit_exceeded",
    ErrorCode.CONTENT_VIOLATION: "moderation_blocked",
}
"""OpenAI's own codes, where it has one."""
FAILURES: Mapping[ErrorCode, int] = {
    ErrorCode.CONTENT_VIOLATION: 400,
    ErrorCode.INVALID_INPUT: 400,
    ErrorCode.INVALID_MEDIA_URL: 400,
    ErrorCode.PROVIDER_UNAVAILABLE: 503,
    ErrorCode.DEADLINE_EXCEEDED: 504,
}
FAILED, TIMED_OUT, CANCELLED = 502, 504, 409
DELETED = "video.deleted"


class GenerationError(RequestError):
    """A synchronous request whose generation has failed, was cancelled or still runs.

    Official SDKs do not send such a request again.
    """

    def __init__(self, generation: Generation, message: str, *, code: str, status: int) -> None:
        super().__init__(message, status=status, headers={"x-should-retry": "false"})
        self.generation_id, self.domain_code = generation.id, code


def require_completed(generation: Generation) -> None:
    """Raise `GenerationError` unless the generation is completed."""
    if generation.status is Status.COMPLETED:
        return
    if generation.status is Status.PROCESSING:
        message = f"{generation.id} still runs: it is charged once it is completed, and can be read by its id."
        raise GenerationError(generation, message, code=Status.PROCESSING.value, status=TIMED_OUT)
    if generation.error is None:
        message = f"{generation.id} was cancelled."
        raise GenerationError(generation, message, code=Status.CANCELLED.value, status=CANCELLED)
    failure = generation.error
    status = FAILURES.get(failure.code, FAILED)
    raise GenerationError(generation, failure.message, code=failure.code.value, status=status)


def images_body(generation: Generation, data: list[JSONObject]) -> JSONObject:
    """Return the response to an image request; `data` has `url` or `b64_json` of each image."""
    return {"created": int(generation.created_at.timestamp()), "data": [*data], "id": generation.id}


def image_urls(generation: Generation, signed_url: SignedUrl) -> list[JSONObject]:
    return [{"url": output.url} for output in output_urls(generation, signed_url)]


def video(generation: Generation) -> JSONObject:
    """Return a video job. Times are in seconds, as a number."""
    output = generation.outputs[0] if generation.outputs else None
    seconds, size = generation.options.get("duration"), None
    if output is not None and output.width is not None:
        size = f"{output.width}x{output.height}"
    completed_at, expires_at = generation.completed_at, generation.expires_at
    return {
        "id": generation.id,
        "object": "video",
        "created_at": int(generation.created_at.timestamp()),
        "completed_at": None if completed_at is None else int(completed_at.timestamp()),
        "expires_at": None if expires_at is None else int(expires_at.timestamp()),
        "model": generation.provider,
        "status": _status(generation),
        "progress": generation.progress,
        "prompt": generation.input.get("text"),
        "seconds": None if seconds is None else str(seconds),
        "size": size,
        "remixed_from_video_id": None,
        "error": _failure(generation),
    }


def video_list(generations: Sequence[Generation], *, has_more: bool) -> JSONObject:
    """Return a page of video jobs."""
    ids = [generation.id for generation in generations]
    return {
        "object": "list",
        "data": [video(generation) for generation in generations],
        "first_id": ids[0] if ids else None,
        "last_id": ids[-1] if ids else None,
        "has_more": has_more,
    }


def error_body(error: DoitongError | RequestError) -> tuple[int, object]:
    """Return the HTTP status and the body of an error. `error_code` is our code, `code` is OpenAI's if it has one."""
    body: dict[str, object] = {"message": error.message, "type": _type(error.status), "param": None}
    if isinstance(error, GenerationError):
        code = CODES[ErrorCode(error.domain_code)] if error.domain_code in CODES else error.domain_code
        body |= {"code": code, "error_code": error.domain_code, "generation_id": error.generation_id}
    elif isinstance(error, RequestError):
        body |= {"code": error.code.value, "error_code": error.code.value}
    else:
        error.with_field(None if error.field is None else published_field(error.field))
        code = "model_not_found" if isinstance(error, ModelNotFound) else CODES.get(error.code, error.code.value)
        body |= {"param": error.field, "code": code, "error_code": error.code.value}
        body |= {"retryable": error.retryable, "details": dict(error.extensions)}
    return error.status, {"error": body}


def _type(status: int) -> str:
    match status:
        case 401:
            return "authentication_error"
        case 403:
            return "permission_error"
        case 429:
            return "rate_limit_error"
    return "server_error" if status >= 500 else "invalid_request_error"


def _status(generation: Generation) -> str:
    if generation.stage is Stage.QUEUED:
        return "queued"
    match generation.status:
        case Status.PROCESSING:
            return "in_progress"
        case Status.COMPLETED:
            return "completed"
    return "failed"


def _failure(generation: Generation) -> JSONObject | None:
    if generation.status is Status.CANCELLED:
        return {"code": Status.CANCELLED.value, "message": "The video was cancelled."}
    if generation.error is None:
        return None
    return {"code": generation.error.code.value, "message": generation.error.message}
