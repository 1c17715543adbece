"""A doorbell: however often it is rung, the job behind it is woken at most once an interval."""

from collections.abc import Callable
from datetime import timedelta

from kit.clock import Clock, Timer

INTERVAL = timedelta(seconds=2)


class WakeThrottle:
    """The first ring wakes at once; those that follow within the interval wake together when it is over."""

    def __init__(self, wake: Callable[[str], None], clock: Clock) -> None:
        self._wake, self._clock = wake, clock
        self._timers: dict[str, Timer] = {}
        self._rung: set[str] = set()

    def ring(self, generation_id: str) -> None:
        """Have the generation's job look, now or soon."""
        if generation_id in self._timers:
            self._rung.add(generation_id)
        else:
            self._wake_now(generation_id)

    def close(self) -> None:
        """Wake nobody any more."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._rung.clear()

    def _wake_now(self, generation_id: str) -> None:
        self._timers[generation_id] = self._clock.call_at(
            self._clock.now() + INTERVAL, lambda: self._pass(generation_id)
        )
        self._wake(generation_id)

    def _pass(self, generation_id: str) -> None:
        del self._timers[generation_id]
        if generation_id in self._rung:
            self._rung.remove(generation_id)
            self._wake_now(generation_id)
