"""Timeouts that a stopping server ends together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class ShutdownTimeouts:
    """The timeouts of one server. After `end_all`, a new one ends at once."""

    def __init__(self) -> None:
        self._limits: set[asyncio.Timeout] = set()
        self._are_over = False

    @asynccontextmanager
    async def limit(self, seconds: float) -> AsyncIterator[None]:
        """Cancel the block after `seconds`, or on `end_all`. Raises `TimeoutError`."""
        async with asyncio.timeout(0 if self._are_over else seconds) as limit:
            self._limits.add(limit)
            try:
                yield
            finally:
                self._limits.discard(limit)

    def end_all(self) -> None:
        """End every timeout, and those that start later."""
        self._are_over = True
        for limit in tuple(self._limits):
            limit.reschedule(asyncio.get_running_loop().time())
