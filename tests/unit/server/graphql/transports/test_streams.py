"""Subscriptions over HTTP: server-sent events and Apollo's multipart format."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest

from tests.support.toy_schema import KEY, ToyState, toy_client, toy_endpoint

pytestmark = pytest.mark.anyio

SSE = "text/event-stream"
MULTIPART = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json"
STATES = 'subscription { generationUpdated(id: "gen_9") { status error progress } }'


async def subscribe(query: str, accept: str) -> httpx.Response:
    """Return a complete response."""
    async with toy_client() as client:
        return await client.post("/graphql", json={"query": query}, headers={"accept": accept})


class StreamClient:
    """A client that reads a stream message by message, and can disconnect."""

    def __init__(self, query: str = "subscription { endless }") -> None:
        self.query = query
        self.sent: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()
        self.disconnected = asyncio.Event()
        self._requests = 0

    async def receive(self) -> dict[str, Any]:
        self._requests += 1
        if self._requests == 1:
            return {"type": "http.request", "body": orjson.dumps({"query": self.query})}
        await self.disconnected.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Mapping[str, Any]) -> None:
        self.sent.put_nowait(message)

    async def read(self) -> bytes:
        message = await asyncio.wait_for(self.sent.get(), timeout=10)
        body: bytes = message.get("body", b"")
        return body


class SlowStreamClient(StreamClient):
    """A client that reads only the first two messages until `reads` is set; sending after the end is an error."""

    def __init__(self, query: str) -> None:
        super().__init__(query)
        self.waiting: asyncio.Queue[bytes] = asyncio.Queue()
        self.reads = asyncio.Event()
        self.is_over = False

    async def send(self, message: Mapping[str, Any]) -> None:
        if self.sent.qsize() == 2 and not self.reads.is_set():
            self.waiting.put_nowait(message["body"])
            await self.reads.wait()
        if self.is_over:
            raise RuntimeError("Unexpected message, after response already completed.")
        self.is_over = message["type"] == "http.response.body" and not message["more_body"]
        await super().send(message)


@asynccontextmanager
async def open_stream(
    toy: ToyState, accept: str, heartbeat: timedelta, *, client: StreamClient | None = None
) -> AsyncIterator[tuple[StreamClient, asyncio.Task[None]]]:
    client = client or StreamClient()
    headers = {"content-type": "application/json", "accept": accept, "x-api-key": KEY, "host": "toy"}
    scope = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    endpoint = toy_endpoint(toy, heartbeat=heartbeat)
    serving = asyncio.create_task(endpoint(scope, client.receive, client.send))
    yield client, serving
    client.disconnected.set()
    await serving


async def test_server_sent_events_end_with_complete() -> None:
    response = await subscribe(STATES, SSE)

    events = response.text.removeprefix(":\n\n").removesuffix("\n\n").split("\n\n")
    payloads = [orjson.loads(event.removeprefix("event: next\ndata: ")) for event in events[:-1]]
    states = [payload["data"]["generationUpdated"] for payload in payloads]
    assert [(state["status"], state["progress"]) for state in states] == [
        ("processing", 0),
        ("processing", 50),
        ("completed", 100),
    ]
    assert events[-1] == "event: complete\ndata:"
    assert "\r" not in response.text
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"


async def test_multipart_parts_are_closed_by_the_boundary_that_follows() -> None:
    response = await subscribe("subscription { generationUpdated(id: 1) { progress } }", MULTIPART)

    first, *parts, last = response.content.split(b"\r\n--graphql")
    bodies = [orjson.loads(part.partition(b"\r\n\r\n")[2]) for part in parts]
    assert (first, last) == (b"", b"--\r\n")
    assert [body["payload"]["data"]["generationUpdated"]["progress"] for body in bodies] == [0, 50, 100]


async def test_a_failing_source_ends_with_an_error_in_the_format_of_the_stream() -> None:
    events, parts = (
        await subscribe("subscription { breaks }", SSE),
        await subscribe("subscription { breaks }", MULTIPART),
    )

    assert '"code":"INTERNAL"' in events.text
    assert events.text.endswith("event: complete\ndata:\n\n")
    assert '{"payload":null,"errors":[' in parts.text
    assert "secret" not in events.text + parts.text


@pytest.mark.parametrize(
    "query",
    [
        "subscription { b: breaks }",
        "subscription { ...F } fragment F on Subscription { ... { ...G } } fragment G on Subscription { b: breaks }",
        "subscription { ... { b: breaks } }",
    ],
    ids=["directly", "in fragments", "in an inline fragment"],
)
async def test_the_error_of_a_failing_source_has_the_response_name(query: str) -> None:
    assert '"path":["b"]' in (await subscribe(query, SSE)).text


async def test_a_forbidden_subscription_has_its_code() -> None:
    events, parts = (
        await subscribe("subscription { forbidden }", SSE),
        await subscribe("subscription { forbidden }", MULTIPART),
    )

    assert '"code":"FORBIDDEN"' in events.text
    assert '"code":"FORBIDDEN"' in parts.text


async def test_a_subscription_that_cannot_start_is_an_event_or_an_http_error() -> None:
    query = "subscription ($id: ID!) { generationUpdated(id: $id) { id } }"
    events, parts = await subscribe(query, SSE), await subscribe(query, MULTIPART)

    assert (events.status_code, events.text.count("event: ")) == (200, 2)
    assert '"code":"BAD_USER_INPUT"' in events.text
    assert parts.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_query_is_streamed_only_if_json_is_not_accepted() -> None:
    stream, json = await subscribe("{ number }", SSE), await subscribe("{ number }", f"{SSE}, application/json;q=0.1")

    assert 'data: {"data":{"number":1}}' in stream.text
    assert json.json() == {"data": {"number": 1}}


@pytest.mark.parametrize(
    ("accept", "beat"), [(SSE, b":\n\n"), (MULTIPART, b"\r\nContent-Type: application/json\r\n\r\n{}\r\n--graphql")]
)
async def test_an_idle_stream_has_heartbeats(accept: str, beat: bytes) -> None:
    async with open_stream(ToyState(), accept, timedelta(milliseconds=1)) as (client, _):
        head, opening, first = [await client.read() for _ in range(3)]
        assert head == b""
        assert opening
        assert b'"endless":1' in first
        assert [await client.read() for _ in range(3)] == [beat] * 3


@pytest.mark.parametrize("accept", [SSE, MULTIPART])
async def test_the_source_stops_when_the_client_disconnects(accept: str) -> None:
    toy = ToyState()
    async with open_stream(toy, accept, timedelta(seconds=12)) as (client, serving):
        await asyncio.wait_for(toy.opened.wait(), timeout=10)
        assert toy.open_sources == 1
        client.disconnected.set()
        await asyncio.wait_for(serving, timeout=10)
    assert toy.open_sources == 0


@pytest.mark.parametrize("accept", [SSE, MULTIPART])
async def test_a_heartbeat_queued_for_a_slow_reader_is_dropped_at_the_end(accept: str) -> None:
    slow = SlowStreamClient('subscription { generationUpdated(id: "gen_9") { status } }')
    async with open_stream(ToyState(), accept, timedelta(milliseconds=1), client=slow) as (_, serving):
        result, heartbeat = await slow.waiting.get(), await slow.waiting.get()
        slow.reads.set()
        await asyncio.wait_for(serving, timeout=10)

    assert slow.is_over
    assert result != heartbeat
