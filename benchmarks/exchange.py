"""Requests over several connections to one server."""

import asyncio
from collections.abc import Iterable, Iterator

CLIENTS = 16


async def exchange(url: str, requests: Iterable[bytes]) -> list[bytes]:
    """Send the requests over `CLIENTS` connections; return the bodies of the responses, all of them successes."""
    bodies: list[bytes] = []
    pending = iter(requests)
    await asyncio.gather(*(_client(url, pending, bodies) for _ in range(CLIENTS)))
    return bodies


async def _client(url: str, requests: Iterator[bytes], bodies: list[bytes]) -> None:
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    for request in requests:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        body = await _read_body(reader, head)
        assert head.startswith(b"HTTP/1.1 2"), head + body
        bodies.append(body)
    writer.close()
    await writer.wait_closed()


async def _read_body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    """Read a body with a length, or in chunks, as an event stream has it."""
    headers = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:] if line)
    if b"content-length" in headers:
        return await reader.readexactly(int(headers[b"content-length"]))
    chunks = []
    while size := int(await reader.readline(), 16):
        chunks.append(await reader.readexactly(size))
        await reader.readline()
    await reader.readline()
    return b"".join(chunks)
