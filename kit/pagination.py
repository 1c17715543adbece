"""Keyset pagination: opaque cursors over ids that sort by age, stable while rows are inserted."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from kit.errors import InvalidInput
from kit.ids import is_id

T = TypeVar("T")
DEFAULT_SIZE = 20
MAX_SIZE = 100
PREFIX = "c1:"


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A slice of a list, newest first: `size` rows after `after`, or before `before` when `backward`."""

    size: int
    after: str | None
    before: str | None
    backward: bool

    @property
    def fetch(self) -> int:
        """The number of rows to fetch: one more than the page, to see whether there are others."""
        return self.size + 1


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page in display order."""

    items: Sequence[T]
    has_next: bool
    has_previous: bool


def page_request(*, first: int | None, after: str | None, last: int | None, before: str | None) -> PageRequest:
    """Validate Relay's four arguments. Raises `InvalidInput` with the invalid one."""
    if first is not None and last is not None:
        raise InvalidInput("Give either `first` or `last`, not both.", field="last")
    size, field = (last, "last") if last is not None else (DEFAULT_SIZE if first is None else first, "first")
    if not 0 <= size <= MAX_SIZE:
        raise InvalidInput(f"`{field}` is {size}: it must be 0 to {MAX_SIZE}.", field=field)
    return PageRequest(
        size=size,
        after=_decode(after, "after"),
        before=_decode(before, "before"),
        backward=last is not None,
    )


def page_of(rows: Sequence[T], request: PageRequest) -> Page[T]:
    """Return the page of rows that were fetched with `request.fetch`."""
    more = len(rows) > request.size
    items = rows[: request.size]
    if request.backward:
        return Page(items[::-1], has_next=request.before is not None, has_previous=more)
    return Page(items, has_next=more, has_previous=request.after is not None)


def cursor(identifier: str) -> str:
    """Return the opaque cursor of a row."""
    return base64.urlsafe_b64encode((PREFIX + identifier).encode()).decode().rstrip("=")


def _decode(text: str | None, field: str) -> str | None:
    if text is None:
        return None
    try:
        decoded = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, ValueError):
        decoded = ""
    identifier = decoded.removeprefix(PREFIX)
    if identifier == decoded or not is_id(identifier):
        raise InvalidInput(f"`{field}` is not a cursor of this list: take one from `pageInfo` or `edges`.", field=field)
    return identifier
