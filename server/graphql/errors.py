"""What is wrong with a request before any resolver runs, and what ends an operation while it runs."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from functools import partial
from typing import Final

from graphql import GraphQLError

from kit.text import truncate_words
from server.graphql.error_hints import hints

EXAMPLE: Final = '{"query": "{ providers { id } }"}'  # the smallest request with something in it


class RequestErrorCode(StrEnum):
    """GraphQL's own codes, beside those of kit.errors."""

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
    """The request is refused as a whole, with one code and one HTTP status."""

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
        """What makes the same error again: one that was raised holds on to all that led to it."""
        return partial(RequestError, self.message, code=self.code, status=self.status, headers=self.headers)


class DocumentError(RequestError):
    """The document does not parse or does not fit the schema: 400, or 200 for those who read application/json."""

    def __init__(self, errors: Sequence[GraphQLError], *, code: RequestErrorCode) -> None:
        super().__init__(truncate_words(errors[0].message), code=code)
        self.errors = tuple(_told(error, code) for error in errors)

    def factory(self) -> "Callable[[], RequestError]":
        return partial(DocumentError, self.errors, code=self.code)


def _told(error: GraphQLError, code: RequestErrorCode) -> GraphQLError:
    """What a client is told of the error, without the nodes, which hold the whole of the document."""
    message = truncate_words(error.message)
    told = GraphQLError(message, extensions={"code": code.value, "retryable": False, **hints(message)})
    told.locations = error.locations
    return told


class OperationFailed(Exception):
    """A subscription could not begin, or its source broke off."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__(errors[0].message)
        self.errors = tuple(errors)
