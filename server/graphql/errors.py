"""Errors of a document before any resolver runs, and of a subscription while it runs."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from graphql import GraphQLError

from kit.text import truncate_words
from server.graphql.error_hints import error_hints
from web.errors import RequestError, RequestErrorCode

EXAMPLE: Final = '{"query": "{ providers { id } }"}'  # the smallest useful request


class DocumentError(RequestError):
    """The document does not parse or validate: 400, or 200 where the client accepts application/json."""

    def __init__(self, errors: Sequence[GraphQLError], *, code: RequestErrorCode) -> None:
        super().__init__(truncate_words(errors[0].message), code=code)
        self.errors = tuple(_public_error(error, code) for error in errors)

    def factory(self) -> "Callable[[], RequestError]":
        return partial(DocumentError, self.errors, code=self.code)


def _public_error(error: GraphQLError, code: RequestErrorCode) -> GraphQLError:
    """Return the error without its AST nodes, which keep the whole document in memory."""
    message = truncate_words(error.message)
    public = GraphQLError(message, extensions={"code": code.value, "retryable": False, **error_hints(message)})
    public.locations = error.locations
    return public


class OperationFailed(Exception):
    """A subscription could not start, or its source failed."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__(errors[0].message)
        self.errors = tuple(errors)
