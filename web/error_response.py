"""The JSON body and the headers of an error response, the same in every HTTP API."""

from typing import Any, NotRequired

from starlette.responses import JSONResponse
from typing_extensions import TypedDict

from kit.errors import DoitongError, ErrorCode
from kit.logs import get_logger
from kit.text import truncate
from web.errors import RequestError, RequestErrorCode
from web.rate_limit_headers import retry_after_header

logger = get_logger(__name__)


class ErrorExtensions(TypedDict):
    """`code` is one of the codes of GraphQL and webhooks; further details depend on it."""

    code: str
    retryable: bool
    field: NotRequired[str]
    allowedValues: NotRequired[list[str]]
    suggestion: NotRequired[str]
    creditsRequired: NotRequired[int]
    creditsAvailable: NotRequired[int]


class ErrorEntry(TypedDict):
    """An error, in the shape of GraphQL."""

    message: str
    extensions: ErrorExtensions


class ErrorBody(TypedDict):
    """What went wrong; `errors` has one entry."""

    errors: list[ErrorEntry]


def error_payload(error: DoitongError, *, request_id: str | None = None) -> dict[str, Any]:
    """Return one entry of `errors`, and log it. `requestId` is added to internal errors alone."""
    log_refusal(error.code, status=error.status, field=error.field)
    extensions = {"code": error.code.value, "retryable": error.retryable, **error.extensions}
    if error.code is ErrorCode.INTERNAL and request_id is not None:
        extensions["requestId"] = request_id
    return {"message": error.message, "extensions": extensions}


def request_error_payload(error: RequestError) -> dict[str, Any]:
    """Return one entry of `errors` for a request that was rejected before it ran, and log it."""
    log_refusal(error.code, status=error.status)
    return {"message": error.message, "extensions": {"code": error.code.value, "retryable": False}}


def log_refusal(code: ErrorCode | RequestErrorCode, *, status: int, field: str | None = None) -> None:
    """Log the code of an error that a client gets. Its message is left out: it can quote the prompt."""
    logger.info("request_refused", code=code.value, status=status, **({} if field is None else {"field": field}))


def error_headers(error: DoitongError) -> dict[str, str]:
    """Return `Retry-After` for a rate limit and `WWW-Authenticate` for a missing or wrong key."""
    headers = retry_after_header(error)
    if error.code is ErrorCode.UNAUTHENTICATED:
        headers["www-authenticate"] = "Bearer"
    return headers


def error_response(error: DoitongError, *, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return the response for a domain error; `headers` are added to those of the error."""
    body = {"errors": [error_payload(error)]}
    return JSONResponse(body, error.status, {**error_headers(error), **(headers or {})})


def request_error_response(error: RequestError) -> JSONResponse:
    """Return the response for a request that was rejected before it ran."""
    return JSONResponse({"errors": [request_error_payload(error)]}, error.status, dict(error.headers))


def method_not_allowed(method: str, *, allow: str) -> RequestError:
    """Return the error of a method; `allow` lists those that the URL takes."""
    return RequestError(
        f"{truncate(method, quoted=False)} is not allowed here. Use {allow}.",
        code=RequestErrorCode.METHOD_NOT_ALLOWED,
        status=405,
        headers={"Allow": allow},
    )
