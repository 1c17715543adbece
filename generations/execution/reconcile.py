"""Enqueues accepted generations that the queue does not have, as after a commit whose response was lost."""

from datetime import timedelta

from generations import repository
from generations.execution.queue import WorkerQueue
from generations.services import Services
from kit.clock import WakeableTimer
from kit.retry import retry_until_done

INTERVAL = timedelta(minutes=1)


async def reconcile_forever(services: Services, queue: WorkerQueue) -> None:
    """Enqueue missing generations every minute, until cancelled."""

    async def reconcile() -> None:
        unfinished = await services.database.read(repository.unfinished_ids)
        queue.enqueue_missing(unfinished)
        services.concurrency.retain(unfinished)

    timer = WakeableTimer(services.clock)
    while True:
        await timer.wait_until(services.clock.now() + INTERVAL)
        await retry_until_done(reconcile, timer, services.clock, name="reconcile")
