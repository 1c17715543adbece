"""Latency of `generation(id)` on an idle server, and while `RENDERS` renders are queued."""

import statistics
import time
from pathlib import Path

import httpx

from benchmarks.figure import Figure
from tests.support.server_process import ServerProcess

POLLS = 600
WARM_UP = 50
RENDERS = 50
POLL = "query ($id: ID!) { generation(id: $id) { id status stage progress url creditCost version } }"
GENERATE = "mutation ($input: GenerateInput!) { generate(input: $input) { id } }"
WAITING = {"type": "IMAGE", "provider": "flux-pro", "input": {"text": "a fox test:hang"}}
RENDERED = {
    "type": "VIDEO",
    "provider": "kling",
    "input": {"text": "a sailboat at sunset"},
    "options": {"duration": 10},
}


def polling_under_load(directory: Path) -> list[Figure]:
    """Measure one poll over one connection, before and during the renders."""
    with (
        ServerProcess(directory / "polling") as server,
        httpx.Client(base_url=server.url, headers={"X-API-Key": server.key}, trust_env=False, timeout=30) as http,
    ):
        polled = _execute(http, GENERATE, {"input": WAITING})["generate"]["id"]
        _milliseconds(http, polled, WARM_UP)
        idle = _milliseconds(http, polled, POLLS)
        for _ in range(RENDERS):
            _execute(http, GENERATE, {"input": RENDERED})
        loaded = _milliseconds(http, polled, POLLS)
    return [
        Figure("poll, idle", _format(idle), ""),
        Figure(f"poll, {RENDERS} renders queued", _format(loaded), "no slower"),
    ]


def _milliseconds(http: httpx.Client, generation_id: str, count: int) -> list[float]:
    times = []
    for _ in range(count):
        started = time.perf_counter()
        assert _execute(http, POLL, {"id": generation_id})["generation"]["status"] == "PROCESSING"
        times.append(1000 * (time.perf_counter() - started))
    return times


def _execute(http: httpx.Client, query: str, variables: dict[str, object]) -> dict[str, dict[str, str]]:
    data: dict[str, dict[str, str]] = http.post("/graphql", json={"query": query, "variables": variables}).json()[
        "data"
    ]
    return data


def _format(times: list[float]) -> str:
    return f"{statistics.median(times):.1f} ms median, {statistics.quantiles(times, n=100)[98]:.1f} ms p99"
