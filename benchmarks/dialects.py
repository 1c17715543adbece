"""CPU time of accepting and of reading a generation through each API, relative to GraphQL, interleaved in one run."""

import itertools
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.exchange import exchange
from benchmarks.figure import Figure
from benchmarks.pinned import cpu_seconds, pinned_server, wait_until_idle
from tests.support.api_clients import value_at
from tests.support.server_process import ServerProcess

# One round for each API, which has the first turn in it: what runs already makes the later ones of a round dearer.
ROUNDS = 7
# Of a turn. All generations of a round are running at once, of which APIXO allows 1,000.
WARM_UP, ACCEPTED = 15, 120
READ = 400
MAX_WAIT = 2.0  # seconds until the jobs of a turn are started
MESSAGE_IDS = itertools.count(1)
TARGET = 1.3
# Hangs after it was submitted: rendering is not part of the figure.
PROMPT = "a fox test:hang"
MUTATION = "mutation ($input: GenerateInput!) { generate(input: $input) { id status creditCost } }"
QUERY = """query ($id: ID!) { generation(id: $id) {
  id type status stage progress provider url creditCost errorMessage createdAt completedAt version
} }"""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request; its body is sent as JSON with POST, or with none as GET."""

    path: str
    body: object = None

    def encode(self, key: str, *headers: str) -> bytes:
        content = b"" if self.body is None else json.dumps(self.body).encode()
        lines = (
            f"{'GET' if self.body is None else 'POST'} {self.path} HTTP/1.1",
            "Host: localhost",
            "Content-Type: application/json",
            "Accept: application/json, text/event-stream",
            f"Authorization: Bearer {key}",
            f"Content-Length: {len(content)}",
            *headers,
        )
        return "\r\n".join([*lines, "", ""]).encode() + content


def tool_call(tool: str, arguments: dict[str, str]) -> HttpRequest:
    """Return the request that calls a tool over MCP, with a new message id as clients send it."""
    parameters = {"name": tool, "arguments": arguments}
    return HttpRequest(
        "/mcp", {"jsonrpc": "2.0", "id": next(MESSAGE_IDS), "method": "tools/call", "params": parameters}
    )


@dataclass(frozen=True, slots=True)
class Api:
    """How one API accepts a generation, where the response has its id, and how it is read."""

    name: str
    accept: HttpRequest
    id: str
    read: Callable[[str], HttpRequest]


GRAPHQL = Api(
    "GraphQL",
    HttpRequest(
        "/graphql",
        {
            "query": MUTATION,
            "variables": {"input": {"type": "IMAGE", "provider": "nano-banana-2", "input": {"text": PROMPT}}},
        },
    ),
    "data.generate.id",
    lambda id: HttpRequest("/graphql", {"query": QUERY, "variables": {"id": id}}),
)
DOITONG = Api(
    "Doitong REST",
    HttpRequest("/v1/text_to_image", {"service": "nano-banana-2", "prompt": PROMPT}),
    "data.generateimage.id",
    lambda id: HttpRequest(f"/v1/generations/{id}"),
)
APIXO = Api(
    "APIXO",
    HttpRequest(
        "/api/v1/generateTask/seedream-4-5",
        {"request_type": "async", "input": {"mode": "text-to-image", "prompt": PROMPT, "max_images": 1}},
    ),
    "data.taskId",
    lambda id: HttpRequest(f"/api/v1/statusTask/seedream-4-5?taskId={id}"),
)
OMNIVIDEO = Api(
    "OmniVideo",
    HttpRequest("/api/v1/tasks/create", {"model_id": "nano-banana-2", "prompt": PROMPT}),
    "data.task_id",
    lambda id: HttpRequest(f"/api/v1/tasks/{id}"),
)
KUBEEZ = Api(
    "Kubeez REST",
    HttpRequest("/v1/generate/media", {"model": "nano-banana-2", "prompt": PROMPT}),
    "generation_id",
    lambda id: HttpRequest(f"/v1/generate/media/{id}"),
)
MCP = Api(
    "MCP",
    tool_call("generate_media", {"model": "nano-banana-2", "prompt": PROMPT}),
    "result.structuredContent.generation_id",
    lambda id: tool_call("get_generation_status", {"id": id}),
)
OPENAI = Api(
    "OpenAI",
    HttpRequest("/v1/videos", {"model": "seedance-2", "prompt": PROMPT}),
    "id",
    lambda id: HttpRequest(f"/v1/videos/{id}"),
)
APIS: Sequence[Api] = (GRAPHQL, DOITONG, APIXO, OMNIVIDEO, KUBEEZ, MCP, OPENAI)
"""Those that the server has. The first one is what the others are compared with."""


@dataclass(slots=True)
class CpuTime:
    """Seconds by the name of the API."""

    accepting: defaultdict[str, float] = field(default_factory=lambda: defaultdict[str, float](float))
    reading: defaultdict[str, float] = field(default_factory=lambda: defaultdict[str, float](float))


async def dialect_figures(directory: Path) -> list[Figure]:
    """Measure all APIs on servers that have a core of their own, a new one for each round."""
    spent = CpuTime()
    for round in range(ROUNDS):
        first = round % len(APIS)
        with pinned_server(directory / f"dialects-{round}") as server:
            await _take_turns(server, APIS, CpuTime(), accepted=WARM_UP)
            await _take_turns(server, [*APIS[first:], *APIS[:first]], spent, accepted=ACCEPTED)
    return [
        *_figures("accept", spent.accepting, ROUNDS * ACCEPTED),
        *_figures("read", spent.reading, ROUNDS * READ),
    ]


async def _take_turns(server: ServerProcess, apis: Sequence[Api], spent: CpuTime, *, accepted: int) -> None:
    """Accept `accepted` generations over each API and read one of them `READ` times; add what both took."""
    for api in apis:
        before = cpu_seconds(server.process_id)
        keys = (f"{api.name}-{accepted}-{number}" for number in range(accepted))
        requests = [api.accept.encode(server.key, f"Idempotency-Key: {key}") for key in keys]
        bodies = await exchange(server.url, requests)
        wait_until_idle(server.process_id, timeout=MAX_WAIT)
        after_accepting = cpu_seconds(server.process_id)
        id = value_at(_document(bodies[0]), api.id)
        assert isinstance(id, str), bodies[0]
        await exchange(server.url, [api.read(id).encode(server.key) for _ in range(READ)])
        spent.accepting[api.name] += after_accepting - before
        spent.reading[api.name] += cpu_seconds(server.process_id) - after_accepting


def _figures(what: str, seconds: Mapping[str, float], count: int) -> Iterator[Figure]:
    reference = seconds[APIS[0].name]
    for name in (api.name for api in APIS):
        spent = seconds[name]
        measured = f"{1e6 * spent / count:,.0f} µs CPU, {spent / reference:.2f} x"
        yield Figure(f"{what} a generation over {name}", measured, f"{TARGET} x" if name != APIS[0].name else "")


def _document(body: bytes) -> object:
    """Return the JSON of a body, which is an event of an event stream otherwise."""
    return json.loads(body if body.startswith(b"{") else body.partition(b"data: ")[2].partition(b"\r\n")[0])
