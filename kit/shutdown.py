"""Timeouts that a stopping server ends together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class ShutdownTimeouts:
    """The timeouts of one server. After `end_all`, a new one ends at once."""

    def __init__(self) -> None:
        self._timeouts: set[asyncio.Timeout] = set()
        self._are_over = False

    @asynccontextmanager
    async def timeout(self, seconds: float) -> AsyncIterator[None]:
        """Cancel the block after `seconds`, or on `end_all`. Raises `TimeoutError`."""
        async with asyncio.timeout(0 if self._are_over else seconds) as timeout:
            self._timeouts.add(timeout)
            try:
                yield
            finally:
                self._timeouts.discard(timeout)

    def end_all(self) -> None:
        """End every timeout, and those that start later."""
        self._are_over = True
        for timeout in tuple(self._timeouts):
            timeout.reschedule(asyncio.get_running_loop().time())
