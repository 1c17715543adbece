"""Retries with backoff. The only place in the worker that catches every exception."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar, cast

from kit.clock import Clock, WakeableTimer
from kit.disk_space import is_disk_failure
from kit.errors import ServiceUnavailable
from kit.logs import get_logger

FIRST_DELAY = timedelta(seconds=1)  # before the first retry
MAX_DELAY = timedelta(minutes=1)

T = TypeVar("T")
logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RunResult(Generic[T]):
    """The value that the work returned, or a failure that was logged."""

    value: T | None = None
    has_failed: bool = False


@dataclass(slots=True)
class Backoff:
    """The delays between failed runs of the same work, and the reason that was logged last."""

    delay: timedelta = FIRST_DELAY
    logged: str | None = None

    def next_delay(self) -> timedelta:
        """Return the delay before the next run, and double the one after it."""
        delay, self.delay = self.delay, min(2 * self.delay, MAX_DELAY)
        return delay

    def reset(self) -> None:
        self.delay, self.logged = FIRST_DELAY, None


async def run_once(work: Callable[[], Awaitable[T]], backoff: Backoff, *, name: str) -> RunResult[T]:
    """Run `work` once. A failure is logged; something that is unavailable once per reason, without a traceback."""
    try:
        value = await work()
    except asyncio.CancelledError:
        if _is_being_cancelled():
            raise
        # Something that it awaited was cancelled, by a library or a closing pool: an error like any other.
        logger.exception("job_failed", job=name)
    except Exception as error:
        reason = _unavailability(error)
        if reason is None:
            logger.exception("job_failed", job=name)
        elif reason != backoff.logged:
            logger.warning("job_postponed", job=name, reason=reason)
        backoff.logged = reason
    else:
        backoff.reset()
        return RunResult(value)
    return RunResult(has_failed=True)


async def retry_until_done(work: Callable[[], Awaitable[T]], timer: WakeableTimer, clock: Clock, *, name: str) -> T:
    """Run `work` until it returns; `timer.wake` ends the current delay early."""
    backoff = Backoff()
    while True:
        result = await run_once(work, backoff, name=name)
        if not result.has_failed:
            return cast(T, result.value)
        await timer.wait_until(clock.now() + backoff.next_delay())


def _unavailability(error: Exception) -> str | None:
    """Return why something outside of this process is unavailable, or None for any other error."""
    if isinstance(error, ServiceUnavailable):
        return str(getattr(error, "reason", error.message))
    if isinstance(error, OSError) and is_disk_failure(error):
        return str(error)
    return None


def _is_being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
