"""Errors in the shape of OpenAI, with the code and the details of this server in addition."""

from collections.abc import Mapping
from typing import Any, Unpack

from typing_extensions import TypedDict

from kit.errors import DoitongError, ErrorCode
from kit.names import snake_case
from web.errors import RequestError

REQUEST, SERVER, QUOTA = "invalid_request_error", "server_error", "insufficient_quota"
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
FIELDS: Mapping[str, str] = {
    "input.provider": "model",
    "input.idempotencyKey": "Idempotency-Key",
    "input.input.voice": "voice",
    "input.options.width": "size",
    "input.options.height": "size",
    "input.options.duration": "seconds",
    "input.options.emotion": "instructions",
    "first": "limit",
}


class ErrorDetails(TypedDict, total=False):
    """What this server adds to an error."""

    doitong_code: str
    retryable: bool
    details: dict[str, Any]
    generation_id: str


class ErrorFields(ErrorDetails):
    """An error as OpenAI has it; `param` is the field of the request. The optional fields are of this server."""

    message: str
    type: str
    param: str | None
    code: str


class ErrorBody(TypedDict):
    """What went wrong."""

    error: ErrorFields


def error_body(
    error: DoitongError | RequestError, *, text: str = "prompt", image: str = "image", format: str = "output_format"
) -> tuple[int, ErrorBody]:
    """Return the HTTP status and the body of an error. The names are those of fields of the endpoint."""
    if isinstance(error, RequestError):
        return error.status, error_document(error.message, REQUEST, error.code.lower(), doitong_code=error.code.value)
    kind, code = openai_type_and_code(error.code)
    names = {"input.input.text": text, "input.options.format": format, "file": image}
    error.rename_fields(lambda path: _field(path, {**FIELDS, **names}, image))
    field = error.field
    if error.code is ErrorCode.NOT_FOUND and field == "model":
        code = "model_not_found"
    return error.status, error_document(
        error.message,
        kind,
        code,
        param=field,
        doitong_code=error.code.value,
        retryable=error.retryable,
        details=dict(error.extensions),
    )


def error_document(
    message: str, type: str, code: str, *, param: str | None = None, **details: Unpack[ErrorDetails]
) -> ErrorBody:
    """Return the body of an error."""
    return {"error": {"message": message, "type": type, "param": param, "code": code, **details}}


def openai_type_and_code(code: ErrorCode) -> tuple[str, str]:
    """Return OpenAI's type and code of an error."""
    return CODES.get(code, (REQUEST, code.lower()))


def _field(path: str, names: Mapping[str, str], image: str) -> str:
    if path in names:
        return names[path]
    if path.startswith("input.input.image"):
        return image
    name = path.removeprefix("input.").removeprefix("options.").removeprefix("input.")
    return snake_case(name)
