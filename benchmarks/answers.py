"""CPU time of repeated queries, relative to a bare Starlette endpoint with the same bytes, interleaved in one run."""

import asyncio
import json
import os
import statistics
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.dialects import GRAPHQL, HttpRequest
from benchmarks.exchange import exchange
from benchmarks.figure import Figure
from benchmarks.pinned import cpu_seconds, pinned_server
from tests.support.api_clients import value_at

ROUNDS = 8
REQUESTS = 500  # of a turn
ROOT = Path(__file__).parent.parent
PROVIDERS = HttpRequest(
    "/graphql", {"query": "{ providers { id name type options { name type description required allowedValues } } }"}
)
TARGET = "1.0 x"


@dataclass(frozen=True, slots=True)
class Question:
    """A query whose answer stays the same."""

    name: str
    request: HttpRequest


async def answer_figures(directory: Path) -> list[Figure]:
    """Measure each query on the server and on the bare endpoint; the answer of both is the same."""
    figures = []
    core = min(os.sched_getaffinity(0))  # that of the pinned server
    with pinned_server(directory / "answers", settings={"DOITONG_LOG_REQUESTS": "off"}) as server:
        accepted = (await exchange(server.url, [GRAPHQL.accept.encode(server.key, "Idempotency-Key: one")]))[0]
        identifier = value_at(json.loads(accepted), GRAPHQL.id)
        assert isinstance(identifier, str), accepted
        for question in (Question("generation(id)", GRAPHQL.read(identifier)), Question("providers", PROVIDERS)):
            request = question.request.encode(server.key)
            answer = (await exchange(server.url, [request]))[0]
            assert b'"errors"' not in answer, answer
            content = directory / "answer.json"
            content.write_bytes(answer)
            async with _bare_endpoint(content, core=core) as bare:
                figures.append(await _compare(question.name, request, (server.url, server.process_id), bare))
    return figures


async def _compare(name: str, request: bytes, ours: tuple[str, int], bare: tuple[str, int]) -> Figure:
    """Return the CPU time of each request on both servers, and the median of the ratios of the rounds."""
    costs: list[tuple[float, float]] = []
    for round in range(ROUNDS + 1):
        cost = await _cost(request, *ours), await _cost(request, *bare)
        if round > 0:
            costs.append(cost)
    ratio = statistics.median(own / theirs for own, theirs in costs)
    own, theirs = (1e6 * statistics.median(values) for values in zip(*costs, strict=True))
    return Figure(f"{name}, repeated", f"{own:,.0f} µs CPU, {ratio:.2f} x bare Starlette ({theirs:,.0f} µs)", TARGET)


async def _cost(request: bytes, url: str, process_id: int) -> float:
    """Return the CPU seconds of one request."""
    before = cpu_seconds(process_id)
    await exchange(url, [request] * REQUESTS)
    return (cpu_seconds(process_id) - before) / REQUESTS


@asynccontextmanager
async def _bare_endpoint(content: Path, *, core: int) -> AsyncIterator[tuple[str, int]]:
    """Run the endpoint on a core; yield its URL and process id."""
    command = (sys.executable, "-m", "benchmarks.bare_endpoint", str(content))
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    os.sched_setaffinity(process.pid, {core})
    try:
        assert process.stdout is not None
        port = int(await process.stdout.readline())
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.kill()
        await process.wait()
