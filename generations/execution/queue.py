"""The handler queue: a port, and its implementation in one process with a task per unfinished generation."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Protocol

from database.transaction import Transaction
from kit.clock import Clock, WakeableTimer
from kit.retry import retry_until_done

JobHandler = Callable[[str, WakeableTimer], Awaitable[None]]


class Queue(Protocol):
    """The queue of accepted generations."""

    def enqueue(self, transaction: Transaction, generation_id: str) -> None:
        """Run the handler of this generation after the commit."""
        ...

    def wake(self, generation_id: str) -> None:
        """End the current wait of the handler of this generation, if any."""
        ...

    async def close(self) -> None:
        """Stop all jobs; each can be run again."""
        ...


class EmbeddedQueue:
    """Tasks in this process. After a restart, `resume` starts the unfinished ones again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._handler: JobHandler | None = None
        self._running: dict[str, tuple[asyncio.Task[None], WakeableTimer]] = {}

    @property
    def at_work(self) -> set[str]:
        """The generations whose handler is working rather than waiting."""
        return {generation_id for generation_id, (_, timer) in self._running.items() if not timer.is_waiting}

    def enqueue(self, transaction: Transaction, generation_id: str) -> None:
        transaction.after_commit(lambda: self._start(generation_id))

    def wake(self, generation_id: str) -> None:
        if generation_id in self._running:
            self._running[generation_id][1].wake()

    def resume(self, handler: JobHandler, generation_ids: Iterable[str]) -> None:
        """Start the unfinished generations, then everything that is enqueued."""
        self._handler = handler
        for generation_id in generation_ids:
            self._start(generation_id)

    def start_missing(self, generation_ids: Iterable[str]) -> None:
        """Start jobs that are missing because the response to their commit was lost."""
        for generation_id in generation_ids:
            self._start(generation_id)

    async def close(self) -> None:
        """Stop all jobs where they are; each can be run again from there."""
        self._handler = None
        tasks = [task for task, _ in self._running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, generation_id: str) -> None:
        if self._handler is None or generation_id in self._running:
            return
        timer = WakeableTimer(self._clock)
        work = retry_until_done(partial(self._handler, generation_id, timer), timer, self._clock, name=generation_id)
        task = asyncio.create_task(work, name=generation_id)
        self._running[generation_id] = (task, timer)
        task.add_done_callback(lambda _: self._running.pop(generation_id))
