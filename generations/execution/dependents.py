"""Generations that wait for the end of another one. Per process."""

from collections.abc import Iterable


class Dependents:
    """The generations to wake when another one has ended."""

    def __init__(self) -> None:
        self._by_dependency: dict[str, set[str]] = {}

    def add(self, waiting: str, *, dependency: str) -> None:
        """Record that `waiting` waits for the end of `dependency`."""
        self._by_dependency.setdefault(dependency, set()).add(waiting)

    def discard(self, waiting: str, *, dependency: str) -> None:
        """Record that `waiting` no longer waits for `dependency`."""
        generations = self._by_dependency.get(dependency)
        if generations is not None:
            generations.discard(waiting)
            if not generations:
                del self._by_dependency[dependency]

    def pop(self, dependency: str) -> Iterable[str]:
        """Return the generations that waited for `dependency`, once."""
        return self._by_dependency.pop(dependency, ())
