"""A client that stops reading, over a real socket: bounded memory, no delay for others, and the latest state."""

import asyncio
import base64
import re
import socket
import tracemalloc

import orjson
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from server.graphql.transports.websocket import PROTOCOL
from tests.support.asgi_server import free_socket, running_server
from tests.support.toy_schema import KEY, ToyState, toy_app, toy_endpoint

pytestmark = pytest.mark.anyio

TIMEOUT = 30  # seconds
CHANGES = 300
PADDING = 40_000  # times one to three digits, so that the kernel's buffers do not take it all
MAX_MEMORY = 10_000_000  # bytes, of thirty million published
QUERY = 'subscription { counter(id: "a") { version executions padding } }'


def masked_length(text: bytes) -> bytes:
    """Encode the length of a frame with an all-zero mask, which leaves the payload unchanged."""
    return bytes([0x80 | len(text)]) if len(text) < 126 else b"\xfe" + len(text).to_bytes(2, "big")


def websocket_requests() -> list[bytes]:
    nonce = base64.b64encode(bytes(16))
    messages = [
        {"type": "connection_init", "payload": {"x-api-key": KEY}},
        {"id": "1", "type": "subscribe", "payload": {"query": QUERY}},
    ]
    frames = [b"\x81%b%b%b" % (masked_length(text), bytes(4), text) for text in map(orjson.dumps, messages)]
    upgrade = (
        b"GET /graphql HTTP/1.1\r\nHost: toy\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: %b\r\nSec-WebSocket-Key: %b\r\n\r\n"
    )
    return [upgrade % (PROTOCOL.encode(), nonce), b"".join(frames)]


def stream_requests() -> list[bytes]:
    body = orjson.dumps({"query": QUERY})
    head = (
        b"POST /graphql HTTP/1.1\r\nHost: toy\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\n"
        b"X-API-Key: %b\r\nContent-Length: %d\r\n\r\n"
    )
    return [head % (KEY.encode(), len(body)) + body]


async def change_at_client_pace(url: str, toy: ToyState) -> list[int]:
    """Change the counter after each event received, and return the versions received."""
    versions: list[int] = []
    async with connect(
        f"{url.replace('http', 'ws', 1)}/graphql", subprotocols=[Subprotocol(PROTOCOL)], proxy=None
    ) as ws:
        await ws.send(orjson.dumps({"type": "connection_init", "payload": {"x-api-key": KEY}}).decode())
        await ws.send(orjson.dumps({"id": "1", "type": "subscribe", "payload": {"query": QUERY}}).decode())
        async for text in ws:
            message = orjson.loads(text)
            if message["type"] == "next":
                versions.append(message["payload"]["data"]["counter"]["version"])
                if versions[-1] < CHANGES:
                    toy.counters.change("a", is_over=versions[-1] == CHANGES - 1)
            elif message["type"] == "complete":
                break
    return versions


async def subscribe(client: socket.socket, requests: list[bytes]) -> None:
    """Send the requests, each after the response to the previous one."""
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(client, requests[0])
    for request in requests[1:]:
        assert b" 101 " in await loop.sock_recv(client, 1_000)
        await loop.sock_sendall(client, request)


async def read_to_end(client: socket.socket) -> bytes:
    """Return everything received until the subscription completes."""
    received = bytearray()
    while not any(end in received[-200:] for end in (b'"type":"complete"', b"event: complete")):
        received += await asyncio.get_running_loop().sock_recv(client, 1_000_000)
    return bytes(received)


@pytest.mark.parametrize("requests", [websocket_requests(), stream_requests()], ids=["websocket", "sse"])
async def test_a_client_that_stops_reading(
    requests: list[bytes],
) -> None:
    toy = ToyState()
    toy.counters.padding = PADDING
    toy.counters.add("a")
    bound, url = free_socket()
    async with asyncio.timeout(TIMEOUT), running_server(toy_app(toy_endpoint(toy)), bound):
        with socket.create_connection(bound.getsockname()) as client:
            client.setblocking(False)
            await subscribe(client, requests)
            while not toy.counters.executions:
                await asyncio.sleep(0)
            tracemalloc.start()
            quick = await change_at_client_pace(url, toy)
            cost = tracemalloc.get_traced_memory()[0]
            tracemalloc.stop()
            slow = [int(found) for found in re.findall(rb'"version":(\d+)', await read_to_end(client))]

    assert quick == list(range(1, CHANGES + 1))
    assert cost < MAX_MEMORY
    assert slow == sorted(set(slow))
    assert len(slow) < CHANGES
    assert slow[-1] == CHANGES
