"""Enqueues accepted generations that the queue does not have, as after a commit whose response was lost."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection

from generations import repository
from generations.execution.queue import WorkerQueue
from generations.services import Services
from kit.clock import WakeableTimer
from kit.retry import retry_until_done

INTERVAL = timedelta(minutes=1)


def _unfinished_and_queued(connection: Connection) -> tuple[Sequence[str], Sequence[str]]:
    return repository.unfinished_ids(connection), repository.queued_ids(connection)


async def reconcile_forever(services: Services, queue: WorkerQueue) -> None:
    """Enqueue missing generations every minute, until cancelled."""

    async def reconcile() -> None:
        known = services.concurrency.tracked_ids()
        unfinished, queued = await services.database.read(_unfinished_and_queued)
        queue.enqueue_missing(unfinished)
        for generation_id in services.concurrency.reconcile(unfinished, queued=queued, among=known):
            queue.wake(generation_id)

    timer = WakeableTimer(services.clock)
    while True:
        await timer.wait_until(services.clock.now() + INTERVAL)
        await retry_until_done(reconcile, timer, services.clock, name="reconcile")
