"""A server for the emulators of one test module, which starts once: each test replaces its application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from tests.support.asgi_server import free_socket, running_server


class EmulatorServer:
    """Serves `application` at `url`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.application = Starlette()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.application(scope, receive, send)


@asynccontextmanager
async def emulator_server() -> AsyncIterator[EmulatorServer]:
    """Serve on a free port."""
    bound, url = free_socket()
    server = EmulatorServer(url)
    async with running_server(server, bound):
        yield server
