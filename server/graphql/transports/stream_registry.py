"""The open streams, which a stopping server ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Endable(Protocol):
    """A stream that stays open until it is ended."""

    def end(self) -> None:
        """Start to end it. Does not block."""
        ...


class StreamRegistry:
    """The streams of one server. After `end_all`, a new stream ends at once."""

    def __init__(self) -> None:
        self._streams: set[Endable] = set()
        self._are_ending = False

    @contextmanager
    def holding(self, stream: Endable) -> Iterator[None]:
        """Register the stream during the block."""
        self._streams.add(stream)
        try:
            if self._are_ending:
                stream.end()
            yield
        finally:
            self._streams.discard(stream)

    def end_all(self) -> None:
        """Start to end every stream, and those that open later."""
        self._are_ending = True
        for stream in tuple(self._streams):
            stream.end()
