"""Time from the command to the first HTTP response."""

import time
from pathlib import Path

import httpx

from benchmarks.figure import Figure
from tests.support.server_process import ServerProcess

ROUNDS = 5
QUERY = {"query": "{ providers(type: IMAGE) { id } }"}


def seconds_to_first_response(directory: Path) -> Figure:
    """Measure the best and the median of `ROUNDS` starts in one data directory."""
    data = directory / "start"
    data.mkdir()
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        with ServerProcess(data) as server:
            response = httpx.post(f"{server.url}/graphql", json=QUERY, headers={"X-API-Key": server.key})
            response.raise_for_status()
            times.append(time.perf_counter() - started)
    times.sort()
    return Figure(
        "start to first response", f"{times[0]:.2f} s best, {times[ROUNDS // 2]:.2f} s median of {ROUNDS}", "1.5 s"
    )
