"""The clock as a parameter: the current time, timers and timeouts."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Timer(Protocol):
    """A scheduled call."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """A source of time. Tests use one that they advance by hand."""

    def now(self) -> datetime:
        """Return the current time in UTC."""
        ...

    def call_at(self, moment: datetime, callback: Callable[[], None]) -> Timer:
        """Call `callback` on the running loop at `moment`."""
        ...


class SystemClock:
    """The system clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def call_at(self, moment: datetime, callback: Callable[[], None]) -> Timer:
        delay = max(0.0, (moment - self.now()).total_seconds())
        return asyncio.get_running_loop().call_later(delay, callback)


class AdjustedClock(SystemClock):
    """The system clock until `adjust`, from then on the time of a reference, advanced by the monotonic clock."""

    def __init__(
        self,
        *,
        system_time: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._system_time, self.monotonic = system_time, monotonic
        self._reference: datetime | None = None
        self._adjusted_at = 0.0  # the monotonic time of the reference

    def now(self) -> datetime:
        if self._reference is None:
            return self._system_time()
        return self._reference + timedelta(seconds=self.monotonic() - self._adjusted_at)

    def adjust(self, reference: datetime, *, at: float) -> timedelta:
        """Set the time to what it was at a monotonic time `at`, and return by how much it was changed."""
        before = self.now()
        self._reference, self._adjusted_at = reference, at
        return self.now() - before


class WakeableTimer:
    """Waits until a time or until `wake` is called. A call while nobody waits ends the next wait at once."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wake_requested = False
        self._waiter: asyncio.Future[None] | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether a wait is in progress and has not been ended."""
        return self._waiter is not None and not self._waiter.done()

    def wake(self) -> None:
        self._wake_requested = True
        self._finish()

    async def wait_until(self, moment: datetime) -> None:
        if not self._wake_requested:
            self._waiter = asyncio.get_running_loop().create_future()
            timer = self._clock.call_at(moment, self._finish)
            try:
                await self._waiter
            finally:
                timer.cancel()
                self._waiter = None
        self._wake_requested = False

    def _finish(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


@asynccontextmanager
async def timeout_at(clock: Clock, moment: datetime) -> AsyncIterator[asyncio.Timeout]:
    """Cancel the block at `moment`; the yielded timeout then reports `expired`."""
    async with asyncio.timeout(None) as limit:
        timer = clock.call_at(moment, lambda: limit.reschedule(asyncio.get_running_loop().time()))
        try:
            yield limit
        finally:
            timer.cancel()
