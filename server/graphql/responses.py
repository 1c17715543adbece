"""GraphQL responses: the errors a client sees, their messages and the HTTP status."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import orjson
from graphql import ExecutionResult, GraphQLError

from kit.errors import DoitongError, InternalError
from kit.logs import get_logger
from kit.text import truncate_words
from server.graphql.error_hints import error_hints
from server.graphql.errors import DocumentError
from server.graphql.transports.negotiation import GRAPHQL_JSON
from web.error_response import error_headers, error_payload, log_refusal, request_error_payload
from web.errors import RequestError, RequestErrorCode

logger = get_logger(__name__)

INTERNAL_MESSAGE = "Something went wrong on our side. Try again; if it keeps happening, report the request id."

Payload = dict[str, object]


@dataclass(frozen=True, slots=True)
class Response:
    """A JSON body with its status. A `lenient` response is 200 for clients that accept application/json."""

    payload: Payload
    status: int = 200
    lenient: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    encoded: bytes | None = None
    """The payload as JSON, if it is encoded already."""

    def body(self) -> bytes:
        return encode(self.payload) if self.encoded is None else self.encoded

    def status_for(self, media_type: str) -> int:
        return 200 if self.lenient and media_type != GRAPHQL_JSON else self.status


def encode(value: object) -> bytes:
    return orjson.dumps(value)


def trimmed_copy(encoded: bytes) -> bytes:
    """Return a copy of minimal size: orjson returns bytes inside the larger buffer that they were written to."""
    return bytes(memoryview(encoded))


def result_response(result: ExecutionResult, *, request_id: str) -> Response:
    """Return the response to an executed operation.

    With data the status is 200, whatever errors come with it. Without, it is the status of the error, unless that
    error lists generations which the same request had accepted before.
    """
    payload = result_payload(result, request_id=request_id)
    if result.data is not None or not result.errors:
        return Response(payload)
    return _failed(payload, result.errors)


def request_error_response(error: RequestError) -> Response:
    """Return the response to a request that was rejected before it ran."""
    return Response(
        {"errors": format_request_error(error)},
        status=error.status,
        lenient=isinstance(error, DocumentError),
        headers=error.headers,
    )


def domain_error_response(error: DoitongError, *, request_id: str) -> Response:
    """Return the response to a request that a domain error rejects as a whole."""
    payload: Payload = {"errors": [error_payload(error, request_id=request_id)]}
    return Response(payload, status=error.status, headers=error_headers(error))


def failure_response(errors: Sequence[GraphQLError], *, request_id: str) -> Response:
    """Return the response to a subscription that could not start."""
    return _failed({"errors": format_errors(errors, request_id=request_id)}, errors)


def result_payload(result: ExecutionResult, *, request_id: str) -> Payload:
    """Return the body of a result: no `errors` key on success, no `data` key when nothing was executed."""
    if not result.errors:
        return {"data": result.data}
    errors = format_errors(result.errors, request_id=request_id)
    if result.data is None and not any(error.path for error in result.errors):
        return {"errors": errors}
    return {"data": result.data, "errors": errors}


class EncodedResult:
    """A result that is encoded once for all its subscribers. Errors are encoded for each, with its request id."""

    __slots__ = ("_body", "_result")

    def __init__(self, result: ExecutionResult) -> None:
        self._result: ExecutionResult | None = result
        self._body = b""

    def body(self, request_id: str) -> bytes:
        """Return the payload as JSON."""
        result = self._result
        if result is None:
            return self._body
        body = encode(result_payload(result, request_id=request_id))
        if result.errors:
            return body
        self._body, self._result = trimmed_copy(body), None
        return self._body


def format_errors(errors: Iterable[GraphQLError], *, request_id: str) -> list[Payload]:
    """Return errors in their public form. An unexpected exception is logged; the client gets the request id alone."""
    return [_format_error(error, request_id) for error in errors]


def format_request_error(error: RequestError) -> list[Payload]:
    """Return the `errors` of a request that was rejected before it ran."""
    if isinstance(error, DocumentError):
        log_refusal(error.code, status=error.status)
        return [dict(one.formatted) for one in error.errors]
    return [request_error_payload(error)]


def _format_error(error: GraphQLError, request_id: str) -> Payload:
    cause = error.original_error
    bad_input = {"code": RequestErrorCode.BAD_USER_INPUT.value, "retryable": False}
    message = truncate_words(error.message)
    if cause is None or (not isinstance(cause, DoitongError) and not error.path):
        log_refusal(RequestErrorCode.BAD_USER_INPUT, status=400)
    if cause is None:
        extensions = {**bad_input, **error_hints(message), **(error.extensions or {})}
        return {**error.formatted, "message": message, "extensions": extensions}
    formatted: Payload
    if isinstance(cause, DoitongError):
        formatted = error_payload(cause, request_id=request_id)
    elif not error.path:
        # raised while a variable was coerced: the message names the variable and the problem
        formatted = {"message": message, "extensions": {**bad_input, **error_hints(message)}}
    else:
        path = ".".join(map(str, error.path))
        logger.exception("resolver_failed", cause, request_id=request_id, path=path)
        formatted = error_payload(InternalError(INTERNAL_MESSAGE), request_id=request_id)
    if error.path:
        formatted["path"] = error.path
    return formatted


def _failed(payload: Payload, errors: Sequence[GraphQLError]) -> Response:
    for error in errors:
        cause = error.original_error
        if isinstance(cause, DoitongError) and "accepted" in cause.extensions:
            return Response(payload)  # part of the request succeeded
        if isinstance(cause, DoitongError):
            return Response(payload, status=cause.status, headers=error_headers(cause))
        if cause is not None and error.path:
            return Response(payload, status=InternalError.status)
    return Response(payload, status=400, lenient=True)
