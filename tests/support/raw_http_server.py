"""An HTTP server on loopback whose responses a test writes byte by byte."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio

Handler = Callable[[str, asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class WebServer:
    """The port, and the heads of the requests received."""

    port: int = 0
    requests: list[bytes] = field(default_factory=list)

    def url(self, path: str = "/", *, host: str = "media.example") -> str:
        return f"http://{host}:{self.port}{path}"


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[WebServer]:
    """Serve one request per connection: `handler` gets the path and writes the response.

    Calls of `handler` that are still running at the end of the body are cancelled.
    """
    web = WebServer()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            web.requests.append(head)
            await handler(head.split(b" ")[1].decode(), writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async with anyio.create_task_group() as connections:

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connections.start_soon(serve, reader, writer)

        async with await asyncio.start_server(connected, "127.0.0.1", 0) as server:
            web.port = server.sockets[0].getsockname()[1]
            yield web
        connections.cancel_scope.cancel()


async def send(writer: asyncio.StreamWriter, status: str, *headers: str, body: bytes = b"") -> None:
    """Write a whole response."""
    lines = [f"HTTP/1.1 {status}", *headers, "Connection: close", "", ""]
    writer.write("\r\n".join(lines).encode() + body)
    await writer.drain()
