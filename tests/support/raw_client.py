"""A client that writes the bytes of requests itself, and the server whose cached responses it counts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import orjson

from tests.support.server_harness import ServerHarness

TIMEOUT = 20  # seconds
QUERY = "query ($id: ID!) { generation(id: $id) { id status progress } }"


@dataclass(frozen=True)
class RawResponse:
    status: int
    headers: dict[str, str]
    body: bytes


class Connection:
    """The client side of a connection that the test writes bytes to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def read(self) -> RawResponse:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return RawResponse(int(head[0].split()[1]), headers, body)

    async def exchange(self, data: bytes) -> RawResponse:
        await self.send(data)
        return await self.read()


class RawServer:
    """A server with one generation."""

    def __init__(self, harness: ServerHarness, generation_id: str) -> None:
        self.harness, self.generation_id = harness, generation_id

    @property
    def sent_from_cache(self) -> int:
        """The number of responses that were sent without processing the request."""
        return self.harness.application.raw_response_cache.responses

    def request(self, *fields: str, key: str | None = None, end: str = "HTTP/1.1", body: bytes | None = None) -> bytes:
        if body is None:
            body = orjson.dumps({"query": QUERY, "variables": {"id": self.generation_id}})
        content = ("Content-Type: application/json", f"Content-Length: {len(body)}")
        return self._head(f"POST /graphql {end}", key, *content, *fields) + body

    def get(self, path: str) -> bytes:
        return self._head(f"GET {path} HTTP/1.1", None)

    def _head(self, line: str, key: str | None, *fields: str) -> bytes:
        lines = [line, "Host: localhost", f"Authorization: Bearer {key or self.harness.key}", *fields]
        return "\r\n".join([*lines, "", ""]).encode()

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Connection]:
        host, _, port = self.harness.url.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            async with asyncio.timeout(TIMEOUT):
                yield Connection(reader, writer)
        finally:
            writer.close()

    async def exchange(self, data: bytes) -> RawResponse:
        """Send the data on a connection of its own and return the first response."""
        async with self.connected() as connection:
            return await connection.exchange(data)

    async def wait_until_received(self) -> None:
        """Wait until the server has read what was sent before: it answers a request on another connection."""
        await self.exchange(self.request(body=orjson.dumps({"query": "{ account { plan } }"})))
