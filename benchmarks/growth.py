"""CPU time of reads on a server with a large database, many waiting generations and sockets, against an empty one."""

import asyncio
import itertools
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.dialects import QUERY, HttpRequest
from benchmarks.exchange import exchange
from benchmarks.figure import Figure
from benchmarks.filled_database import Size, fill
from benchmarks.pinned import cpu_seconds, pinned_server, wait_until_idle
from benchmarks.socket_client import Arrivals, open_sockets, raise_file_limit
from tests.support.server_process import ServerProcess

ROWS = 1_000_000
WAITING = 10_000
SOCKETS = 5_000
EMPTY = Size(completed=100, waiting=20)  # as many as the longest answer has
ROUNDS = 9  # after one of warm-up
REQUESTS = 200  # of a turn
IDLE = 20.0  # seconds: as long as the interval of the pings on a socket
START_TIMEOUT = 45.0  # seconds until the waiting generations have had their first step
TARGET = "1.2 x"
SETTINGS = {"DOITONG_LOG_REQUESTS": "off"}
LIST = "{ generations(first: 20) { edges { node { id status url creditCost version } } } }"
NUMBERS = itertools.count()


@dataclass(frozen=True, slots=True)
class Side:
    """A server, and the generations that it has."""

    server: ServerProcess
    size: Size

    def unchanged(self) -> Iterator[bytes]:
        """Yield the same poll again and again, as of a client that waits."""
        request = HttpRequest("/graphql", {"query": QUERY, "variables": {"id": self.size.waiting_ids(1)[0]}})
        return itertools.repeat(request.encode(self.server.key), REQUESTS)

    def changed(self) -> Iterator[bytes]:
        """Yield polls, of generations all over the table, that no earlier result answers."""
        ids = itertools.cycle(self.size.completed_ids(REQUESTS))
        return (self._new({"query": QUERY, "variables": {"id": next(ids)}}) for _ in range(REQUESTS))

    def pages(self) -> Iterator[bytes]:
        """Yield requests for the newest generations that no earlier result answers."""
        return (self._new({"query": LIST}) for _ in range(REQUESTS))

    def _new(self, body: dict[str, object]) -> bytes:
        """Return a request with a body that was never sent: results are remembered by their requests."""
        return HttpRequest("/graphql", {**body, "extensions": {"number": next(NUMBERS)}}).encode(self.server.key)


READS: Sequence[tuple[str, Callable[[Side], Iterator[bytes]]]] = (
    ("generation(id), unchanged", Side.unchanged),
    ("generation(id), read from the database", Side.changed),
    ("generations(first: 20), read from the database", Side.pages),
)


async def growth_figures(directory: Path, *, rows: int = ROWS) -> list[Figure]:
    """Compare both servers, on one core in turns."""
    raise_file_limit(2 * SOCKETS + 1_000)
    core = min(os.sched_getaffinity(0))
    full_size = Size(completed=rows, waiting=WAITING)
    started = time.perf_counter()
    fill({directory / "empty": EMPTY, directory / "full": full_size})
    filled = time.perf_counter()
    with (
        pinned_server(directory / "empty", settings=SETTINGS, core=core) as empty_server,
        pinned_server(directory / "full", settings=SETTINGS, core=core) as full_server,
    ):
        ready = time.perf_counter()
        await asyncio.to_thread(wait_until_idle, full_server.process_id, timeout=START_TIMEOUT)
        port = int(full_server.url.rpartition(":")[2])
        sockets = await open_sockets(port, full_server.key, full_size.waiting_ids(SOCKETS), Arrivals())
        figures = [
            Figure("filled", f"{rows:,} rows, {WAITING:,} waiting, {filled - started:.0f} s", ""),
            Figure("both servers started", f"{ready - filled:.1f} s", ""),
        ]
        figures += await _compare(Side(empty_server, EMPTY), Side(full_server, full_size))
        for socket in sockets:
            socket.close()
    return figures


async def _compare(empty: Side, full: Side) -> list[Figure]:
    figures = []
    for name, read in READS:
        costs = [(await _cost(empty, read), await _cost(full, read)) for _ in range(ROUNDS + 1)][1:]
        ratio = statistics.median(full_cost / empty_cost for empty_cost, full_cost in costs)
        small, large = (1e6 * statistics.median(values) for values in zip(*costs, strict=True))
        figures.append(Figure(name, f"{large:,.0f} µs CPU, {ratio:.2f} x empty ({small:,.0f} µs)", TARGET))
    idle = await asyncio.gather(*(_idle_cost(side.server.process_id) for side in (empty, full)))
    measured = f"{1000 * idle[1]:.1f} ms CPU per second, empty {1000 * idle[0]:.1f} ms"
    return [*figures, Figure(f"idle, with {SOCKETS:,} sockets", measured, "")]


async def _cost(side: Side, read: Callable[[Side], Iterator[bytes]]) -> float:
    """Return the CPU seconds of one request."""
    requests = list(read(side))
    before = cpu_seconds(side.server.process_id)
    bodies = await exchange(side.server.url, requests)
    spent = cpu_seconds(side.server.process_id) - before
    assert not any(b'"errors"' in body or b"null}}" in body for body in bodies), bodies[0]
    return spent / len(requests)


async def _idle_cost(process_id: int) -> float:
    """Return the CPU seconds of a second without requests."""
    before = cpu_seconds(process_id)
    await asyncio.sleep(IDLE)
    return (cpu_seconds(process_id) - before) / IDLE
