"""Waits that can be cut short together, as when the server stops."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class ShutdownTimeouts:
    """Those of one server. Once they are ended, one that begins late ends at once."""

    def __init__(self) -> None:
        self._limits: set[asyncio.Timeout] = set()
        self._are_over = False

    @asynccontextmanager
    async def limit(self, seconds: float) -> AsyncIterator[None]:
        """Break the body off after so many seconds, or when all end. Raises `TimeoutError` then."""
        async with asyncio.timeout(0 if self._are_over else seconds) as limit:
            self._limits.add(limit)
            try:
                yield
            finally:
                self._limits.discard(limit)

    def end_all(self) -> None:
        """Break off every wait, and those that are yet to come."""
        self._are_over = True
        for limit in tuple(self._limits):
            limit.reschedule(asyncio.get_running_loop().time())
