"""A dictionary whose values expire."""

import time
from collections.abc import Callable
from datetime import timedelta
from itertools import islice
from typing import Generic, TypeVar

T = TypeVar("T")
CHECKED_PER_INSERTION = 2  # of the oldest values at every insertion: more than are inserted


class ExpiringDict(Generic[T]):
    """Values by name. Each expires some time after it was last set; expired ones are removed when others are set."""

    def __init__(self, lifetime: timedelta, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._lifetime, self._monotonic = lifetime.total_seconds(), monotonic
        self._values: dict[str, tuple[float, T]] = {}  # with the time of the insertion, oldest first

    def __len__(self) -> int:
        return len(self._values)

    def names(self) -> list[str]:
        """Return the names of the values, the oldest first."""
        return list(self._values)

    def set(self, name: str, value: T) -> None:
        now = self._monotonic()
        self._values.pop(name, None)
        for oldest, (since, _) in list(islice(self._values.items(), CHECKED_PER_INSERTION)):
            if now - since >= self._lifetime:
                del self._values[oldest]
        self._values[name] = (now, value)

    def pop(self, name: str) -> T | None:
        """Remove a value and return it, or None if there is none."""
        found = self._values.pop(name, None)
        return None if found is None else found[1]
