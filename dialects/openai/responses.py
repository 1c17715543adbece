"""The bodies of responses and errors."""

import re
from collections.abc import Mapping
from datetime import datetime

from generations.generation import Failure, Generation, Stage, Status
from kit.errors import DoitongError, ErrorCode
from kit.pagination import Page
from providers.backend import JSON, JSONObject
from web.errors import RequestError

REQUEST, SERVER, QUOTA = "invalid_request_error", "server_error", "insufficient_quota"
LINES, RATIO = re.compile(r"(\d{1,5})p", re.ASCII), re.compile(r"([1-9]\d?):([1-9]\d?)", re.ASCII)
NOT_READY, STILL_RUNNING = "video_not_ready", "generation_in_progress"
CODES: Mapping[ErrorCode, tuple[str, str]] = {
    ErrorCode.UNAUTHENTICATED: (REQUEST, "invalid_api_key"),
    ErrorCode.FORBIDDEN: (REQUEST, "insufficient_permissions"),
    ErrorCode.INSUFFICIENT_CREDITS: (QUOTA, QUOTA),
    ErrorCode.SPEND_CAP_REACHED: (QUOTA, "billing_hard_limit_reached"),
    ErrorCode.INVALID_INPUT: (REQUEST, "invalid_value"),
    ErrorCode.RATE_LIMIT: ("rate_limit_error", "rate_limit_exceeded"),
    ErrorCode.CONTENT_VIOLATION: (REQUEST, "moderation_blocked"),
    **{
        code: (SERVER, code.lower())
        for code in (
            ErrorCode.INTERNAL,
            ErrorCode.PROVIDER_UNAVAILABLE,
            ErrorCode.GENERATION_FAILED,
            ErrorCode.DEADLINE_EXCEEDED,
        )
    },
}
"""OpenAI's `type` and `code` of our errors; of the others, the code in lower case."""
FAILURE_STATUSES: Mapping[ErrorCode, int] = {
    ErrorCode.CONTENT_VIOLATION: 400,
    ErrorCode.INVALID_INPUT: 400,
    ErrorCode.INVALID_MEDIA_URL: 400,
    ErrorCode.PROVIDER_UNAVAILABLE: 503,
    ErrorCode.DEADLINE_EXCEEDED: 504,
}
"""HTTP statuses for a generation that failed while its request waited; 502 for other failures."""
FIELDS: Mapping[str, str] = {
    "input.provider": "model",
    "input.idempotencyKey": "Idempotency-Key",
    "input.input.voice": "voice",
    "input.options.width": "size",
    "input.options.height": "size",
    "input.options.aspectRatio": "size",
    "input.options.resolution": "size",
    "input.options.duration": "seconds",
    "input.options.emotion": "instructions",
    "first": "limit",
}
STATES = {Status.COMPLETED: "completed", Status.FAILED: "failed", Status.CANCELLED: "failed"}


def error_body(
    error: DoitongError | RequestError, *, text: str = "prompt", image: str = "image", format: str = "output_format"
) -> tuple[int, object]:
    """Return the HTTP status and the body of an error. The names are those of fields of the endpoint."""
    if isinstance(error, RequestError):
        return error.status, error_document(error.message, REQUEST, error.code.lower(), doitong_code=error.code.value)
    kind, code = CODES.get(error.code, (REQUEST, error.code.lower()))
    names = {"input.input.text": text, "input.options.format": format, "file": image}
    field = None if error.field is None else _field(error.field, {**FIELDS, **names}, image)
    if error.code is ErrorCode.NOT_FOUND and field == "model":
        code = "model_not_found"
    return error.status, error_document(
        error.message,
        kind,
        code,
        param=field,
        doitong_code=error.code.value,
        retryable=error.retryable,
        details={**error.extensions, **({} if field is None else {"field": field})},
    )


def error_document(message: str, type: str, code: str, *, param: str | None = None, **others: object) -> JSONObject:
    """Return an error in OpenAI's shape, with fields of ours."""
    error = {"message": message, "type": type, "param": param, "code": code, **others}
    return {"error": error}  # type: ignore[dict-item]


