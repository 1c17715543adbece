"""From the command to the first answer over HTTP, and from the second start on, as a user meets it."""

import time
from pathlib import Path

import httpx

from benchmarks.figure import Figure
from tests.support.server_process import ServerProcess

ROUNDS = 5
QUERY = {"query": "{ providers(type: IMAGE) { id } }"}


def seconds_to_first_answer(directory: Path) -> Figure:
    """The best and the middle of a few starts in a data directory that exists."""
    data = directory / "start"
    data.mkdir()
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        with ServerProcess(data) as server:
            answer = httpx.post(f"{server.url}/graphql", json=QUERY, headers={"X-API-Key": server.key})
            answer.raise_for_status()
            times.append(time.perf_counter() - begun)
    times.sort()
    return Figure(
        "start to first answer", f"{times[0]:.2f} s best, {times[ROUNDS // 2]:.2f} s median of {ROUNDS}", "1.5 s"
    )
