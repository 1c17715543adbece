"""Subscriptions over one HTTP response: server-sent events and Apollo's multipart."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest

from tests.wire.toy import KEY, Toy, toy_app, toy_endpoint

pytestmark = pytest.mark.anyio

SSE = "text/event-stream"
MULTIPART = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json"
STATES = 'subscription { generationUpdated(id: "gen_9") { status error progress } }'


async def ask(query: str, accept: str) -> httpx.Response:
    """The whole of a response that ends by itself."""
    transport = httpx.ASGITransport(toy_app(toy_endpoint(Toy())))
    async with httpx.AsyncClient(transport=transport, base_url="http://toy") as client:
        return await client.post("/graphql", json={"query": query}, headers={"accept": accept, "x-api-key": KEY})


class Listener:
    """A client that reads a stream as it comes, and can go away."""

    def __init__(self, query: str = "subscription { endless }") -> None:
        self.query = query
        self.sent: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()
        self.gone = asyncio.Event()
        self._requests = 0

    async def receive(self) -> dict[str, Any]:
        self._requests += 1
        if self._requests == 1:
            return {"type": "http.request", "body": orjson.dumps({"query": self.query})}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Mapping[str, Any]) -> None:
        self.sent.put_nowait(message)

    async def read(self) -> bytes:
        message = await asyncio.wait_for(self.sent.get(), timeout=10)
        body: bytes = message.get("body", b"")
        return body


class SlowListener(Listener):
    """A client that reads the opening alone at first, before a server that takes nothing after the end."""

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
async def listening(
    toy: Toy, accept: str, heartbeat: timedelta, *, listener: Listener | None = None
) -> AsyncIterator[tuple[Listener, asyncio.Task[None]]]:
    listener = listener or Listener()
    headers = {"content-type": "application/json", "accept": accept, "x-api-key": KEY, "host": "toy"}
    scope = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    endpoint = toy_endpoint(toy, heartbeat=heartbeat)
    serving = asyncio.create_task(endpoint(scope, listener.receive, listener.send))
    yield listener, serving
    listener.gone.set()
    await serving


async def test_server_sent_events_end_with_complete() -> None:
    response = await ask(STATES, SSE)

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
    response = await ask("subscription { generationUpdated(id: 1) { progress } }", MULTIPART)

    first, *parts, last = response.content.split(b"\r\n--graphql")
    bodies = [orjson.loads(part.partition(b"\r\n\r\n")[2]) for part in parts]
    assert (first, last) == (b"", b"--\r\n")
    assert [body["payload"]["data"]["generationUpdated"]["progress"] for body in bodies] == [0, 50, 100]


async def test_a_source_that_breaks_off_is_told_in_the_format_of_the_stream() -> None:
    events, parts = await ask("subscription { breaks }", SSE), await ask("subscription { breaks }", MULTIPART)

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
async def test_a_source_that_breaks_off_is_told_under_its_response_name(query: str) -> None:
    assert '"path":["b"]' in (await ask(query, SSE)).text


async def test_what_may_not_go_on_says_why() -> None:
    events, parts = await ask("subscription { forbidden }", SSE), await ask("subscription { forbidden }", MULTIPART)

    assert '"code":"FORBIDDEN"' in events.text
    assert '"code":"FORBIDDEN"' in parts.text


async def test_what_cannot_begin_is_an_event_or_an_http_answer() -> None:
    query = "subscription ($id: ID!) { generationUpdated(id: $id) { id } }"
    events, parts = await ask(query, SSE), await ask(query, MULTIPART)

    assert (events.status_code, events.text.count("event: ")) == (200, 2)
    assert '"code":"BAD_USER_INPUT"' in events.text
    assert parts.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_query_is_a_stream_only_for_those_who_take_no_json() -> None:
    stream, json = await ask("{ number }", SSE), await ask("{ number }", f"{SSE}, application/json;q=0.1")

    assert 'data: {"data":{"number":1}}' in stream.text
    assert json.json() == {"data": {"number": 1}}


@pytest.mark.parametrize(
    ("accept", "beat"), [(SSE, b":\n\n"), (MULTIPART, b"\r\nContent-Type: application/json\r\n\r\n{}\r\n--graphql")]
)
async def test_a_quiet_stream_has_a_heartbeat(accept: str, beat: bytes) -> None:
    async with listening(Toy(), accept, timedelta(milliseconds=1)) as (listener, _):
        head, opening, first = [await listener.read() for _ in range(3)]
        assert head == b""
        assert opening
        assert b'"endless":1' in first
        assert [await listener.read() for _ in range(3)] == [beat] * 3


@pytest.mark.parametrize("accept", [SSE, MULTIPART])
async def test_the_source_stops_as_soon_as_the_client_goes(accept: str) -> None:
    toy = Toy()
    async with listening(toy, accept, timedelta(seconds=12)) as (listener, serving):
        await asyncio.wait_for(toy.opened.wait(), timeout=10)
        assert toy.open_sources == 1
        listener.gone.set()
        await asyncio.wait_for(serving, timeout=10)
    assert toy.open_sources == 0


@pytest.mark.parametrize("accept", [SSE, MULTIPART])
async def test_a_heartbeat_that_waits_for_a_slow_reader_is_dropped_at_the_end(accept: str) -> None:
    slow = SlowListener('subscription { generationUpdated(id: "gen_9") { status } }')
    async with listening(Toy(), accept, timedelta(milliseconds=1), listener=slow) as (_, serving):
        result, heartbeat = await slow.waiting.get(), await slow.waiting.get()
        slow.reads.set()
        await asyncio.wait_for(serving, timeout=10)

    assert slow.is_over
    assert result != heartbeat
