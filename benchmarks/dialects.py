"""CPU time of accepting and of reading a generation through each API, relative to GraphQL, interleaved in one run."""

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.exchange import exchange
from benchmarks.figure import Figure
from benchmarks.pinned import cpu_seconds, pinned_server
from tests.support.api_clients import value_at

ROUNDS = 12  # in each, every API has a turn
ACCEPTED = 150  # of a turn
READ = 400
SETTLED = 0.1  # seconds without CPU time, after which the jobs of a turn are started
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
    """Return the request that calls a tool over MCP."""
    parameters = {"name": tool, "arguments": arguments}
    return HttpRequest("/mcp", {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": parameters})


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


async def dialect_figures(directory: Path) -> list[Figure]:
    """Measure all APIs on one server that has a core of its own."""
    accepting, reading = defaultdict[str, float](float), defaultdict[str, float](float)
    with pinned_server(directory / "dialects") as server:
        numbers = iter(range(1_000_000))
        for round in range(-1, ROUNDS):  # the first warms up
            for api in APIS:
                cpu = cpu_seconds(server.process_id)
                requests = _acceptances(api, server.key, numbers)
                bodies = await exchange(server.url, requests)
                _settle(server.process_id)
                accepted = cpu_seconds(server.process_id)
                id = value_at(_document(bodies[0]), api.id)
                assert isinstance(id, str), bodies[0]
                await exchange(server.url, [api.read(id).encode(server.key)] * READ)
                read = cpu_seconds(server.process_id)
                if round >= 0:
                    accepting[api.name] += accepted - cpu
                    reading[api.name] += read - accepted
    return [
        *_figures("accept", accepting, ROUNDS * ACCEPTED),
        *_figures("read", reading, ROUNDS * READ),
    ]


def _figures(what: str, seconds: Mapping[str, float], count: int) -> Iterator[Figure]:
    reference = seconds[APIS[0].name]
    for name, spent in seconds.items():
        measured = f"{1e6 * spent / count:,.0f} µs CPU, {spent / reference:.2f} x"
        yield Figure(f"{what} a generation over {name}", measured, f"{TARGET} x" if name != APIS[0].name else "")


def _acceptances(api: Api, key: str, numbers: Iterator[int]) -> list[bytes]:
    return [api.accept.encode(key, f"Idempotency-Key: number-{next(numbers)}") for _ in range(ACCEPTED)]


def _document(body: bytes) -> object:
    """Return the JSON of a body, which is an event of an event stream otherwise."""
    return json.loads(body if body.startswith(b"{") else body.partition(b"data: ")[2].partition(b"\r\n")[0])


def _settle(process_id: int) -> None:
    """Wait until the process uses no more CPU time."""
    before = -1.0
    while (now := cpu_seconds(process_id)) > before:
        before = now
        time.sleep(SETTLED)
