"""The response bodies: `code`, `msg` and `data`, whose fields are repeated beside it for the published SDK."""

from collections.abc import Mapping
from typing import Any, NotRequired

from typing_extensions import TypedDict

from dialects.omnivideo.requests import published_field
from generations.generation import Generation, Stage, Status
from generations.output_urls import SignUrl, output_urls
from kit.errors import DoitongError, ErrorCode
from providers.backend import GenerationType
from web.errors import RequestError

SUCCESS, FAILURE = 200, 0
SUBMITTED = "提交成功,等待生成"
QUEUED, RUNNING, SUCCEEDED, FAILED = 1, 2, 3, 4
STATES: Mapping[Status, int] = {
    Status.PROCESSING: RUNNING,
    Status.COMPLETED: SUCCEEDED,
    Status.FAILED: FAILED,
    Status.CANCELLED: FAILED,
}
HTTP_ERRORS = frozenset({ErrorCode.UNAUTHENTICATED, ErrorCode.RATE_LIMIT})
"""The errors with an HTTP status of their own. All others of the domain are business failures, with 200."""


class SubmittedFields(TypedDict):
    task_id: str
    request_id: str
    credits: int


class TaskFields(TypedDict):
    task_id: str
    task_status: int
    task_type: str
    model_id: str
    image_url: str | None
    video_url: str | None
    audio_url: str | None
    credits: int
    created_at: int
    error: NotRequired[str]
    error_code: NotRequired[str]


class SubmittedBody(SubmittedFields):
    """An accepted task. The fields of `data` are repeated beside it."""

    code: int
    msg: str
    data: SubmittedFields


class TaskBody(TaskFields):
    """The state of a task: `task_status` is 1 queued, 2 running, 3 succeeded, 4 failed. The time is in seconds."""

    code: int
    msg: str
    data: TaskFields


class ErrorBody(TypedDict):
    """An error. `code` is 0 for a failure of the request, which has HTTP status 200, otherwise the HTTP status."""

    code: int
    msg: str
    data: None
    error_code: str
    retryable: NotRequired[bool]
    details: NotRequired[dict[str, Any]]


def accepted(generation: Generation, *, request_id: str) -> SubmittedBody:
    """Return the response that reports an accepted generation."""
    data: SubmittedFields = {"task_id": generation.id, "request_id": request_id, "credits": generation.credit_cost}
    return {"code": SUCCESS, "msg": SUBMITTED, "data": data, **data}


def task(generation: Generation, sign_url: SignUrl) -> TaskBody:
    """Return the state of a task. The error of a failed one is a field that others do not have."""
    outputs = output_urls(generation, sign_url)
    url = outputs[0].url if outputs else None
    data: TaskFields = {
        "task_id": generation.id,
        "task_status": QUEUED if generation.stage is Stage.QUEUED else STATES[generation.status],
        "task_type": generation.type.value.lower(),
        "model_id": generation.provider,
        "image_url": url if generation.type is GenerationType.IMAGE else None,
        "video_url": url if generation.type in (GenerationType.VIDEO, GenerationType.AVATAR) else None,
        "audio_url": url if generation.type in (GenerationType.AUDIO, GenerationType.MUSIC) else None,
        "credits": generation.credit_cost if generation.credits_charged is None else generation.credits_charged,
        "created_at": int(generation.created_at.timestamp()),
    }
    failure = _failure(generation)
    if failure is not None:
        data["error"], data["error_code"] = failure
    return {"code": SUCCESS, "msg": "ok", "data": data, **data}


def error_body(error: DoitongError | RequestError) -> tuple[int, dict[str, object]]:
    """Return the HTTP status and the body of an error."""
    if isinstance(error, DoitongError):
        error.rename_fields(published_field)
    is_business = isinstance(error, DoitongError) and error.code not in HTTP_ERRORS
    body: dict[str, object] = {
        "code": FAILURE if is_business else error.status,
        "msg": error.message,
        "data": None,
        "error_code": error.code.value,
    }
    if isinstance(error, DoitongError):
        body |= {"retryable": error.retryable, "details": dict(error.extensions)}
    return SUCCESS if is_business else error.status, body


def http_error_body(error: DoitongError | RequestError) -> tuple[int, object]:
    """Return the HTTP status, which is the code of the body as well, and the body of an error that is not of a task."""
    _, body = error_body(error)
    return error.status, {**body, "code": error.status}


def _failure(generation: Generation) -> tuple[str, str] | None:
    """Return the message and the code of a task that failed."""
    if generation.status is Status.CANCELLED:
        return "The task was cancelled.", Status.CANCELLED.value
    if generation.error is None:
        return None
    return generation.error.message, generation.error.code.value