def failure(generation: Generation) -> tuple[int, JSONObject]:
    """Return the HTTP status and the body for a generation that ended without a result."""
    error = generation.error
    if error is None:
        message = f"The generation {generation.id} was cancelled."
        return 409, error_document(message, REQUEST, "cancelled", generation_id=generation.id)
    kind, code = CODES.get(error.code, (REQUEST, error.code.lower()))
    body = error_document(
        error.message,
        kind,
        code,
        doitong_code=error.code.value,
        retryable=error.retryable,
        generation_id=generation.id,
    )
    return FAILURE_STATUSES.get(error.code, 502), body


def still_running(generation: Generation) -> tuple[int, JSONObject]:
    """Return the HTTP status and the body for a generation that runs on after the wait of its request."""
    message = (
        f"The generation {generation.id} is not finished yet and goes on: read it at /v1/generations/{generation.id}, "
        "or repeat the request with the same Idempotency-Key."
    )
    return 408, error_document(message, "timeout_error", STILL_RUNNING, generation_id=generation.id)


def images(generation: Generation, data: list[JSON]) -> JSONObject:
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


def video(generation: Generation) -> JSONObject:
    """Return a video. `seconds` and `size` are those of the file, before its end those of the request."""
    output = generation.outputs[0] if generation.outputs else None
    duration = generation.options.get("duration") if output is None or output.duration is None else output.duration
    size = _requested_size(generation) if output is None else f"{output.width}x{output.height}"
    is_completed = generation.status is Status.COMPLETED
    is_queued = generation.stage is Stage.QUEUED
    return {
        "id": generation.id,
        "object": "video",
        "model": generation.provider,
        "status": STATES.get(generation.status, "queued" if is_queued else "in_progress"),
        "progress": generation.progress,
        "created_at": int(generation.created_at.timestamp()),
        "completed_at": _seconds(generation.completed_at) if is_completed else None,
        "expires_at": _seconds(generation.expires_at) if is_completed else None,
        "prompt": _text(generation),
        "seconds": f"{duration:g}" if isinstance(duration, int | float) else "",
        "size": size,
        "remixed_from_video_id": None,
        "error": _video_error(generation),
    }


def video_list(page: Page[Generation]) -> JSONObject:
    """Return a page of videos."""
    videos = [video(generation) for generation in page.items]
    return {
        "object": "list",
        "data": [*videos],
        "first_id": videos[0]["id"] if videos else None,
        "last_id": videos[-1]["id"] if videos else None,
        "has_more": page.has_next,
    }


def _video_error(generation: Generation) -> JSONObject | None:
    if generation.status is Status.CANCELLED:
        return {"code": "cancelled", "message": "The video was cancelled."}
    error: Failure | None = generation.error
    if error is None:
        return None
    _, code = CODES.get(error.code, (REQUEST, error.code.lower()))
    return {"code": code, "message": error.message, "doitong_code": error.code.value}


def _requested_size(generation: Generation) -> str:
    options = generation.options
    if "width" in options and "height" in options:
        return f"{options['width']}x{options['height']}"
    lines = LINES.fullmatch(str(options.get("resolution")))
    ratio = RATIO.fullmatch(str(options.get("aspectRatio")))
    if lines is None or ratio is None:
        return ""
    short, width, height = int(lines[1]), int(ratio[1]), int(ratio[2])
    long = round(short * max(width, height) / min(width, height) / 2) * 2
    return f"{long}x{short}" if width >= height else f"{short}x{long}"


def _text(generation: Generation) -> str | None:
    text = generation.input.get("text")
    return text if isinstance(text, str) else None


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())


def _field(path: str, names: Mapping[str, str], image: str) -> str:
    if path in names:
        return names[path]
    if path.startswith("input.input.image"):
        return image
    name = path.removeprefix("input.").removeprefix("options.").removeprefix("input.")
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
