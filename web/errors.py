"""Errors in the request itself, raised before any use case runs."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import partial


class RequestErrorCode(StrEnum):
    """Codes of malformed or unsupported requests. Most are Apollo Server's; `kit.errors` has the domain's own."""

    BAD_REQUEST = "BAD_REQUEST"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    BATCHING_NOT_SUPPORTED = "BATCHING_NOT_SUPPORTED"
    CSRF = "CSRF"
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    HEADERS_TOO_LARGE = "HEADERS_TOO_LARGE"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    NOT_ACCEPTABLE = "NOT_ACCEPTABLE"
    OPERATION_RESOLUTION_FAILURE = "OPERATION_RESOLUTION_FAILURE"
    PAYLOAD_TOO_LARGE = "PAYLOAD_TOO_LARGE"
    REQUEST_TIMEOUT = "REQUEST_TIMEOUT"
    PERSISTED_QUERY_HASH_MISMATCH = "PERSISTED_QUERY_HASH_MISMATCH"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    PERSISTED_QUERY_NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"
    QUERY_TOO_COMPLEX = "QUERY_TOO_COMPLEX"
    SERVER_STOPPING = "SERVER_STOPPING"
    SUBSCRIPTION_TRANSPORT_REQUIRED = "SUBSCRIPTION_TRANSPORT_REQUIRED"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"


class RequestError(Exception):
    """The request is rejected as a whole, with one code and one HTTP status. Never retryable."""

    def __init__(
        self,
        message: str,
        *,
        code: RequestErrorCode = RequestErrorCode.BAD_REQUEST,
        status: int = 400,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        self.headers = headers or {}

    def factory(self) -> "Callable[[], RequestError]":
        """Return a callable that makes an equal error. A cache holds it: a raised error keeps its traceback alive."""
        return partial(RequestError, self.message, code=self.code, status=self.status, headers=self.headers)
