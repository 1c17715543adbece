"""ASGI applications served on real sockets, in the test process."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn
from starlette.types import ASGIApp

SHUTDOWN_SECONDS = 1  # for open connections to finish


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signal handlers of the test process in place."""
        yield


def free_socket() -> tuple[socket.socket, str]:
    """Return a listening socket on a free port, and its URL."""
    bound = socket.create_server(("127.0.0.1", 0))
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio does not: it takes 40 ms per response
    return bound, f"http://127.0.0.1:{bound.getsockname()[1]}"


def free_port() -> int:
    """Return a port that was free a moment ago, for a process that binds it itself."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port: int = bound.getsockname()[1]
        return port


@contextlib.asynccontextmanager
async def running_server(
    application: ASGIApp,
    bound: socket.socket,
    *,
    http: type[asyncio.Protocol] | str = "auto",
    ws: type[asyncio.Protocol] | str = "websockets-sansio",
    ping: float = 20,
    keep_alive: int = 5,
) -> AsyncIterator[None]:
    """Serve the application on `bound`.

    `ping` is the interval and the timeout of WebSocket pings, `keep_alive` the timeout of idle connections, in seconds.
    """
    server = _Server(
        uvicorn.Config(
            application,
            log_level="warning",
            access_log=False,
            http=http,
            ws=ws,
            ws_ping_interval=ping,
            ws_ping_timeout=ping,
            lifespan="off",
            timeout_keep_alive=keep_alive,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[bound]))
    try:
        while not server.started:
            await asyncio.sleep(0)
            if serving.done():
                serving.result()
        yield
    finally:
        server.should_exit = True
        await serving
