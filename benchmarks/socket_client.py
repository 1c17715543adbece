"""A minimal graphql-transport-ws client, of which thousands fit into one process."""

import asyncio
import base64
import json
import resource
import secrets
import time
from collections.abc import Sequence
from functools import partial

TIMEOUT = 60  # seconds
CONNECT_BATCH = 50  # sockets
QUERY = """subscription Follow($id: ID!) {
  generationUpdated(id: $id) {
    id type status stage progress provider model testMode url imageUrl videoUrl audioUrl thumbnailUrl
    creditCost estimatedTime errorMessage createdAt completedAt version
  }
}"""


class Arrivals:
    """Arrival times of results, in seconds after `start`."""

    def __init__(self) -> None:
        self._times: list[float] = []
        self._expected = 0
        self._arrived = asyncio.Event()
        self._started = 0.0

    def start(self) -> None:
        self._times.clear()
        self._started = time.perf_counter()

    def record(self) -> None:
        self._times.append(time.perf_counter() - self._started)
        if len(self._times) >= self._expected:
            self._arrived.set()

    async def wait_for(self, count: int) -> list[float]:
        """Wait until `count` results have arrived, and return their times in order."""
        self._expected = count
        self._arrived.clear()
        if len(self._times) < count:
            async with asyncio.timeout(TIMEOUT):
                await self._arrived.wait()
        return sorted(self._times)


class SocketClient(asyncio.Protocol):
    """One socket with one subscription."""

    __slots__ = ("_arrivals", "_buffer", "_key", "_opened", "_transport", "_variables")

    def __init__(self, key: str, generation_id: str, arrivals: Arrivals) -> None:
        self._key, self._variables, self._arrivals = key, {"id": generation_id}, arrivals
        self._buffer = b""
        self._opened = False
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        nonce = base64.b64encode(secrets.token_bytes(16)).decode()
        transport.write(
            b"GET /graphql HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n"
            b"Sec-WebSocket-Key: %b\r\n\r\n" % nonce.encode()
        )

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._opened:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            assert b" 101 " in head, head
            self._opened, self._buffer = True, rest
            self._send({"type": "connection_init", "payload": {"X-API-Key": self._key}})
        while (frame := self._next_frame()) is not None:
            self._handle(*frame)

    def _next_frame(self) -> tuple[int, bytes] | None:
        buffer = self._buffer
        if len(buffer) < 4:
            return None
        length, start = buffer[1], 2
        if length == 126:
            length, start = int.from_bytes(buffer[2:4], "big"), 4
        if len(buffer) < start + length:
            return None
        self._buffer = buffer[start + length :]
        return buffer[0] & 15, buffer[start : start + length]

    def _handle(self, kind: int, payload: bytes) -> None:
        if kind == 9:
            self._write(0x8A, payload)
        elif b'"type":"next"' in payload[:60] and b'"errors"' not in payload:
            self._arrivals.record()
        elif b'"connection_ack"' in payload:
            self._send({"id": "1", "type": "subscribe", "payload": {"query": QUERY, "variables": self._variables}})
        else:
            raise AssertionError(payload)

    def _send(self, message: object) -> None:
        self._write(0x81, json.dumps(message).encode())

    def _write(self, head: int, payload: bytes) -> None:
        assert self._transport is not None
        size = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2, "big")
        # a mask of zeros leaves the payload unchanged
        self._transport.write(bytes([head]) + size + bytes(4) + payload)


async def open_sockets(
    port: int, key: str, ids: Sequence[str], arrivals: Arrivals, *, at_once: int = CONNECT_BATCH
) -> list[asyncio.BaseTransport]:
    """Subscribe to each of these generations over a socket of its own; wait for their current states."""
    loop = asyncio.get_running_loop()
    transports: list[asyncio.BaseTransport] = []
    for start in range(0, len(ids), at_once):
        opened = await asyncio.gather(
            *(
                loop.create_connection(partial(SocketClient, key, identifier, arrivals), "127.0.0.1", port)
                for identifier in ids[start : start + at_once]
            )
        )
        transports += [transport for transport, _ in opened]
        await arrivals.wait_for(len(transports))
    return transports


def raise_file_limit(count: int) -> None:
    """Allow this process, and those that it starts, this many open files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, count), hard), hard))
