"""A clock that moves only when a test moves it."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 1, tzinfo=UTC)
NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


class ManualTimer:
    def __init__(self, time: datetime, callback: Callable[[], None]) -> None:
        self.time = time
        self.callback = callback
        self.is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True


class ManualClock:
    """`timer_was_set` is set by every `call_at`."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._timers: list[ManualTimer] = []
        self.timer_was_set = asyncio.Event()

    @property
    def pending(self) -> int:
        return sum(not timer.is_cancelled for timer in self._timers)

    def now(self) -> datetime:
        return self._now

    def call_at(self, moment: datetime, callback: Callable[[], None]) -> ManualTimer:
        timer = ManualTimer(moment, callback)
        self._timers.append(timer)
        self.timer_was_set.set()
        return timer

    def move(self, seconds: float) -> None:
        """Advance the time and call the timers that are due."""
        self._now += timedelta(seconds=seconds)
        due = [timer for timer in self._timers if timer.time <= self._now]
        self._timers = [timer for timer in self._timers if timer.time > self._now]
        for timer in due:
            if not timer.is_cancelled:
                timer.callback()
