"""Keys that were revoked or have expired while something was open with them."""

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
from tests.fixtures.clock import ManualClock
from tests.wire.asgi_socket import AsgiSocket, SocketClosed
from tests.wire.toy import KEY, Toy, toy_app, toy_endpoint

pytestmark = pytest.mark.anyio

OTHER_KEY = "sk_test_other"
ROUND = INTERVAL.total_seconds()
STREAMS = ["text/event-stream", "multipart/mixed;subscriptionSpec=1.0"]


class Site:
    """The endpoint on a clock that is moved by hand."""

    def __init__(self) -> None:
        self.toy, self.clock = Toy(), ManualClock()
        self.toy.keys[OTHER_KEY] = "another"
        self.endpoint: GraphQLEndpoint[str] = toy_endpoint(self.toy, clock=self.clock)

    @asynccontextmanager
    async def socket(self, key: str = KEY) -> AsyncIterator[AsgiSocket]:
        async with AsgiSocket(toy_app(self.endpoint), subprotocols=[PROTOCOL]) as ws:
            ws.send_json({"type": "connection_init", "payload": {"x-api-key": key}})
            assert await ws.receive_json() == {"type": "connection_ack"}
            yield ws

    async def stream(self, accept: str) -> httpx.Response:
        transport = httpx.ASGITransport(toy_app(self.endpoint))
        async with httpx.AsyncClient(transport=transport, base_url="http://toy") as client:
            headers = {"accept": accept, "x-api-key": KEY}
            return await client.post("/graphql", json={"query": "subscription { endless }"}, headers=headers)

    async def pass_round(self) -> None:
        """Let one round of questions begin and end."""
        self.clock.move(ROUND)
        while self.endpoint.key_revalidator.is_checking:
            await asyncio.sleep(0)


async def is_open(ws: AsgiSocket) -> bool:
    ws.send_json({"type": "ping"})
    answer: Any = await ws.receive_json()
    return bool(answer == {"type": "pong"})


def test_a_revoked_key_is_out_after_ten_seconds_at_the_most() -> None:
    assert (INTERVAL + CACHE_TTL).total_seconds() <= 10


async def test_an_idle_socket_is_closed_once_its_key_was_revoked() -> None:
    site = Site()
    async with site.socket() as ws, site.socket(OTHER_KEY) as other:
        await site.pass_round()
        assert await is_open(ws)
        del site.toy.keys[KEY]
        site.clock.move(ROUND)
        with pytest.raises(SocketClosed) as closed:
            await ws.receive_json()
        assert closed.value.code == 4403
        assert await is_open(other)


async def test_the_subscriptions_of_a_closed_socket_end_with_it() -> None:
    site = Site()
    site.toy.counters.add("a")
    async with site.socket() as ws:
        for number, query in enumerate(["subscription { endless }", 'subscription { counter(id: "a") { version } }']):
            ws.send_json({"id": f"{number}", "type": "subscribe", "payload": {"query": query}})
            assert (await ws.receive_json())["type"] == "next"
        site.toy.keys.clear()
        await site.pass_round()
        with pytest.raises(SocketClosed):
            await ws.receive_json()
    assert site.toy.open_sources == 0
    assert len(site.endpoint.operations.subscriptions) == 0


@pytest.mark.parametrize("accept", STREAMS)
async def test_a_stream_says_so_and_ends(accept: str) -> None:
    site = Site()
    response = asyncio.create_task(site.stream(accept))
    await asyncio.wait_for(site.toy.opened.wait(), timeout=10)
    site.toy.keys.clear()
    await site.pass_round()
    text = (await asyncio.wait_for(response, timeout=10)).text

    assert '"endless":1' in text
    assert '"code":"UNAUTHENTICATED"' in text
    assert text.endswith(("event: complete\ndata:\n\n", "--graphql--\r\n"))
    assert site.toy.open_sources == 0
    assert len(site.endpoint.key_revalidator) == 0


async def test_each_key_is_asked_about_once_for_all_that_is_open_with_it() -> None:
    site = Site()
    async with AsyncExitStack() as stack:
        for key in (KEY, KEY, KEY, OTHER_KEY, OTHER_KEY):
            await stack.enter_async_context(site.socket(key))
        before = site.toy.looked_up
        await site.pass_round()
        await site.pass_round()
        assert site.toy.looked_up - before == 4
        assert site.clock.pending == 1


async def test_nothing_is_asked_while_nothing_is_open() -> None:
    site = Site()
    async with site.socket():
        assert site.clock.pending == 1
    assert site.clock.pending == 0
    assert len(site.endpoint.key_revalidator) == 0


async def test_what_is_open_stays_open_while_the_keys_cannot_be_looked_up(caplog: pytest.LogCaptureFixture) -> None:
    site = Site()
    async with site.socket() as ws:
        keys, site.toy.keys = site.toy.keys, None  # type: ignore[assignment]
        await site.pass_round()
        assert "graphql.key_check_failed" in caplog.text
        assert await is_open(ws)
        del keys[KEY]
        site.toy.keys = keys
        await site.pass_round()
        with pytest.raises(SocketClosed):
            await ws.receive_json()


async def test_a_message_is_still_taken_from_a_socket_that_was_asked_about() -> None:
    site = Site()
    async with site.socket() as ws:
        for _ in range(3):
            await site.pass_round()
        ws.send_json({"id": "1", "type": "subscribe", "payload": {"query": "{ caller }"}})
        assert orjson.dumps((await ws.receive_json())["payload"]) == b'{"data":{"caller":"somebody"}}'
