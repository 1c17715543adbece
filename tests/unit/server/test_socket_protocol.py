"""WebSocket clients that do not read, over real sockets."""

import asyncio
import base64
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import orjson
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.typing import Subprotocol

from server.graphql.transports.websocket import PROTOCOL
from server.http_protocol import HttpProtocol
from server.socket_protocol import SocketProtocol, text_frame
from server.websocket_bypass import WebSocketBypass
from tests.support.asgi_server import free_socket, running_server
from tests.support.toy_schema import KEY, ToyState, toy_app, toy_endpoint

pytestmark = pytest.mark.anyio

TIMEOUT = 20  # seconds
FLOOD = 40_000_000  # bytes: more than fits into all buffers of a connection
PING = b"\x89\xfd" + bytes(4) + b"x" * 125
MESSAGE = 12_000_000  # bytes: more than fits into buffers that have not grown
EMPTY_MESSAGE = b"\x81\x80" + bytes(4)
CLOSE = b"\x88\x80" + bytes(4)
UPGRADE = (
    b"GET /graphql HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + base64.b64encode(bytes(16)) + b"\r\n"
)


class ShortTimeout(SocketProtocol):
    CLOSE_TIMEOUT = 0.05


class App:
    """Sends more than fits into the buffers, then closes the socket or receives until the client disconnects."""

    def __init__(self, *, sends: bool = True, closes: bool = False) -> None:
        self.sends, self.closes = sends, closes
        self.sent, self.lost = asyncio.Event(), asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        with suppress(OSError):
            if self.sends:
                await send({"type": "websocket.send", "bytes": bytes(FLOOD)})
            self.sent.set()
            if self.closes:
                await send({"type": "websocket.close", "code": 4408})
            while (await receive())["type"] != "websocket.disconnect":
                await send({"type": "websocket.send", "bytes": bytes(MESSAGE)})


def reporting_loss(app: App, protocol: type[SocketProtocol]) -> type[SocketProtocol]:
    """Return a protocol that sets `app.lost` when the connection is lost."""

    class ReportingLoss(protocol):  # type: ignore[misc, valid-type]
        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            app.lost.set()

    return ReportingLoss


@asynccontextmanager
async def served(app: ASGIApp, protocol: type[SocketProtocol], *, ping: float = 20) -> AsyncIterator[str]:
    bound, url = free_socket()
    async with asyncio.timeout(TIMEOUT), running_server(app, bound, http=HttpProtocol, ws=protocol, ping=ping):
        yield url.replace("http", "ws", 1)


@asynccontextmanager
async def non_reading_client(url: str) -> AsyncIterator[socket.socket]:
    """A client that reads only the response to its upgrade."""
    loop = asyncio.get_running_loop()
    host, _, port = url.removeprefix("ws://").partition(":")
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        client.setblocking(False)
        await loop.sock_connect(client, (host, int(port)))
        await loop.sock_sendall(client, UPGRADE + b"\r\n")
        assert b" 101 " in await loop.sock_recv(client, 1_000)
        yield client


