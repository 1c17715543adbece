"""A clock that stands still until the test moves it."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class HandTimer:
    def __init__(self, moment: datetime, callback: Callable[[], None]) -> None:
        self.moment = moment
        self.callback = callback
        self.is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True


class HandClock:
    def __init__(self) -> None:
        self._now = datetime(2026, 1, 1, tzinfo=UTC)
        self._timers: list[HandTimer] = []
        self.timer_was_set = asyncio.Event()

    @property
    def pending(self) -> int:
        return sum(not timer.is_cancelled for timer in self._timers)

    def now(self) -> datetime:
        return self._now

    def call_at(self, moment: datetime, callback: Callable[[], None]) -> HandTimer:
        timer = HandTimer(moment, callback)
        self._timers.append(timer)
        self.timer_was_set.set()
        return timer

    def move(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        due = [timer for timer in self._timers if timer.moment <= self._now]
        self._timers = [timer for timer in self._timers if timer.moment > self._now]
        for timer in due:
            if not timer.is_cancelled:
                timer.callback()
