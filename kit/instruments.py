"""Counters, gauges and histograms in memory. `server/endpoints/metrics.py` renders them for Prometheus.

Each has named labels; the values of one combination are a series. The number of series is limited, whatever clients
send: those above the limit are counted together, with the value `other` in every label.

They are used on the event loop alone, and have no locks.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import Generic, TypeVar

OTHER = "other"
MAX_SERIES = 2_000  # of one instrument

Labels = tuple[str, ...]


class Number:
    """The value of one series. It may be kept and added to, without a look-up."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value: float = 0


class Distribution:
    """The observed values of one series, as counts of buckets. The last bucket has no upper bound."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds, self.counts, self.sum = bounds, [0] * (len(bounds) + 1), 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value


S = TypeVar("S", Number, Distribution)


class Instrument(Generic[S]):
    """The series of one metric, by the values of their labels."""

    def __init__(self, name: str, help: str, labels: Labels = (), *, max_series: int = MAX_SERIES) -> None:
        self.name, self.help, self.labels, self._max_series = name, help, labels, max_series
        self._series: dict[Labels, S] = {}
        if not labels:
            self.series()

    @property
    def all_series(self) -> Mapping[Labels, S]:
        return self._series

    def series(self, *values: str) -> S:
        """Return the series of these values of the labels, in their order."""
        found = self._series.get(values)
        if found is not None:
            return found
        if len(values) != len(self.labels):
            raise ValueError(f"{self.name} has the labels {self.labels}, not the values {values}")
        if len(self._series) >= self._max_series:
            values = (OTHER,) * len(self.labels)
        return self._series.setdefault(values, self._new())

    def _new(self) -> S:
        raise NotImplementedError


class Counter(Instrument[Number]):
    """Counts events; only grows."""

    def _new(self) -> Number:
        return Number()

    def add(self, *values: str, amount: float = 1) -> None:
        self.series(*values).value += amount


class Gauge(Instrument[Number]):
    """A number that goes up and down."""

    def _new(self) -> Number:
        return Number()

    @contextmanager
    def counting(self, *values: str) -> Iterator[None]:
        """Add one during the block."""
        series = self.series(*values)
        series.value += 1
        try:
            yield
        finally:
            series.value -= 1


class Histogram(Instrument[Distribution]):
    """Observed values, such as durations in seconds, counted by buckets with these upper bounds."""

    def __init__(
        self, name: str, help: str, labels: Labels = (), *, bounds: Sequence[float], max_series: int = MAX_SERIES
    ) -> None:
        self.bounds = bounds
        super().__init__(name, help, labels, max_series=max_series)

    def _new(self) -> Distribution:
        return Distribution(self.bounds)

    def observe(self, value: float, *values: str) -> None:
        self.series(*values).observe(value)

    def observe_since(self, started: float, *values: str) -> None:
        """Observe the seconds since `started`, of `time.perf_counter`."""
        self.observe(perf_counter() - started, *values)
