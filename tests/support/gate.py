"""Holds requests to an ASGI application back while it is closed."""

import asyncio

from starlette.types import ASGIApp, Receive, Scope, Send


class Gate:
    """Passes requests on while it is open; counts those that wait."""

    def __init__(self, application: ASGIApp) -> None:
        self._application = application
        self._is_open, self._arrived = asyncio.Event(), asyncio.Event()
        self._is_open.set()
        self.waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._is_open.is_set():
            self.waiting += 1
            self._arrived.set()
            await self._is_open.wait()
            self.waiting -= 1
        await self._application(scope, receive, send)

    def close(self) -> None:
        """Let the following requests wait."""
        self._is_open.clear()

    def open(self) -> None:
        """Pass on what waits and what follows."""
        self._is_open.set()

    async def until_waiting(self, requests: int) -> None:
        """Wait until so many requests wait."""
        while self.waiting < requests:
            self._arrived.clear()
            await self._arrived.wait()