async def test_a_client_that_pings_and_reads_no_pongs_is_disconnected() -> None:
    async with served(App(sends=False), SocketProtocol) as url, non_reading_client(url) as client:
        with pytest.raises(ConnectionError):
            await asyncio.get_running_loop().sock_sendall(client, PING * (FLOOD // len(PING)))


async def test_a_reading_client_gets_every_pong() -> None:
    async with served(App(sends=False), SocketProtocol) as url, connect(url, proxy=None) as ws:
        for turn in range(20):
            pongs = [await ws.ping(b"%120d" % (1_000 * turn + count)) for count in range(100)]
            for pong in pongs:
                await pong


async def test_pongs_that_were_read_no_longer_count() -> None:
    loop = asyncio.get_running_loop()
    pings = PING * (2 * SocketProtocol.MAX_UNREAD_PONG_BYTES // 3 // len(PING))
    async with served(App(sends=False), SocketProtocol) as url, non_reading_client(url) as client:
        for _ in range(3):
            await loop.sock_sendall(client, EMPTY_MESSAGE)
            left = MESSAGE + 10 + len(pings) - 4 * (len(pings) // len(PING))  # pongs have no mask
            left -= len(await loop.sock_recv(client, 1_000))
            await loop.sock_sendall(client, pings)
            while left:
                left -= len(piece := await loop.sock_recv(client, left))
                assert piece


async def test_pings_during_a_large_message_are_no_flood() -> None:
    async with served(App(), SocketProtocol) as url, connect(url, proxy=None, max_size=FLOOD) as ws:
        pongs = [await ws.ping() for _ in range(100)]
        assert len(await ws.recv()) == FLOOD
        for pong in pongs:
            await pong


async def test_a_close_frame_that_cannot_be_sent_ends_the_connection() -> None:
    app = App(closes=True)
    async with served(app, reporting_loss(app, ShortTimeout)) as url, non_reading_client(url):
        await app.lost.wait()


async def test_a_closing_client_that_does_not_read_is_disconnected() -> None:
    app = App()
    async with served(app, reporting_loss(app, ShortTimeout)) as url, non_reading_client(url) as client:
        await app.sent.wait()
        await asyncio.get_running_loop().sock_sendall(client, CLOSE)
        await app.lost.wait()


async def test_a_client_that_answers_no_ping_is_disconnected() -> None:
    app = App()
    async with served(app, reporting_loss(app, ShortTimeout), ping=0.05) as url, non_reading_client(url):
        await app.lost.wait()


async def test_a_reading_client_gets_the_close_code() -> None:
    async with served(App(closes=True), SocketProtocol) as url, connect(url, proxy=None, max_size=FLOOD) as ws:
        assert len(await ws.recv()) == FLOOD
        with pytest.raises(ConnectionClosedError) as closed:
            await ws.recv()

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4408


async def test_an_upgrade_with_a_long_header_is_refused() -> None:
    async with served(App(), SocketProtocol) as url:
        with pytest.raises(InvalidStatus) as refused:
            await connect(url, proxy=None, additional_headers={"X": "x" * 9_000})

    assert refused.value.response.status_code == 431


async def test_a_socket_on_another_path_is_refused_before_the_endpoint() -> None:
    called = []

    async def endpoint(scope: Scope, receive: Receive, send: Send) -> None:
        called.append(scope["path"])

    async with served(WebSocketBypass(endpoint, path="/graphql", endpoint=endpoint), SocketProtocol) as url:
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"{url}/media/x", proxy=None)

    assert refused.value.response.status_code == 404
    assert b"There is no WebSocket at /media/x. GraphQL is at /graphql." in refused.value.response.body
    assert called == []


@pytest.mark.parametrize("letter", ["x", "é", "狐", "🦊"])
async def test_the_close_reason_is_truncated_to_the_frame(letter: str) -> None:
    message = {
        "id": letter * 80,
        "type": "subscribe",
        "payload": {"query": 'subscription { counter(id: "a") { version } }'},
    }
    toy = ToyState()
    toy.counters.add("a")
    async with (
        served(toy_app(toy_endpoint(toy)), SocketProtocol) as url,
        connect(f"{url}/graphql", subprotocols=[Subprotocol(PROTOCOL)], proxy=None) as ws,
    ):
        await ws.send(orjson.dumps({"type": "connection_init", "payload": {"x-api-key": KEY}}).decode())
        assert orjson.loads(await ws.recv()) == {"type": "connection_ack"}
        await ws.send(orjson.dumps(message).decode())
        assert orjson.loads(await ws.recv())["type"] == "next"
        await ws.send(orjson.dumps(message).decode())
        with pytest.raises(ConnectionClosedError) as closed:
            await ws.recv()

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4409
    assert f"Subscriber for {letter * 80} already exists".startswith(closed.value.rcvd.reason)
    assert len(closed.value.rcvd.reason.encode()) > 100


def test_overridden_methods_exist_in_uvicorn() -> None:
    methods = {name for name, value in vars(SocketProtocol).items() if callable(value) and not name.startswith("__")}

    assert methods - {"_abort_later", "_sends_at_once"} <= vars(WebSocketsSansIOProtocol).keys()


@pytest.mark.parametrize("length", [0, 1, 125, 126, 65_535, 65_536, 100_000])
@pytest.mark.parametrize("letter", ["a", "ä", "🦊"])
def test_a_text_message_has_the_frame_that_websockets_gives_it(letter: str, length: int) -> None:
    text = letter * (length // len(letter.encode())) + "a" * (length % len(letter.encode()))
    payload = text.encode()

    assert len(payload) == length
    assert text_frame(text) == Frame(Opcode.TEXT, payload).serialize(mask=False)


async def test_text_messages_of_all_sizes_arrive_whole_and_in_order_with_binary_ones() -> None:
    sizes = [0, 125, 126, 65_535, 65_536, 3_000_000, 1]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        for size in sizes:
            await send({"type": "websocket.send", "text": "a" * size})
            await send({"type": "websocket.send", "bytes": bytes(size)})
        await send({"type": "websocket.close"})

    async with served(app, SocketProtocol) as url, connect(url, proxy=None, max_size=None) as client:
        received = [message async for message in client]

    assert received == [message for size in sizes for message in ("a" * size, bytes(size))]
