"""The errors a client can meet, each with one code, one HTTP status and one retryable flag.

DoitongError
├── InvalidInput            INVALID_INPUT           400
├── InvalidMediaUrl         INVALID_MEDIA_URL       400
├── Unauthenticated         UNAUTHENTICATED         401
├── InsufficientCredits     INSUFFICIENT_CREDITS    402
├── SpendCapReached         SPEND_CAP_REACHED       402
├── Forbidden               FORBIDDEN               403
├── NotFound                NOT_FOUND               404
├── IdempotencyMismatch     IDEMPOTENCY_MISMATCH    409
├── QuoteExpired            QUOTE_EXPIRED           409
├── ContentViolation        CONTENT_VIOLATION       422
├── RateLimited             RATE_LIMIT              429  retryable
├── InternalError           INTERNAL                500  retryable
├── ServiceUnavailable      PROVIDER_UNAVAILABLE    503  retryable
│   └── ProviderUnavailable
├── GenerationFailed        GENERATION_FAILED       500  retryable, only on a generation
└── DeadlineExceeded        DEADLINE_EXCEEDED       504  retryable, only on a generation
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from enum import StrEnum
from typing import ClassVar, Self

SIZE = re.compile(r"(?P<number>\d{1,9}(?:\.\d{1,9})?)(?:[:x/](?P<divisor>\d{1,9}(?:\.\d{1,9})?)|[pks])?")
LINES_PER_K = 540  # 4K has 2160 lines
MAX_SPELLING = 100  # characters; longer values match nothing and are slow to compare


class ErrorCode(StrEnum):
    """Every error code of GraphQL, webhooks and the documentation."""

    INVALID_INPUT = "INVALID_INPUT"
    INVALID_MEDIA_URL = "INVALID_MEDIA_URL"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    INSUFFICIENT_CREDITS = "INSUFFICIENT_CREDITS"
    SPEND_CAP_REACHED = "SPEND_CAP_REACHED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    IDEMPOTENCY_MISMATCH = "IDEMPOTENCY_MISMATCH"
    QUOTE_EXPIRED = "QUOTE_EXPIRED"
    CONTENT_VIOLATION = "CONTENT_VIOLATION"
    RATE_LIMIT = "RATE_LIMIT"
    INTERNAL = "INTERNAL"
    PROVIDER_UNAVAILABLE = "PROVIDER_UNAVAILABLE"
    GENERATION_FAILED = "GENERATION_FAILED"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"


PARENTS = ("input.input.", "input.options.")
"""The paths of objects of `generate` whose fields messages name in quotes."""


class DoitongError(Exception):
    """An error that is reported to the client. `extensions` holds machine-readable details."""

    code: ClassVar[ErrorCode] = ErrorCode.INTERNAL
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, **extensions: object) -> None:
        super().__init__(message)
        self.message = message
        self.extensions: Mapping[str, object] = {k: v for k, v in extensions.items() if v is not None}
        self.other_fields: tuple[str, ...] = ()
        """The paths of other fields that the message names."""
        self.allowed_fields: tuple[str, ...] = ()
        """The paths of the allowed values, where these are fields."""

    @property
    def field(self) -> str | None:
        """The input field that the error is about, if any."""
        field = self.extensions.get("field")
        return field if isinstance(field, str) else None

    def add_accepted_generations(self, accepted: Sequence[str]) -> None:
        """Add the generations that the same request has already accepted, and make the error not retryable."""
        if accepted:
            self.extensions = {**self.extensions, "accepted": list(accepted), "retryable": False}

    def set_field(self, field: str) -> Self:
        """Set the field."""
        self.extensions = {**self.extensions, "field": field}
        return self

    def rename_fields(self, name_of: Callable[[str], str]) -> Self:
        """Use the client's names of fields, in the message as well; `name_of` returns that of a path of `generate`.

        Messages name a field by its path in backticks, or by its name in quotes.
        """
        if self.field is not None:
            for path in (self.field, *self.other_fields):
                self.message = _renamed(self.message, path, name_of(path))
            self.other_fields = tuple(map(name_of, self.other_fields))
            self.set_field(name_of(self.field))
            self._rename_allowed(name_of)
        return self

    def _rename_allowed(self, name_of: Callable[[str], str]) -> None:
        """Rename allowed values that are fields. Several may have the same name, which is then listed once."""
        names = {_own_name(path): name_of(path) for path in self.allowed_fields}
        if not names:
            return
        self.allowed_fields = tuple(dict.fromkeys(names.values()))
        self.extensions = {**self.extensions, "allowedValues": list(map(_own_name, self.allowed_fields))}
        suggestion = self.extensions.get("suggestion")
        if isinstance(suggestion, str) and suggestion in names:
            name = _own_name(names[suggestion])
            self.message = self.message.replace(_did_you_mean(suggestion), _did_you_mean(name))
            self.extensions = {**self.extensions, "suggestion": name}


class InvalidInput(DoitongError):
    """An invalid value: the schema allows it, the provider or a rule does not."""

    code, status = ErrorCode.INVALID_INPUT, 400

    def __init__(
        self,
        message: str,
        *,
        field: str,
        allowed: Sequence[object] | None = None,
        allowed_in: str | None = None,
        given: object = None,
        suggestion: object = None,
        alternatives: Sequence[str] = (),
    ) -> None:
        """`allowed` and `suggestion` reach the client as strings, as in `providers { options { allowedValues } }`.

        `alternatives` are paths of other fields that the message names. Without a `suggestion`, it is the allowed value
        that is closest to `given`. If the allowed values are fields, `allowed_in` is the path before them.
        """
        suggestion = closest_match(given, allowed or ()) if suggestion is None else suggestion
        if suggestion is not None and given is not None:
            message = f"{message} {_did_you_mean(suggestion)}"
        super().__init__(
            message,
            field=field,
            allowedValues=None if allowed is None else [_as_text(value) for value in allowed],
            suggestion=None if suggestion is None else _as_text(suggestion),
        )
        self.other_fields = tuple(alternatives)
        if allowed is not None and allowed_in is not None:
            self.allowed_fields = tuple(f"{allowed_in}{name}" for name in allowed)


class InvalidMediaUrl(DoitongError):
    """An input URL that is unreachable, private, too large, or not the expected media."""

    code, status = ErrorCode.INVALID_MEDIA_URL, 400


class Unauthenticated(DoitongError):
    """The key is missing, unknown, revoked or expired."""

    code, status = ErrorCode.UNAUTHENTICATED, 401


class InsufficientCredits(DoitongError):
    """The available credits do not cover the price."""

    code, status = ErrorCode.INSUFFICIENT_CREDITS, 402

    def __init__(self, *, required: int, available: int) -> None:
        super().__init__(
            f"This generation needs {required} credits and {available} are available. Add credits and send it again.",
            creditsRequired=required,
            creditsAvailable=available,
        )


class SpendCapReached(DoitongError):
    """The price exceeds the maximum of the request or the spend cap of the key."""

    code, status = ErrorCode.SPEND_CAP_REACHED, 402


class Forbidden(DoitongError):
    """The key lacks the scope."""

    code, status = ErrorCode.FORBIDDEN, 403


class NotFound(DoitongError):
    """Does not exist, or belongs to another account."""

    code, status = ErrorCode.NOT_FOUND, 404


class IdempotencyMismatch(DoitongError):
    """The idempotency key was used for a different request."""

    code, status = ErrorCode.IDEMPOTENCY_MISMATCH, 409


class QuoteExpired(DoitongError):
    """The quote is unknown, expired, or for another request."""

    code, status = ErrorCode.QUOTE_EXPIRED, 409


class ContentViolation(DoitongError):
    """Rejected by moderation."""

    code, status = ErrorCode.CONTENT_VIOLATION, 422


class RateLimited(DoitongError):
    """A limit of the plan was reached. `retryAfter` is in seconds."""

    code, status, retryable = ErrorCode.RATE_LIMIT, 429, True

    def __init__(
        self, message: str, *, limit: str, allowed: int = 0, retry_after: float | None = None, reset: int = 0
    ) -> None:
        super().__init__(message, limit=limit, retryAfter=retry_after)
        self.allowed, self.reset = allowed, reset


class InternalError(DoitongError):
    """An unexpected error. The client gets the request id and nothing else."""

    code, status, retryable = ErrorCode.INTERNAL, 500, True


class ServiceUnavailable(DoitongError):
    """Something that this process depends on is down or not configured; clients do not see what it is."""

    code, status, retryable = ErrorCode.PROVIDER_UNAVAILABLE, 503, True


class ProviderUnavailable(ServiceUnavailable):
    """The provider or its upstream is down or not configured. Another one may be tried."""


class GenerationFailed(DoitongError):
    """The provider failed to deliver. Only on a generation."""

    code, status, retryable = ErrorCode.GENERATION_FAILED, 500, True


class DeadlineExceeded(DoitongError):
    """The generation exceeded the deadline of its type. Only on a generation."""

    code, status, retryable = ErrorCode.DEADLINE_EXCEEDED, 504, True


def _renamed(message: str, path: str, name: str) -> str:
    """Return a message about a field with another name of it. Its first quoted word of that spelling is the name."""
    if name == path:
        return message
    message, own = message.replace(f"`{path}`", f"`{name}`"), _own_name(path)
    return message if own == path else message.replace(repr(own), repr(name), 1)


def _own_name(path: str) -> str:
    """Return the name of a field of an object of `generate`, and other paths as they are."""
    return next((path.removeprefix(parent) for parent in PARENTS if path.startswith(parent)), path)


def _did_you_mean(suggestion: object) -> str:
    return f"Did you mean {suggestion!r}?"


def _as_text(value: object) -> str:
    """Return a value as GraphQL writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _size_of(text: str) -> float | None:
    """Return what a positive number, a ratio as `16:9` or a resolution as `1080p` and `4k` measures, or None."""
    match = SIZE.fullmatch(text)
    if match is None:
        return None
    factor = LINES_PER_K if text.endswith("k") else 1
    size = factor * float(match["number"]) / float(match["divisor"] or 1) if float(match["divisor"] or 1) else 0.0
    return size if 0 < size < math.inf else None


def closest_match(given: object, allowed: Sequence[object]) -> object | None:
    """Return the nearest allowed number, ratio or resolution, else the most similar spelling, or None."""
    spelling = str(given).lower()
    if given is None or len(spelling) > MAX_SPELLING:
        return None
    size, sizes = _size_of(spelling), {value: _size_of(str(value).lower()) for value in allowed}
    if size is not None and all(sizes.values()):
        return min(sizes, key=lambda value: abs(math.log((sizes[value] or 1) / size)), default=None)
    by_spelling = {str(value).lower(): value for value in allowed}
    close = get_close_matches(spelling, by_spelling, n=1, cutoff=0.6)
    return by_spelling[close[0]] if close else None
