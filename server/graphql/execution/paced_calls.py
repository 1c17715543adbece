"""Runs what the changes of many subjects set off, a limited amount in each turn of the event loop."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context

CALLS_PER_TURN = 50


class PacedCalls:
    """Calls functions soon, in order and each in the context of its `add`.

    After `CALLS_PER_TURN` of them the event loop gets a turn, so that a burst of changes does not delay requests.
    """

    def __init__(self) -> None:
        self._waiting: deque[tuple[Context, Callable[[], None]]] = deque()
        self._is_scheduled = False

    def add(self, call: Callable[[], None]) -> None:
        """Have `call` called soon."""
        self._waiting.append((copy_context(), call))
        self._schedule()

    def _schedule(self) -> None:
        if self._waiting and not self._is_scheduled:
            self._is_scheduled = True
            asyncio.get_running_loop().call_soon(self._take_turn)

    def _take_turn(self) -> None:
        self._is_scheduled = False
        try:
            for _ in range(min(CALLS_PER_TURN, len(self._waiting))):
                context, call = self._waiting.popleft()
                context.run(call)
        finally:
            self._schedule()
