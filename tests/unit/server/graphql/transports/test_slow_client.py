"""A client that stops reading, over a real socket: it costs little, delays nobody, and gets the newest state."""

import asyncio
import base64
import re
import socket
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
import pytest
import uvicorn
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from server.graphql.transports.websocket import PROTOCOL
from tests.wire.toy import KEY, Toy, toy_app, toy_endpoint

pytestmark = pytest.mark.anyio

PATIENCE = 30  # seconds
CHANGES = 300
PADDING = 40_000  # times one to three digits, so that no buffer of the kernel takes it all
BOUND = 10_000_000  # bytes, of the thirty million that are published
QUERY = 'subscription { counter(id: "a") { version executions padding } }'


@asynccontextmanager
async def serving(toy: Toy) -> AsyncIterator[int]:
    config = uvicorn.Config(
        toy_app(toy_endpoint(toy)), log_level="error", lifespan="off", ws="websockets-sansio", ws_max_size=1_000_000
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        running = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:
            await asyncio.sleep(0)
        yield listener.getsockname()[1]
        server.should_exit = True
        await running


def masked_length(text: bytes) -> bytes:
    """The length of a frame that is masked with zeros, which leaves it readable."""
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


async def change_at_the_pace_of_a_quick_client(port: int, toy: Toy) -> list[int]:
    """What a client is told that makes the next change as soon as it has heard of the last."""
    versions: list[int] = []
    async with connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=[Subprotocol(PROTOCOL)], proxy=None) as ws:
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
    """Send the requests, each but the first once there is an answer to the one before."""
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(client, requests[0])
    for request in requests[1:]:
        assert b" 101 " in await loop.sock_recv(client, 1_000)
        await loop.sock_sendall(client, request)


async def rest_of(client: socket.socket) -> bytes:
    """All that comes until the end of the subscription."""
    received = bytearray()
    while not any(end in received[-200:] for end in (b'"type":"complete"', b"event: complete")):
        received += await asyncio.get_running_loop().sock_recv(client, 1_000_000)
    return bytes(received)


@pytest.mark.parametrize("requests", [websocket_requests(), stream_requests()], ids=["websocket", "sse"])
async def test_one_who_stops_reading_costs_little_delays_nobody_and_gets_the_newest_state(
    requests: list[bytes],
) -> None:
    toy = Toy()
    toy.counters.padding = PADDING
    toy.counters.add("a")
    async with asyncio.timeout(PATIENCE), serving(toy) as port:
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.setblocking(False)
            await subscribe(client, requests)
            while not toy.counters.executions:
                await asyncio.sleep(0)
            tracemalloc.start()
            quick = await change_at_the_pace_of_a_quick_client(port, toy)
            cost = tracemalloc.get_traced_memory()[0]
            tracemalloc.stop()
            slow = [int(found) for found in re.findall(rb'"version":(\d+)', await rest_of(client))]

    assert quick == list(range(1, CHANGES + 1))
    assert cost < BOUND
    assert slow == sorted(set(slow))
    assert len(slow) < CHANGES
    assert slow[-1] == CHANGES
