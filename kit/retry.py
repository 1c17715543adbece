"""Retries with backoff. The only place in the worker that catches every exception."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from kit.clock import Clock, WakeableTimer
from kit.disk_space import is_out_of_space
from kit.errors import ServiceUnavailable
from kit.logs import get_logger

FIRST_DELAY = timedelta(seconds=1)  # before the first retry
MAX_DELAY = timedelta(minutes=1)

T = TypeVar("T")
logger = get_logger(__name__)


async def retry_until_done(work: Callable[[], Awaitable[T]], timer: WakeableTimer, clock: Clock, *, name: str) -> T:
    """Run `work` until it returns; `timer.wake` ends the current delay early.

    Something that is unavailable is logged once per reason, without a traceback.
    """
    delay, logged = FIRST_DELAY, None
    while True:
        try:
            return await work()
        except asyncio.CancelledError:
            if _is_being_cancelled():
                raise
            # Something that it awaited was cancelled, by a library or a closing pool: an error like any other.
            logger.exception("job_failed", job=name)
        except Exception as error:
            reason = _unavailability(error)
            if reason is None:
                logger.exception("job_failed", job=name)
            elif reason != logged:
                logger.warning("job_postponed", job=name, reason=reason)
            logged = reason
        await timer.wait_until(clock.now() + delay)
        delay = min(2 * delay, MAX_DELAY)


def _unavailability(error: Exception) -> str | None:
    """Return why something outside of this process is unavailable, or None for any other error."""
    if isinstance(error, ServiceUnavailable):
        return str(getattr(error, "reason", error.message))
    if isinstance(error, OSError) and is_out_of_space(error):
        return str(error)
    return None


def _is_being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
