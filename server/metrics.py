"""The metrics of this process in the text format of Prometheus: those of `kit.metrics`, and those read at a scrape."""

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from generations.execution.queue import QueueSize
from generations.services import Services
from kit.errors import ServiceUnavailable
from kit.instruments import Counter, Distribution, Gauge, Histogram
from kit.metrics import INSTRUMENTS
from kit.version import version
from providers.health import BreakerState
from webhooks.repository import count_pending

MAX_AGE = 5.0  # seconds for which what was read from the database is shown again
READ_TIMEOUT = 2.0  # seconds; later, the metrics that are read are left out
PROCESS_LABEL = "process"

L = TypeVar("L", bound=tuple[str, ...])

__all__ = ["CONTENT_TYPE", "ProcessMetrics"]


@dataclass(frozen=True, slots=True)
class _Reading:
    """What is read at a scrape; None if it could not be read."""

    queue: QueueSize | None = None
    pending_deliveries: int | None = None
    free_bytes: int | None = None


class ProcessMetrics:
    """Renders the metrics of one process. `number` is that of one of the processes of `--workers`."""

    def __init__(self, services: Services, *, role: str, number: int | None = None) -> None:
        self._services, self._role = services, role
        self._labels: Mapping[str, str] = {} if number is None else {PROCESS_LABEL: str(number)}
        self._reading, self._read_at = _Reading(), -MAX_AGE
        self._lock = asyncio.Lock()
        own = CollectorRegistry()
        self._library: Sequence[Collector] = (
            ProcessCollector(registry=own),
            PlatformCollector(registry=own),
            GCCollector(registry=own),
        )

    async def render(self) -> bytes:
        """Return the text. Waits at most `READ_TIMEOUT` for the database."""
        async with self._lock:
            if time.monotonic() - self._read_at >= MAX_AGE:
                self._reading = await _read(self._services)
                self._read_at = time.monotonic()
        families = [*map(_family, INSTRUMENTS), *self._current(self._reading)]
        return await asyncio.to_thread(self._text, families)

    def _text(self, families: Sequence[Metric]) -> bytes:
        library = (family for collector in self._library for family in collector.collect())
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Fixed([_labelled(family, self._labels) for family in (*families, *library)]))
        return generate_latest(registry)

    def _current(self, reading: _Reading) -> Iterator[Metric]:
        """Yield what is known at the moment of a scrape alone."""
        services = self._services
        yield _gauge("doitong_info", "Always 1.", ("version", "role"), {(version(), self._role): 1})
        yield _gauge(
            "doitong_open_breakers",
            "Models of a backend whose circuit breaker is in this state, as this process sees it.",
            ("backend", "state"),
            _breakers(services),
        )
        if (pool := services.database.pool_usage) is not None:
            values = {("in_use",): pool.in_use, ("limit",): pool.limit}
            help_text = "Connections of the pool of this process to PostgreSQL."
            yield _gauge("doitong_database_pool_connections", help_text, ("state",), values)
        for name, (help_text, value) in _values_of(reading).items():
            if value is not None:
                yield _gauge(name, help_text, (), {(): value})


@dataclass(eq=False)
class _Fixed(Collector):
    """Families that are already collected."""

    families: Sequence[Metric]

    def collect(self) -> Iterable[Metric]:
        return self.families


async def _read(services: Services) -> _Reading:
    with suppress(ServiceUnavailable, TimeoutError, OSError):
        async with asyncio.timeout(READ_TIMEOUT):
            free = (await asyncio.to_thread(services.disk_space.usage, services.disk_space.directory))[2]
            queue = await services.queue.size()
            return _Reading(queue, await services.database.read(count_pending), free)
    return _Reading()


def _values_of(reading: _Reading) -> Mapping[str, tuple[str, float | None]]:
    """Return help text and value by name; None for what could not be read."""
    queue = reading.queue
    return {
        "doitong_queue_entries": ("Entries of the queue, of all processes.", None if queue is None else queue.entries),
        "doitong_queue_oldest_due_seconds": (
            "For how long the oldest entry that is due has waited to be taken, of all processes.",
            None if queue is None else queue.oldest_due_seconds,
        ),
        "doitong_webhook_pending_deliveries": (
            "Webhook deliveries that are neither delivered nor finally failed, of all processes.",
            reading.pending_deliveries,
        ),
        "doitong_data_directory_free_bytes": (
            "Free bytes of the file system of the data directory.",
            reading.free_bytes,
        ),
    }


def _breakers(services: Services) -> Mapping[tuple[str, ...], float]:
    states = (BreakerState.OPEN, BreakerState.HALF_OPEN)
    values: dict[tuple[str, ...], float] = {
        (backend, state.value): 0 for backend in services.backends.live for state in states
    }
    for backend, state in services.health.breakers(now=services.clock.now()):
        if (backend, state.value) in values:
            values[backend, state.value] += 1
    return values


def _family(instrument: Counter | Gauge | Histogram) -> Metric:
    """Return a copy of the series of an instrument."""
    if isinstance(instrument, Histogram):
        histogram = HistogramMetricFamily(instrument.name, instrument.help, labels=instrument.labels)
        for labels, series in instrument.all_series.items():
            histogram.add_metric(labels, _buckets(series), series.sum)
        return histogram
    kind = CounterMetricFamily if isinstance(instrument, Counter) else GaugeMetricFamily
    family = kind(instrument.name, instrument.help, labels=instrument.labels)
    for labels, number in instrument.all_series.items():
        family.add_metric(labels, number.value)
    return family


def _buckets(series: Distribution) -> list[tuple[str, float]]:
    """Return cumulative counts by upper bound."""
    buckets, total = [], 0
    for bound, count in zip((*series.bounds, float("inf")), series.counts, strict=True):
        total += count
        buckets.append(("+Inf" if bound == float("inf") else str(float(bound)), float(total)))
    return buckets


def _gauge(name: str, help_text: str, labels: Sequence[str], values: Mapping[L, float]) -> Metric:
    family = GaugeMetricFamily(name, help_text, labels=labels)
    for series, value in values.items():
        family.add_metric(series, value)
    return family


def _labelled(family: Metric, labels: Mapping[str, str]) -> Metric:
    if labels:
        family.samples = [sample._replace(labels={**sample.labels, **labels}) for sample in family.samples]
    return family
