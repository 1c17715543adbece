"""A queue that conflates: when it is full, only the latest value of each subject is kept."""

from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")
CAPACITY = 16  # values; above it, older values of the same subject are dropped


class ConflatingQueue(Generic[T]):
    """A FIFO queue. It holds at most `CAPACITY` values, or one for each subject."""

    __slots__ = ("_full", "_values")

    def __init__(self) -> None:
        # None while empty: there are thousands of queues, nearly all of them empty
        self._values: deque[tuple[str, T]] | None = None
        self._full = CAPACITY

    def __len__(self) -> int:
        return 0 if self._values is None else len(self._values)

    def put(self, subject: str, value: T) -> None:
        if self._values is None:
            self._values = deque()
        self._values.append((subject, value))
        if len(self._values) > self._full:
            self._keep_newest(self._values)

    def take(self) -> tuple[str, T] | None:
        """Return the oldest value and its subject, or None."""
        if self._values:
            return self._values.popleft()
        self.clear()
        return None

    def clear(self) -> None:
        self._values, self._full = None, CAPACITY

    def _keep_newest(self, values: deque[tuple[str, T]]) -> None:
        newest: dict[str, T] = {}
        for subject, value in values:
            newest.pop(subject, None)  # moves the subject to the position of its latest value
            newest[subject] = value
        self._values = deque(newest.items())
        # with many subjects, conflate again only after doubling, so that `put` stays O(1) amortized
        self._full = max(CAPACITY, 2 * len(newest))
