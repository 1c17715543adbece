"""The queue of unfinished generations: a port, and its implementation with timers in one process."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Protocol

from database.transaction import Transaction
from generations.execution.step_context import StepContext
from generations.generation import Generation
from kit.clock import Clock, Timer
from kit.retry import Backoff, run_once

StepHandler = Callable[[str, StepContext], Awaitable[datetime | None]]
"""Runs one step of a generation and returns when the next is due, or None when nothing is left to do."""


@dataclass(frozen=True, slots=True)
class QueueSize:
    """The entries of a queue: how many there are, and for how long the oldest one that is due has waited."""

    entries: int
    oldest_due_seconds: float


class Queue(Protocol):
    """The queue of accepted generations."""

    def enqueue(self, transaction: Transaction, generation_id: str, *, accepted: Generation | None = None) -> None:
        """Add the job of a new generation; its first step runs after the commit.

        `accepted` is the row that the transaction inserts. A queue that runs the step in this process passes it on, so
        that the row is not read again; a shared queue ignores it.
        """
        ...

    def wake(self, generation_id: str) -> None:
        """Run the next step of this generation now; after the current one, if one is running."""
        ...

    def wake_after(self, transaction: Transaction, generation_id: str) -> None:
        """Run the next step of this generation as soon as the transaction has committed."""
        ...

    async def size(self) -> QueueSize:
        """Return the size of the queue of all processes."""
        ...

    async def close(self) -> None:
        """Stop all steps; each can be run again."""
        ...


class WorkerQueue(Queue, Protocol):
    """A queue whose steps may run in this process."""

    @property
    def running_steps(self) -> set[str]:
        """The generations with a running step in this process."""
        ...

    @property
    def is_consuming(self) -> bool:
        """Whether this process can take entries, as far as it knows."""
        ...

    def start_consuming(self, handler: StepHandler, generation_ids: Iterable[str]) -> None:
        """Run the steps of the unfinished generations, then of everything that is enqueued, until `close`."""
        ...

    def enqueue_missing(self, generation_ids: Iterable[str]) -> None:
        """Add unfinished generations that the queue does not have."""
        ...


@dataclass(slots=True)
class _Entry:
    """An unfinished generation: a step is running, or a timer waits for the next one."""

    context: StepContext
    backoff: Backoff = field(default_factory=Backoff)
    task: asyncio.Task[None] | None = None
    timer: Timer | None = None
    is_woken: bool = False


class EmbeddedQueue:
    """A queue of timers in this process: a waiting generation has a timer and no task.

    After a restart, `start_consuming` starts the unfinished ones again.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._handler: StepHandler | None = None
        self._entries: dict[str, _Entry] = {}

    @property
    def running_steps(self) -> set[str]:
        """The generations with a running step."""
        return {generation_id for generation_id, entry in self._entries.items() if entry.task is not None}

    @property
    def is_consuming(self) -> bool:
        return self._handler is not None

    def enqueue(self, transaction: Transaction, generation_id: str, *, accepted: Generation | None = None) -> None:
        transaction.after_commit(lambda: self._add(generation_id, accepted))

    def wake(self, generation_id: str) -> None:
        entry = self._entries.get(generation_id)
        if entry is None:
            return
        if entry.task is None:
            self._start(generation_id, entry)
        else:
            entry.is_woken = True
            entry.context.notify()

    def wake_after(self, transaction: Transaction, generation_id: str) -> None:
        transaction.after_commit(lambda: self.wake(generation_id))

    def start_consuming(self, handler: StepHandler, generation_ids: Iterable[str]) -> None:
        """Start the unfinished generations, then everything that is enqueued."""
        self._handler = handler
        self.enqueue_missing(generation_ids)

    def enqueue_missing(self, generation_ids: Iterable[str]) -> None:
        """Start the steps of generations that were accepted in a commit whose response was lost."""
        for generation_id in generation_ids:
            self._add(generation_id)

    async def size(self) -> QueueSize:
        return QueueSize(len(self._entries), 0)  # a timer starts the step of what is due at once

    async def close(self) -> None:
        """Stop all steps where they are; each can be run again from there."""
        self._handler = None
        entries, self._entries = list(self._entries.values()), {}
        tasks = [entry.task for entry in entries if entry.task is not None]
        for entry in entries:
            if entry.timer is not None:
                entry.timer.cancel()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _add(self, generation_id: str, accepted: Generation | None = None) -> None:
        if self._handler is not None and generation_id not in self._entries:
            entry = self._entries[generation_id] = _Entry(StepContext(accepted))
            self._start(generation_id, entry)

    def _start(self, generation_id: str, entry: _Entry) -> None:
        if self._handler is None:
            return
        if entry.timer is not None:
            entry.timer.cancel()
            entry.timer = None
        entry.is_woken = False
        entry.context.clear()
        step = self._run(generation_id, entry, self._handler)
        entry.task = asyncio.create_task(step, name=generation_id)

    async def _run(self, generation_id: str, entry: _Entry, handler: StepHandler) -> None:
        result = await run_once(partial(handler, generation_id, entry.context), entry.backoff, name=generation_id)
        entry.task = None
        if self._entries.get(generation_id) is not entry:
            return
        if not result.has_failed and result.value is None:
            del self._entries[generation_id]
            return
        due = result.value or self._retry_time(entry)
        if entry.is_woken or due <= self._clock.now():
            self._start(generation_id, entry)
        else:
            entry.timer = self._clock.call_at(due, lambda: self._start(generation_id, entry))

    def _retry_time(self, entry: _Entry) -> datetime:
        """Return the time of the next try of a failed step: not later than the deadline, which ends the generation."""
        now = self._clock.now()
        moment, deadline = now + entry.backoff.next_delay(), entry.context.deadline
        return min(moment, deadline) if deadline is not None and deadline > now else moment
