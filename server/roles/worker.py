"""The worker role: runs the jobs of generations, delivers webhooks and cleans up."""

import asyncio
from contextlib import AsyncExitStack
from functools import partial

from generations import repository
from generations.execution.advance import advance
from generations.execution.health_history import restore_health
from generations.execution.reconcile import reconcile_forever
from media.file_references import clear_pins
from server.roles.housekeeping import run_housekeeping
from server.roles.shared import SharedResources
from webhooks.dispatcher import Dispatcher


async def start_worker(stack: AsyncExitStack, shared: SharedResources) -> None:
    """Resume unfinished generations, then start the housekeeping loops and the webhook dispatcher."""
    await _start_jobs(stack, shared)
    _start_dispatcher(stack, shared.dispatcher)


async def _start_jobs(stack: AsyncExitStack, shared: SharedResources) -> None:
    services, queue = shared.services, shared.queue
    if not services.database.is_shared:  # else files are being stored elsewhere; pins of a dead process expire
        await services.database.transact(clear_pins)
    await restore_health(services)
    queue.start_consuming(partial(advance, services), await services.database.read(repository.unfinished_ids))
    stack.push_async_callback(queue.close)
    for work in (run_housekeeping(services), reconcile_forever(services, queue)):
        stack.callback(asyncio.create_task(work).cancel)


def _start_dispatcher(stack: AsyncExitStack, dispatcher: Dispatcher) -> None:
    """Deliver webhooks until the end. An attempt in flight at that time is repeated after the next start."""
    dispatching = asyncio.create_task(dispatcher.run(), name="webhooks")

    async def stop() -> None:
        dispatching.cancel()
        await asyncio.gather(dispatching, return_exceptions=True)

    stack.push_async_callback(stop)
