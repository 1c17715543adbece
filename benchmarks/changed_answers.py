"""CPU time of the first poll after a change and of a query that is new, against a bare Starlette endpoint."""

import asyncio
import itertools
import json
import os
import statistics
from collections.abc import Sequence
from pathlib import Path

from benchmarks.answers import bare_endpoint
from benchmarks.dialects import GRAPHQL, QUERY, HttpRequest
from benchmarks.exchange import exchange
from benchmarks.figure import Figure
from benchmarks.pinned import cpu_seconds, pinned_server, wait_until_idle
from tests.support.api_clients import value_at
from tests.support.server_process import ServerProcess

ROUNDS = 7  # after one of warm-up
GENERATIONS = 300  # of a round
SETTLE_TIMEOUT = 5.0  # seconds until the generations wait, or have ended
CANCELLATION = "mutation ($id: ID!) { cancelGeneration(id: $id) }"
NUMBERS = itertools.count()
TARGET = "2.5 x"


async def changed_answer_figures(directory: Path) -> list[Figure]:
    """Poll generations before and after they are cancelled, and the bare endpoint, in turns."""
    core = min(os.sched_getaffinity(0))  # that of the pinned server
    with pinned_server(directory / "changed", settings={"DOITONG_LOG_REQUESTS": "off"}) as server:
        ids = await _generations(server, 1)
        content = directory / "answer.json"
        content.write_bytes((await exchange(server.url, [GRAPHQL.read(ids[0]).encode(server.key)]))[0])
        async with bare_endpoint(content, core=core) as bare:
            rounds = []
            for _ in range(ROUNDS + 1):
                ids = await _generations(server, GENERATIONS)
                polls = [GRAPHQL.read(id).encode(server.key) for id in ids]
                await exchange(server.url, polls)
                await _cancel(server, ids)
                changed = await _cost(server.url, server.process_id, polls)
                new = await _cost(server.url, server.process_id, [_new_query(id).encode(server.key) for id in ids])
                rounds.append((changed, new, await _cost(bare.url, bare.process_id, polls)))
    return [
        _figure("generation(id), the first poll after a change", [(changed, bare) for changed, _, bare in rounds[1:]]),
        _figure("generation(id), a request that is new", [(new, bare) for _, new, bare in rounds[1:]]),
    ]


def _figure(name: str, costs: Sequence[tuple[float, float]]) -> Figure:
    own, ratio = statistics.median(cost for cost, _ in costs), statistics.median(cost / bare for cost, bare in costs)
    return Figure(name, f"{1e6 * own:,.0f} µs CPU; {ratio:.2f} x bare Starlette", TARGET)


async def _generations(server: ServerProcess, count: int) -> list[str]:
    """Return the ids of new generations that wait."""
    bodies = await exchange(server.url, [GRAPHQL.accept.encode(server.key)] * count)
    await asyncio.to_thread(wait_until_idle, server.process_id, timeout=SETTLE_TIMEOUT)
    return [str(value_at(json.loads(body), GRAPHQL.id)) for body in bodies]


async def _cancel(server: ServerProcess, ids: Sequence[str]) -> None:
    mutations = [HttpRequest("/graphql", {"query": CANCELLATION, "variables": {"id": id}}) for id in ids]
    await exchange(server.url, [mutation.encode(server.key) for mutation in mutations])
    await asyncio.to_thread(wait_until_idle, server.process_id, timeout=SETTLE_TIMEOUT)


def _new_query(id: str) -> HttpRequest:
    """Return a request with a body that was never sent: results are cached by the bytes of their requests."""
    return HttpRequest("/graphql", {"query": QUERY, "variables": {"id": id}, "extensions": {"number": next(NUMBERS)}})


async def _cost(url: str, process_id: int, requests: Sequence[bytes]) -> float:
    """Return the CPU seconds of one request."""
    before = cpu_seconds(process_id)
    await exchange(url, requests)
    return (cpu_seconds(process_id) - before) / len(requests)
