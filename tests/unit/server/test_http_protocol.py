"""Limits on the size and duration of requests on raw connections."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import orjson
import pytest
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from websockets.asyncio.client import connect

from server.http_protocol import HttpProtocol
from server.socket_protocol import SocketProtocol
from tests.support.asgi_server import free_socket, running_server

pytestmark = pytest.mark.anyio

TIMEOUT = 20  # seconds
FLOOD = 64_000_000  # bytes: more than fits into all buffers of a connection
HEAD = b"%b HTTP/1.1\r\nHost: here\r\n"
GET, POST, PUT = HEAD % b"GET /", HEAD % b"POST /", HEAD % b"PUT /unread"
H2C = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"


class ShortPause(HttpProtocol):
    BODY_PAUSE = 0.2


class SmallLimits(ShortPause):
    MAX_HEAD_BYTES = 2_000
    MAX_FIELDS = 10
    MAX_DRAINED_BODY = MAX_DRAINED_OF_LONGER_BODY = 100_000


class LongPause(HttpProtocol):
    BODY_PAUSE = 2 * TIMEOUT


class ShortTimeout(HttpProtocol):
    HEAD_TIMEOUT = 0.1


class ShorterTimeout(HttpProtocol):
    HEAD_TIMEOUT = 0.06


class App:
    """Echoes the request; /unread is answered without reading the body, /slow after `released` is set."""

    def __init__(self) -> None:
        self.released = asyncio.Event()
        self.called = asyncio.Event()
        self.ended = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            await receive()
            await send({"type": "websocket.close", "code": 4000})
            return
        self.called.set()
        if "slow" in scope["path"]:
            await self.released.wait()
        body = b"" if "unread" in scope["path"] else await whole(receive)
        response = b"%b %d %b" % (scope["method"].encode(), len(scope["headers"]), body)
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(response))]}
        )
        await send({"type": "http.response.body", "body": response})
        self.ended.set()


async def whole(receive: Receive) -> bytes:
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message["body"]
        if not message["more_body"]:
            break
    return body


class Client:
    """The client side of a raw connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def read_response(self) -> tuple[int, bytes]:
        """Return the status and the body of the next response."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        [length] = [line[16:] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length: ")]
        return int(head.split()[1]), await self.reader.readexactly(int(length))

    async def refusal(self) -> tuple[int, str]:
        """Return the status and the error code of the last response before the connection is closed."""
        status, body = await self.read_response()
        assert await self.reader.read() == b""
        [error] = orjson.loads(body)["errors"]
        assert error["message"]
        assert error["extensions"]["retryable"] is False
        return status, error["extensions"]["code"]


@asynccontextmanager
async def served(protocol: type[HttpProtocol], app: App | None = None) -> AsyncIterator[str]:
    bound, url = free_socket()
    async with asyncio.timeout(TIMEOUT), running_server(app or App(), bound, http=protocol, ws=SocketProtocol):
        yield url


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Client]:
    host, _, port = url.removeprefix("http://").partition(":")
    client = Client(*await asyncio.open_connection(host, int(port)))
    try:
        yield client
    finally:
        client.writer.close()


@asynccontextmanager
async def client_of(protocol: type[HttpProtocol], app: App | None = None) -> AsyncIterator[Client]:
    async with served(protocol, app) as url, connected(url) as client:
        yield client


HEADS = {
    "a field": GET + b"X: " + b"x" * 2_000 + b"\r\n\r\n",
    "fields": GET + b"X: x\r\n" * 10 + b"\r\n",
    "a target": HEAD % (b"GET /" + b"x" * 2_000) + b"\r\n",
    "an endless field": GET + b"X: " + b"x" * 6_000,
    "an endless target": b"GET /" + b"x" * 6_000,
    "endless blank lines": b"\r\n" * 3_000,
    "the head of an upgrade": GET + b"Connection: Upgrade\r\nUpgrade: websocket\r\nX: " + b"x" * 2_000 + b"\r\n\r\n",
    "trailers": POST + CHUNKED + b"0\r\n" + b"X: x\r\n" * 1_000,
    "an endless trailer": POST + CHUNKED + b"0\r\nX: " + b"x" * 6_000,
    "a chunk extension": POST + CHUNKED + b"1;" + b"x" * 6_000,
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS.keys())
@pytest.mark.parametrize("before", [b"", GET + b"\r\n"], ids=["first", "second"])
async def test_a_head_that_is_too_large_is_refused(head: bytes, before: bytes) -> None:
    async with client_of(SmallLimits) as client:
        if before:
            await client.send(before)
            assert (await client.read_response())[0] == 200
        await client.send(head)

        assert await client.refusal() == (431, "HEADERS_TOO_LARGE")


async def test_a_head_within_the_limits_may_arrive_in_pieces() -> None:
    head = GET + b"X: x\r\n" * 8 + b"Y: " + b"y" * 1_900 + b"\r\n\r\n"
    async with client_of(SmallLimits) as client:
        for start in range(0, len(head), 7):
            await client.send(head[start : start + 7])

        assert await client.read_response() == (200, b"GET 10 ")


async def test_pipelined_requests_and_bodies_do_not_count_as_a_head() -> None:
    async with client_of(SmallLimits) as client:
        request = POST + b"Content-Length: 5000\r\n\r\n" + b"x" * 5_000 + GET + b"\r\n"
        await client.send(request * 20)

        responses = [await client.read_response() for _ in range(40)]

    assert responses == [(200, b"POST 2 " + b"x" * 5_000), (200, b"GET 1 ")] * 20


async def test_a_client_that_keeps_sending_gets_the_refusal() -> None:
    async with client_of(HttpProtocol) as client:
        await client.send(GET + b"X: " + b"x" * 700_000)

        assert await client.refusal() == (431, "HEADERS_TOO_LARGE")


async def test_a_client_that_never_stops_sending_is_disconnected() -> None:
    async with client_of(SmallLimits) as client:
        with pytest.raises(ConnectionError):
            await send_without_end(client, GET, b"X: x\r\n" * 10_000)


@pytest.mark.parametrize("wrong", [HEADS["fields"], b"?\r\n\r\n"], ids=["too large", "malformed"])
async def test_a_refusal_does_not_overtake_an_earlier_response(wrong: bytes) -> None:
    app = App()
    async with client_of(SmallLimits, app) as client:
        await client.send(HEAD % b"GET /slow" + b"\r\n" + wrong)
        await app.called.wait()
        app.released.set()

        assert await client.read_response() == (200, b"GET 1 ")
        assert await client.reader.read() == b""


@pytest.mark.parametrize(
    "wrong",
    [b"?\r\n\r\n", POST + CHUNKED + b"x\r\n", b"CONNECT here:1 HTTP/1.1\r\n\r\n"],
    ids=["a head", "a chunk", "a proxy's"],
)
async def test_a_malformed_request_is_refused_with_the_same_body(wrong: bytes) -> None:
    async with client_of(HttpProtocol) as client:
        await client.send(wrong)

        assert await client.refusal() == (400, "BAD_REQUEST")


async def test_nothing_is_sent_after_a_refusal() -> None:
    app = App()
    async with client_of(HttpProtocol, app) as client:
        await client.send(HEAD % b"PUT /slow/unread" + CHUNKED)
        await app.called.wait()
        await client.send(b"x\r\n")
        assert (await client.read_response())[0] == 400
        app.released.set()
        await app.ended.wait()
        assert await client.reader.read() == b""


async def test_an_answered_request_is_not_refused_as_well() -> None:
    async with client_of(ShortPause) as client:
        await client.send(PUT + CHUNKED)
        assert await client.read_response() == (200, b"PUT 2 ")
        await client.send(b"x\r\n")

        assert await client.reader.read() == b""


@pytest.mark.parametrize("pieces", [1, 2, 50])
async def test_an_upgrade_to_http_2_is_ignored(pieces: int) -> None:
    whole = POST + H2C + b"Content-Length: 5\r\n\r\nhello" + POST + H2C + CHUNKED + b"5\r\nhello\r\n0\r\n\r\n"
    size = -(-len(whole) // pieces)
    async with client_of(HttpProtocol) as client:
        for start in range(0, len(whole), size):
            await client.send(whole[start : start + size])
            await asyncio.sleep(0)
        assert await client.read_response() == (200, b"POST 4 hello")
        assert await client.read_response() == (200, b"POST 4 hello")

        await client.send(GET + b"\r\n")
        assert await client.read_response() == (200, b"GET 1 ")


async def test_a_thousand_pipelined_upgrades_are_served_in_order() -> None:
    async with client_of(HttpProtocol) as client:
        await client.send((GET + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n") * 1_000)

        assert [await client.read_response() for _ in range(1_000)] == [(200, b"GET 2 ")] * 1_000


@pytest.mark.parametrize(
    "head",
    [
        POST + b"Connection: close, Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\n",
        POST.replace(b"1.1", b"1.0") + b"Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\n",
    ],
    ids=["close", "1.0"],
)
async def test_an_ignored_upgrade_still_closes_the_connection_on_request(head: bytes) -> None:
    async with client_of(HttpProtocol) as client:
        await client.send(head + b"hi")

        assert await client.read_response() == (200, b"POST 3 hi")
        assert await client.reader.read() == b""


async def test_a_websocket_requires_get() -> None:
    async with client_of(HttpProtocol) as client:
        await client.send(POST + b"Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\nhi")

        assert await client.read_response() == (200, b"POST 3 hi")


@pytest.mark.serial
async def test_websockets_have_no_idle_timeout() -> None:
    async with served(ShortTimeout) as url, connect(url.replace("http", "ws", 1), proxy=None) as ws:
        await wait_for_timeouts(url)
        await ws.send("hello")
        await ws.wait_closed()

    assert ws.close_code == 4000


@pytest.mark.serial
async def test_an_idle_connection_is_closed() -> None:
    async with client_of(ShortTimeout) as client:
        assert await client.reader.read() == b""


@pytest.mark.serial
@pytest.mark.parametrize("before", [b"", GET + b"\r\n"], ids=["first", "second"])
async def test_an_incomplete_head_times_out(before: bytes) -> None:
    async with client_of(ShortTimeout) as client:
        if before:
            await client.send(before)
            assert (await client.read_response())[0] == 200
        await client.send(GET)

        assert await client.refusal() == (408, "REQUEST_TIMEOUT")


@pytest.mark.serial
async def test_the_rest_of_a_body_times_out_after_the_response() -> None:
    async with client_of(ShortTimeout) as client:
        await client.send(PUT + b"Content-Length: 5\r\n\r\nhe")
        assert await client.read_response() == (200, b"PUT 2 ")
        await client.send(b"l")

        assert await client.reader.read() == b""


@pytest.mark.serial
async def test_a_slow_response_leaves_the_connection_open() -> None:
    app = App()
    async with served(ShortTimeout, app) as url, connected(url) as connection:
        await connection.send(HEAD % b"GET /slow" + b"\r\n")
        await wait_for_timeouts(url)
        app.released.set()
        assert await connection.read_response() == (200, b"GET 1 ")

        await connection.send(GET + b"\r\n")
        assert await connection.read_response() == (200, b"GET 1 ")


@pytest.mark.serial
async def test_the_timeout_restarts_after_a_slow_response() -> None:
    app = App()
    async with served(ShortTimeout, app) as url, served(ShorterTimeout) as other, connected(url) as connection:
        await connection.send(HEAD % b"GET /slow" + b"\r\n")
        await wait_for_timeouts(other)
        app.released.set()  # shortly before the next timeout check of the connection
        await connection.read_response()
        started = time.monotonic()
        await connection.reader.read()
        elapsed = time.monotonic() - started

    assert elapsed > 0.95 * ShortTimeout.HEAD_TIMEOUT


async def test_an_unread_body_is_bounded() -> None:
    async with client_of(SmallLimits) as client:
        with pytest.raises(ConnectionError):
            await send_without_end(client, PUT + CHUNKED, b"4000\r\n" + b"x" * 0x4000 + b"\r\n")


async def test_a_client_that_ignores_the_response_sends_a_few_megabytes_of_a_long_body() -> None:
    async with client_of(HttpProtocol) as client:
        head = PUT + b"Content-Length: %d\r\n\r\n" % (HttpProtocol.MAX_DRAINED_BODY + 1)
        await client.send(head)
        assert (await client.read_response())[0] == 200
        await client.send(b"x" * HttpProtocol.MAX_DRAINED_OF_LONGER_BODY)

        with pytest.raises(ConnectionError):
            await send_without_end(client, b"", b"x" * 0x4000)


@pytest.mark.parametrize("megabytes", [20, 64])
async def test_a_client_that_sends_before_it_reads_gets_the_response_to_a_long_body(megabytes: int) -> None:
    content = bytes(megabytes * 1_000_000)
    async with served(HttpProtocol) as url:
        with httpx.Client(trust_env=False, timeout=TIMEOUT) as client:
            response = await asyncio.to_thread(client.put, f"{url}/unread", content=content)

    assert (response.status_code, response.text.split()[0]) == (200, "PUT")


@pytest.mark.parametrize("megabytes", [64, 150])
@pytest.mark.parametrize("is_chunked", [False, True], ids=["with a length", "chunked"])
async def test_an_asynchronous_client_gets_the_response_to_a_long_body(megabytes: int, is_chunked: bool) -> None:
    part = bytes(1_000_000)

    async def parts() -> AsyncIterator[bytes]:
        for _ in range(megabytes):
            yield part

    headers = {} if is_chunked else {"Content-Length": str(megabytes * len(part))}
    async with served(HttpProtocol) as url, httpx.AsyncClient(trust_env=False, timeout=TIMEOUT) as client:
        response = await client.put(f"{url}/unread", content=parts(), headers=headers)

    assert (response.status_code, response.text.split()[0]) == (200, "PUT")


async def test_a_small_unread_body_leaves_the_connection_usable() -> None:
    async with client_of(SmallLimits) as client:
        await client.send(PUT + b"Content-Length: 80000\r\n\r\n")
        assert await client.read_response() == (200, b"PUT 2 ")
        await client.send(b"x" * 80_000 + GET + b"\r\n")

        assert await client.read_response() == (200, b"GET 1 ")


async def test_a_response_waits_for_the_rest_of_the_body() -> None:
    app = App()
    async with served(LongPause, app) as url, connected(url) as client, connected(url) as other:
        response = asyncio.create_task(client.read_response())
        for _ in range(2):
            await client.send(PUT + b"Content-Length: 80000\r\n\r\n" + b"x" * 70_000)
            await app.ended.wait()
            await other.send(GET + b"\r\n")
            assert await other.read_response() == (200, b"GET 1 ")
            assert not response.done()

            await client.send(b"x" * 10_000)
            assert await response == (200, b"PUT 2 ")
            response = asyncio.create_task(client.read_response())
            app.ended.clear()
        response.cancel()


async def test_a_response_does_not_wait_for_a_body_that_pauses() -> None:
    async with client_of(ShortPause) as client:
        await client.send(PUT + b"Content-Length: 80000\r\n\r\n" + b"x" * 70_000)

        assert await client.read_response() == (200, b"PUT 2 ")


@pytest.mark.serial
async def test_a_pause_counts_from_the_last_bytes_of_the_body() -> None:
    app = App()
    async with served(ShortPause, app) as url, served(ShortTimeout) as other, connected(url) as client:
        await client.send(HEAD % b"PUT /slow-unread" + b"Content-Length: 9\r\n\r\n")
        await app.called.wait()
        await wait_for_timeouts(other)  # longer than the pause
        app.released.set()
        started = time.monotonic()
        response = await client.read_response()
        elapsed = time.monotonic() - started

    assert (response, elapsed < ShortPause.BODY_PAUSE / 2) == ((200, b"PUT 2 "), True)


@pytest.mark.parametrize(
    "head",
    [PUT + b"Content-Length: 100001\r\n\r\n", PUT + b"Content-Length: 9\r\nExpect: 100-continue\r\n\r\n"],
    ids=["over the limit", "held back by the client"],
)
async def test_a_response_does_not_wait_for_a_body_that_is_not_read(head: bytes) -> None:
    class Limited(SmallLimits):
        BODY_PAUSE = LongPause.BODY_PAUSE

    async with client_of(Limited) as client:
        await client.send(head)

        assert (await client.read_response())[0] == 200


async def test_a_long_response_does_not_wait_for_the_body() -> None:
    class Held(LongPause):
        MAX_HELD_BYTES = 10

    async with client_of(Held) as client:
        await client.send(PUT + b"Content-Length: 9\r\n\r\n")

        assert await client.read_response() == (200, b"PUT 2 ")


async def wait_for_timeouts(url: str) -> None:
    """Wait for three consecutive timeouts of idle connections."""
    for _ in range(3):
        async with connected(url) as idle:
            assert await idle.reader.read() == b""


async def send_without_end(client: Client, head: bytes, more: bytes) -> None:
    await client.send(head)
    for _ in range(FLOOD // len(more)):
        await client.send(more)


def test_overridden_methods_exist_in_uvicorn() -> None:
    own = {"_has_response", "_feed", "_parse", "_upgrade", "_reject", "_send_error", "_discard", "_stop_reading"}
    own |= {"_close_after_body", "_set_timer", "_cancel_timer", "_on_timeout", "_head_too_large"}
    own |= {"_hold_response", "_release_response", "_release_on_pause"}
    own |= {"_unread_limit", "_end_sending", "_close_for_reading"}
    methods = {name for name, value in vars(HttpProtocol).items() if callable(value) and not name.startswith("__")}

    assert methods - own <= vars(HttpToolsProtocol).keys()
