"""CPU time of repeated queries, against a bare Starlette endpoint and servers on Node that send the same bytes."""

import asyncio
import json
import os
import statistics
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.dialects import GRAPHQL, HttpRequest
from benchmarks.exchange import exchange
from benchmarks.figure import Figure
from benchmarks.node_servers import ComparedServer, node_servers, why_without_node
from benchmarks.pinned import cpu_seconds, pinned_server, wait_until_idle
from tests.support.api_clients import value_at

ROUNDS = 8
REQUESTS = 500  # of a turn
WARM_UP = 1_500  # requests, after which compilers have seen the code
SETTLE_TIMEOUT = 5.0  # seconds until the generation waits
DATA = "data.json"
ROOT = Path(__file__).parent.parent
PROVIDERS = HttpRequest(
    "/graphql", {"query": "{ providers { id name type options { name type description required allowedValues } } }"}
)
TARGET = "1.0 x or less"


@dataclass(frozen=True, slots=True)
class Question:
    """A query whose answer stays the same."""

    name: str
    request: HttpRequest


async def answer_figures(directory: Path) -> list[Figure]:
    """Measure each query on all servers, in turns; all send the same answer."""
    core = min(os.sched_getaffinity(0))  # that of the pinned server
    without_node = await asyncio.to_thread(why_without_node)
    figures = [] if without_node is None else [Figure("servers on Node", f"left out: {without_node}", "")]
    with pinned_server(directory / "answers", settings={"DOITONG_LOG_REQUESTS": "off"}) as server:
        accepted = (await exchange(server.url, [GRAPHQL.accept.encode(server.key, "Idempotency-Key: one")]))[0]
        identifier = value_at(json.loads(accepted), GRAPHQL.id)
        assert isinstance(identifier, str), accepted
        await asyncio.to_thread(wait_until_idle, server.process_id, timeout=SETTLE_TIMEOUT)
        questions = (Question("generation(id)", GRAPHQL.read(identifier)), Question("providers", PROVIDERS))
        requests = [question.request.encode(server.key) for question in questions]
        answers = [(await exchange(server.url, [request]))[0] for request in requests]
        (directory / DATA).write_text(json.dumps(_data_of(answers)))
        ours = ComparedServer("ours", server.url, server.process_id)
        async with AsyncExitStack() as stack:
            others = []
            if without_node is None:
                others = await stack.enter_async_context(node_servers(directory / DATA, core=core))
            for question, request, answer in zip(questions, requests, answers, strict=True):
                content = directory / "answer.json"
                content.write_bytes(answer)
                async with bare_endpoint(content, core=core) as bare:
                    peers = [ours, bare, *others]
                    figures += await _compare(question.name, request, answer, peers)
    return figures


def _data_of(answers: Sequence[bytes]) -> dict[str, object]:
    """Return the data of all answers, by the names of the root fields."""
    data: dict[str, object] = {}
    for answer in answers:
        assert b'"errors"' not in answer, answer
        data |= json.loads(answer)["data"]
    return data


async def _compare(name: str, request: bytes, answer: bytes, peers: Sequence[ComparedServer]) -> list[Figure]:
    """Return the CPU time of a request on each server, and the medians over the rounds of ours by theirs."""
    for peer in peers:
        assert (await exchange(peer.url, [request]))[0].rstrip() == answer, f"{peer.name} answers otherwise"
        await exchange(peer.url, [request] * WARM_UP)
    rounds = [[await _cost(request, peer) for peer in peers] for _ in range(ROUNDS)]
    own, *theirs = zip(*rounds, strict=True)
    figures = [Figure(f"{name}, repeated", f"{1e6 * statistics.median(own):,.0f} µs CPU", "")]
    for peer, costs in zip(peers[1:], theirs, strict=True):
        ratio = statistics.median(mine / cost for mine, cost in zip(own, costs, strict=True))
        measured = f"{1e6 * statistics.median(costs):,.0f} µs CPU; ours is {ratio:.2f} x"
        figures.append(Figure(f"{name} of {peer.name}", measured, TARGET))
    return figures


async def _cost(request: bytes, peer: ComparedServer) -> float:
    """Return the CPU seconds of one request."""
    before = cpu_seconds(peer.process_id)
    await exchange(peer.url, [request] * REQUESTS)
    return (cpu_seconds(peer.process_id) - before) / REQUESTS


@asynccontextmanager
async def bare_endpoint(content: Path, *, core: int) -> AsyncIterator[ComparedServer]:
    """Run a Starlette endpoint that sends these bytes, on a core."""
    command = (sys.executable, "-m", "benchmarks.bare_endpoint", str(content))
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    os.sched_setaffinity(process.pid, {core})
    try:
        assert process.stdout is not None
        port = int(await process.stdout.readline())
        yield ComparedServer("bare Starlette", f"http://127.0.0.1:{port}", process.pid)
    finally:
        process.kill()
        await process.wait()
