"""Generations that wait for the end of another one. Per process."""

from collections.abc import Iterable


class Dependents:
    """Which generations to wake when one has ended."""

    def __init__(self) -> None:
        self._by_earlier: dict[str, set[str]] = {}

    def add(self, waiting: str, *, earlier: str) -> None:
        """`waiting` waits for the end of `earlier`."""
        self._by_earlier.setdefault(earlier, set()).add(waiting)

    def discard(self, waiting: str, *, earlier: str) -> None:
        """`waiting` does not wait for `earlier` any more."""
        generations = self._by_earlier.get(earlier)
        if generations is not None:
            generations.discard(waiting)
            if not generations:
                del self._by_earlier[earlier]

    def pop(self, earlier: str) -> Iterable[str]:
        """Return the generations that waited for `earlier`, once."""
        return self._by_earlier.pop(earlier, ())
