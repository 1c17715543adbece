"""CPU time relative to a reference computation: bounds that hold on slow machines as on fast ones."""

import gc
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from graphql import parse

from tests.support.sample_documents import FULL_INTROSPECTION

REPETITIONS = 5


class RelativeCpuTime:
    """The CPU time of a piece of code on this thread, in units of the reference computation timed around it.

    One unit is the time of parsing an introspection query ten times: about 15 ms on a quiet machine. The speed of a
    shared machine changes by the second, so each round is compared with the reference just before and just after it,
    and the median of the rounds counts. As on the server, existing objects are exempt from garbage collection.
    """

    def __init__(self) -> None:
        self._ratios: list[float] = []

    @contextmanager
    def round(self) -> Iterator[None]:
        gc.freeze()
        try:
            reference_seconds = _cpu_seconds(_reference)
            started = time.thread_time()
            yield
            seconds = time.thread_time() - started
            reference_seconds += _cpu_seconds(_reference)
        finally:
            gc.unfreeze()
        self._ratios.append(seconds / reference_seconds)

    @property
    def units(self) -> float:
        return statistics.median(self._ratios)


def _reference() -> None:
    for _ in range(REPETITIONS):
        parse(FULL_INTROSPECTION)


def _cpu_seconds(work: Callable[[], None]) -> float:
    started = time.thread_time()
    work()
    return time.thread_time() - started
