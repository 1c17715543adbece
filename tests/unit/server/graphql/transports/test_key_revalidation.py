"""Revalidation of keys while sockets and streams are open."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import orjson
import pytest

from accounts.authentication import CACHE_TTL
from server.graphql.transports.http import GraphQLEndpoint
from server.graphql.transports.key_revalidation import INTERVAL
from server.graphql.transports.websocket import PROTOCOL
from tests.support.asgi_websocket import AsgiWebSocket, SocketClosed
from tests.support.manual_clock import ManualClock
from tests.support.toy_schema import KEY, ToyState, toy_app, toy_endpoint

pytestmark = pytest.mark.anyio

OTHER_KEY = "sk_test_other"
INTERVAL_SECONDS = INTERVAL.total_seconds()
STREAMS = ["text/event-stream", "multipart/mixed;subscriptionSpec=1.0"]


class EndpointHarness:
    """The endpoint with a manual clock."""

    def __init__(self) -> None:
        self.toy, self.clock = ToyState(), ManualClock()
        self.toy.keys[OTHER_KEY] = "another"
        self.endpoint: GraphQLEndpoint[str] = toy_endpoint(self.toy, clock=self.clock)

    @asynccontextmanager
    async def socket(self, key: str = KEY) -> AsyncIterator[AsgiWebSocket]:
        async with AsgiWebSocket(toy_app(self.endpoint), subprotocols=[PROTOCOL]) as ws:
            ws.send_json({"type": "connection_init", "payload": {"x-api-key": key}})
            assert await ws.receive_json() == {"type": "connection_ack"}
            yield ws

    async def stream(self, accept: str) -> httpx.Response:
        transport = httpx.ASGITransport(toy_app(self.endpoint))
        async with httpx.AsyncClient(transport=transport, base_url="http://toy") as client:
            headers = {"accept": accept, "x-api-key": KEY}
            return await client.post("/graphql", json={"query": "subscription { endless }"}, headers=headers)

    async def run_check(self) -> None:
        """Advance to the next check of all keys, and wait until it is finished."""
        self.clock.move(INTERVAL_SECONDS)
        while self.endpoint.key_revalidator.is_checking:
            await asyncio.sleep(0)


async def is_configured(ws: AsgiWebSocket) -> bool:
    ws.send_json({"type": "ping"})
    response: Any = await ws.receive_json()
    return bool(response == {"type": "pong"})


def test_a_revoked_key_is_rejected_within_ten_seconds() -> None:
    assert (INTERVAL + CACHE_TTL).total_seconds() <= 10


async def test_an_idle_socket_is_closed_after_its_key_is_revoked() -> None:
    harness = EndpointHarness()
    async with harness.socket() as ws, harness.socket(OTHER_KEY) as other:
        await harness.run_check()
        assert await is_configured(ws)
        del harness.toy.keys[KEY]
        harness.clock.move(INTERVAL_SECONDS)
        with pytest.raises(SocketClosed) as closed:
            await ws.receive_json()
        assert closed.value.code == 4403
        assert await is_configured(other)


async def test_the_subscriptions_of_a_closed_socket_end_with_it() -> None:
    harness = EndpointHarness()
    harness.toy.counters.add("a")
    async with harness.socket() as ws:
        for number, query in enumerate(["subscription { endless }", 'subscription { counter(id: "a") { version } }']):
            ws.send_json({"id": f"{number}", "type": "subscribe", "payload": {"query": query}})
            assert (await ws.receive_json())["type"] == "next"
        harness.toy.keys.clear()
        await harness.run_check()
        with pytest.raises(SocketClosed):
            await ws.receive_json()
    assert harness.toy.open_sources == 0
    assert len(harness.endpoint.operations.subscriptions) == 0


@pytest.mark.parametrize("accept", STREAMS)
async def test_a_stream_ends_with_unauthenticated(accept: str) -> None:
    harness = EndpointHarness()
    response = asyncio.create_task(harness.stream(accept))
    await asyncio.wait_for(harness.toy.opened.wait(), timeout=10)
    harness.toy.keys.clear()
    await harness.run_check()
    text = (await asyncio.wait_for(response, timeout=10)).text

    assert '"endless":1' in text
    assert '"code":"UNAUTHENTICATED"' in text
    assert text.endswith(("event: complete\ndata:\n\n", "--graphql--\r\n"))
    assert harness.toy.open_sources == 0
    assert len(harness.endpoint.key_revalidator) == 0


async def test_each_key_is_checked_once_for_all_its_connections() -> None:
    harness = EndpointHarness()
    async with AsyncExitStack() as stack:
        for key in (KEY, KEY, KEY, OTHER_KEY, OTHER_KEY):
            await stack.enter_async_context(harness.socket(key))
        before = harness.toy.lookups
        await harness.run_check()
        await harness.run_check()
        assert harness.toy.lookups - before == 4
        assert harness.clock.pending == 1


async def test_nothing_is_checked_without_open_connections() -> None:
    harness = EndpointHarness()
    async with harness.socket():
        assert harness.clock.pending == 1
    assert harness.clock.pending == 0
    assert len(harness.endpoint.key_revalidator) == 0


async def test_connections_stay_open_while_keys_cannot_be_checked(caplog: pytest.LogCaptureFixture) -> None:
    harness = EndpointHarness()
    async with harness.socket() as ws:
        keys, harness.toy.keys = harness.toy.keys, None  # type: ignore[assignment]
        await harness.run_check()
        assert "key_check_failed" in caplog.text
        assert await is_configured(ws)
        del keys[KEY]
        harness.toy.keys = keys
        await harness.run_check()
        with pytest.raises(SocketClosed):
            await ws.receive_json()


async def test_a_checked_socket_still_accepts_messages() -> None:
    harness = EndpointHarness()
    async with harness.socket() as ws:
        for _ in range(3):
            await harness.run_check()
        ws.send_json({"id": "1", "type": "subscribe", "payload": {"query": "{ caller }"}})
        assert orjson.dumps((await ws.receive_json())["payload"]) == b'{"data":{"caller":"somebody"}}'
