"""A bounded mapping that evicts the least recently used entries."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class LeastRecentlyUsed(Generic[K, V]):
    """Holds entries up to a total weight. An entry heavier than the capacity is not stored."""

    def __init__(self, *, capacity: int) -> None:
        self.capacity = capacity
        self.weight = 0
        self.on_removed: Callable[[K, V], None] | None = None
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: K) -> bool:
        return key in self._entries

    def get(self, key: K) -> V | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def put(self, key: K, value: V, *, weight: int = 1) -> None:
        if weight > self.capacity:
            return
        self.discard(key)
        self._entries[key] = (value, weight)
        self.weight += weight
        while self.weight > self.capacity:
            self.discard(next(iter(self._entries)))

    def discard(self, key: K) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.weight -= entry[1]
            if self.on_removed is not None:
                self.on_removed(key, entry[0])
