"""A cache of the generations that changed last, as committed: a poll after a change reads no row."""

from collections.abc import Mapping

from generations.generation import Generation
from kit.lru import LeastRecentlyUsed

CAPACITY = 32_000_000  # bytes
GENERATION_BYTES = 4_000  # estimate, without the text of its input
CHARACTER_BYTES = 4


class GenerationCache:
    """Holds generations up to a number of bytes; the least recently used are removed.

    It is a `ChangeListener` of a database that only this process changes. There, a generation in it is as current as
    its row, but for the moment between a commit and its report.
    """

    def __init__(self, *, capacity: int = CAPACITY) -> None:
        self._generations: LeastRecentlyUsed[str, Generation] = LeastRecentlyUsed(capacity=capacity)

    @property
    def weight(self) -> int:
        """Estimated bytes of the generations."""
        return self._generations.weight

    def get(self, generation_id: str) -> Generation | None:
        """Return the generation, if it is in the cache."""
        return self._generations.get(generation_id)

    def update(self, changed: Mapping[str, object | None]) -> None:
        """Store the changed generations, and remove those whose state is unknown."""
        for generation_id, generation in changed.items():
            if isinstance(generation, Generation):
                self._generations.put(generation_id, generation, weight=_weight(generation))
            else:
                self._generations.discard(generation_id)


def _weight(generation: Generation) -> int:
    texts = [value for value in generation.input.values() if isinstance(value, str)]
    return GENERATION_BYTES + CHARACTER_BYTES * sum(map(len, texts))
