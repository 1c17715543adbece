"""What waits for a reader: all of it while that is little, then only the newest of each subject."""

from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")
ROOM = 16  # values kept as they came, before older ones of the same subject go


class ConflatingQueue(Generic[T]):
    """Values in the order they came. It never holds more than the room and one value for each subject."""

    __slots__ = ("_full", "_values")

    def __init__(self) -> None:
        # none while nothing waits: there are thousands of these, nearly all of them empty
        self._values: deque[tuple[str, T]] | None = None
        self._full = ROOM

    def __len__(self) -> int:
        return 0 if self._values is None else len(self._values)

    def put(self, subject: str, value: T) -> None:
        if self._values is None:
            self._values = deque()
        self._values.append((subject, value))
        if len(self._values) > self._full:
            self._keep_newest(self._values)

    def take(self) -> tuple[str, T] | None:
        """The oldest value and its subject, or None when nothing waits."""
        if self._values:
            return self._values.popleft()
        self.clear()
        return None

    def clear(self) -> None:
        self._values, self._full = None, ROOM

    def _keep_newest(self, values: deque[tuple[str, T]]) -> None:
        newest: dict[str, T] = {}
        for subject, value in values:
            newest.pop(subject, None)  # so that it moves to where it came last
            newest[subject] = value
        self._values = deque(newest.items())
        # with many subjects it is looked through again only after it has doubled, so that putting stays cheap
        self._full = max(ROOM, 2 * len(newest))
