"""The streams that are open, so that a server which stops can end them rather than wait for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Endable(Protocol):
    """Something open that lasts for as long as nobody ends it."""

    def end(self) -> None:
        """Begin to end it, in order; returns at once."""
        ...


class StreamRegistry:
    """Those of one server. Once they are ended, one that opens late ends at once."""

    def __init__(self) -> None:
        self._streams: set[Endable] = set()
        self._are_ending = False

    @contextmanager
    def holding(self, stream: Endable) -> Iterator[None]:
        """Have the stream ended with the others."""
        self._streams.add(stream)
        try:
            if self._are_ending:
                stream.end()
            yield
        finally:
            self._streams.discard(stream)

    def end_all(self) -> None:
        """Begin to end every stream, and those that are yet to come."""
        self._are_ending = True
        for stream in tuple(self._streams):
            stream.end()
