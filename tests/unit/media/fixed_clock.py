"""A clock that stands still until a test moves it."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from kit.clock import Timer

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


class FixedClock:
    def __init__(self, moment: datetime = NOON) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def call_at(self, moment: datetime, callback: Callable[[], None]) -> Timer:
        delay = max(0.0, (moment - self.moment).total_seconds())
        return asyncio.get_running_loop().call_later(delay, callback)
