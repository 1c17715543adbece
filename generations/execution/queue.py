"""The queue: a port with one side for one machine, where every unfinished generation has a task of its own."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Protocol

from database.transaction import Transaction
from kit.clock import Clock, WakeableTimer
from kit.retry import retry_until_done

Job = Callable[[str, WakeableTimer], Awaitable[None]]


class Queue(Protocol):
    """Where accepted generations wait for the worker."""

    def enqueue(self, transaction: Transaction, generation_id: str) -> None:
        """Have the job run for this generation once the transaction is committed."""
        ...

    def wake(self, generation_id: str) -> None:
        """End the present wait of the generation's job, wherever it runs; harmless when it does not."""
        ...

    async def close(self) -> None:
        """Stop all jobs where they are; each can be run again from there."""
        ...


class EmbeddedQueue:
    """Tasks in this process. What is lost with the process is found again by `resume` at the next start."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._job: Job | None = None
        self._running: dict[str, tuple[asyncio.Task[None], WakeableTimer]] = {}

    @property
    def at_work(self) -> set[str]:
        """The generations whose job does something now, rather than wait for a later moment."""
        return {generation_id for generation_id, (_, alarm) in self._running.items() if not alarm.is_waiting}

    def enqueue(self, transaction: Transaction, generation_id: str) -> None:
        transaction.after_commit(lambda: self._begin(generation_id))

    def wake(self, generation_id: str) -> None:
        if generation_id in self._running:
            self._running[generation_id][1].ring()

    def resume(self, job: Job, generation_ids: Iterable[str]) -> None:
        """Begin to work: first on what was left unfinished, then on all that is enqueued."""
        self._job = job
        for generation_id in generation_ids:
            self._begin(generation_id)

    def catch_up(self, generation_ids: Iterable[str]) -> None:
        """Begin those that nothing is done for: they were accepted, and the news of it was lost."""
        for generation_id in generation_ids:
            self._begin(generation_id)

    async def close(self) -> None:
        """Stop all jobs where they are; each can be run again from there."""
        self._job = None
        tasks = [task for task, _ in self._running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, generation_id: str) -> None:
        if self._job is None or generation_id in self._running:
            return
        alarm = WakeableTimer(self._clock)
        work = retry_until_done(partial(self._job, generation_id, alarm), alarm, self._clock, name=generation_id)
        task = asyncio.create_task(work, name=generation_id)
        self._running[generation_id] = (task, alarm)
        task.add_done_callback(lambda _: self._running.pop(generation_id))
