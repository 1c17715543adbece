"""Time as a parameter: the present moment, and a call at a later one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Protocol


class Timer(Protocol):
    """A call that was put off and can still be called off."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """Where the time comes from. Tests hand in one that they move by hand."""

    def now(self) -> datetime:
        """The present moment in UTC."""
        ...

    def call_at(self, moment: datetime, callback: Callable[[], None]) -> Timer:
        """Call `callback` on the running loop once `moment` has come."""
        ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def call_at(self, moment: datetime, callback: Callable[[], None]) -> Timer:
        delay = max(0.0, (moment - self.now()).total_seconds())
        return asyncio.get_running_loop().call_later(delay, callback)


class WakeableTimer:
    """Waits for a moment or for `ring`, whichever is first. A ring that nobody waits for is kept for the next wait."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rung = False
        self._waiter: asyncio.Future[None] | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether somebody waits and has not been called yet."""
        return self._waiter is not None and not self._waiter.done()

    def ring(self) -> None:
        self._rung = True
        self._finish()

    async def wait_until(self, moment: datetime) -> None:
        if not self._rung:
            self._waiter = asyncio.get_running_loop().create_future()
            timer = self._clock.call_at(moment, self._finish)
            try:
                await self._waiter
            finally:
                timer.cancel()
                self._waiter = None
        self._rung = False

    def _finish(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


@asynccontextmanager
async def timeout_at(clock: Clock, moment: datetime) -> AsyncIterator[asyncio.Timeout]:
    """Cancel the body when `moment` comes; the timeout that is handed out then says `expired`."""
    async with asyncio.timeout(None) as limit:
        timer = clock.call_at(moment, lambda: limit.reschedule(asyncio.get_running_loop().time()))
        try:
            yield limit
        finally:
            timer.cancel()
