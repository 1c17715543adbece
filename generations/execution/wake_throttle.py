"""Limits how often callbacks wake a job."""

from collections.abc import Callable
from datetime import timedelta

from kit.clock import Clock, Timer

INTERVAL = timedelta(seconds=2)


class WakeThrottle:
    """The first call wakes the job at once; calls within the interval wake it once more at its end."""

    def __init__(self, wake: Callable[[str], None], clock: Clock) -> None:
        self._wake, self._clock = wake, clock
        self._timers: dict[str, Timer] = {}
        self._wake_requested: set[str] = set()

    def wake(self, generation_id: str) -> None:
        """Wake the job of the generation, now or at the end of the interval."""
        if generation_id in self._timers:
            self._wake_requested.add(generation_id)
        else:
            self._wake_now(generation_id)

    def close(self) -> None:
        """Cancel pending wakes."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._wake_requested.clear()

    def _wake_now(self, generation_id: str) -> None:
        self._timers[generation_id] = self._clock.call_at(
            self._clock.now() + INTERVAL, lambda: self._end_interval(generation_id)
        )
        self._wake(generation_id)

    def _end_interval(self, generation_id: str) -> None:
        del self._timers[generation_id]
        if generation_id in self._wake_requested:
            self._wake_requested.remove(generation_id)
            self._wake_now(generation_id)
