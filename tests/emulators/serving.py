"""A server for the emulators of one test module, which starts once: each test replaces its application."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.support.asgi_server import free_socket, running_server


class EmulatorServer:
    """Serves `application` at `url`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.application: ASGIApp = Starlette()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.application(scope, receive, send)


@asynccontextmanager
async def emulator_server() -> AsyncIterator[EmulatorServer]:
    """Serve on a free port."""
    bound, url = free_socket()
    server = EmulatorServer(url)
    async with running_server(server, bound):
        yield server


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that the event loop is about to do."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0)
