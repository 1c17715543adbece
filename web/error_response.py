"""Errors outside GraphQL, in the shape that GraphQL's have."""

from kit.errors import DoitongError
from kit.text import truncate

METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"


def error_body(error: DoitongError) -> dict[str, object]:
    """The body that tells of an error of ours."""
    return _body(error.message, {"code": error.code, "retryable": error.retryable, **error.extensions})


def method_not_allowed_body(method: str, *, allow: str) -> dict[str, object]:
    """The body for a method that an address does not take; `allow` are those that it takes."""
    message = f"{truncate(method, quoted=False)} is not taken here. Use {allow}."
    return _body(message, {"code": METHOD_NOT_ALLOWED, "retryable": False})


def _body(message: str, extensions: dict[str, object]) -> dict[str, object]:
    return {"errors": [{"message": message, "extensions": extensions}]}
