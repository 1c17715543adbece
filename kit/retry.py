"""Work that is run again until it ends: the one place of the worker where everything is caught."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from kit.clock import Clock, WakeableTimer
from kit.errors import ProviderUnavailable

FIRST_PAUSE = timedelta(seconds=1)  # before work that broke is run again
LONGEST_PAUSE = timedelta(minutes=1)

T = TypeVar("T")
logger = logging.getLogger(__name__)


async def retry_until_done(work: Callable[[], Awaitable[T]], alarm: WakeableTimer, clock: Clock, *, name: str) -> T:
    """Run `work` until it ends without an error. A ring of `alarm` ends the pause between two runs."""
    pause = FIRST_PAUSE
    while True:
        try:
            return await work()
        except asyncio.CancelledError:
            if _is_told_to_stop():
                raise
            # What it awaited was cancelled, by a library or a pool that went away: that is a fault like any other.
            logger.exception("job_broke job=%s", name)
        except ProviderUnavailable as error:
            logger.warning("job_waits job=%s reason=%r", name, error.message)
        except Exception:
            logger.exception("job_broke job=%s", name)
        await alarm.wait_until(clock.now() + pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def _is_told_to_stop() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
