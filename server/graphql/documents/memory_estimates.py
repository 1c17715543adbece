"""Estimated memory of a cached document: an upper bound, checked against measurements in the tests."""

import sys
from collections.abc import Iterator
from typing import Final

from graphql import DocumentNode, GraphQLError, Token, TokenKind

ENTRY_BYTES: Final = 2_000
NAME_BYTES: Final = 620  # the token, and usually two AST nodes
TOKEN_BYTES: Final = 440
OPERATION_BYTES: Final = 300
ERROR_BYTES: Final = 2_000
LOCATION_BYTES: Final = 150


def weight_of_text(text: str) -> int:
    """Return the bytes of a text and its cache entry."""
    return ENTRY_BYTES + sys.getsizeof(text)


def weight_of_document(text: str, node: DocumentNode, *, operations: int) -> int:
    """Return the bytes of a parsed document, whose names and strings are copies of parts of its text."""
    tokens = sum(NAME_BYTES if token.kind is TokenKind.NAME else TOKEN_BYTES for token in _tokens(node))
    return weight_of_text(text) + sys.getsizeof(text) + tokens + operations * OPERATION_BYTES


def weight_of_errors(text: str, errors: tuple[GraphQLError, ...], *, operations: int) -> int:
    """Return the bytes of a text with its errors."""
    errors_size = sum(
        ERROR_BYTES + 4 * len(error.message) + LOCATION_BYTES * len(error.locations or ()) for error in errors
    )
    return weight_of_text(text) + errors_size + operations * OPERATION_BYTES


def _tokens(node: DocumentNode) -> Iterator[Token]:
    token = node.loc.start_token if node.loc else None
    while token is not None:
        yield token
        token = token.next
