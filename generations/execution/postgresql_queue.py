"""The queue on PostgreSQL: PgQueuer, with one entry for each unfinished generation, for any number of workers.

A worker that takes an entry runs a step, and releases the entry with the time when the next step is due. An entry
whose worker has died is taken by another one when its heartbeat is too old. The worker that was given up on, if it
still lives, changes neither the entry, which names its new worker, nor the generation, whose fencing token is newer.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast
from uuid import UUID

import asyncpg
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Job
from sqlalchemy import text

from database.pgqueuer_schema import SETTINGS, pgqueuer_settings
from database.postgresql import PostgreSQL
from database.transaction import Transaction
from generations.execution.owned_generations import OwnedGenerations
from generations.execution.queue import QueueSize, StepHandler
from generations.execution.queue_entries import (
    ENQUEUE,
    ENTRYPOINT,
    Entry,
    OwnedEntryQueries,
    QueueDriver,
    generation_of,
    queue_size,
)
from generations.execution.step_context import StepContext
from generations.generation import Generation
from kit.clock import Clock, WakeableTimer
from kit.expiring_dict import ExpiringDict
from kit.logs import get_logger
from kit.retry import MAX_DELAY, Backoff, run_once

WAKE_CHANNEL = "doitong_wake"
HEARTBEAT_TIMEOUT = timedelta(seconds=10)
"""An entry without a heartbeat for this long is given to another worker."""
DEQUEUE_INTERVAL = timedelta(seconds=5)
"""How often to look for due entries without having been notified of one."""
BATCH = 20  # entries taken by one statement
MAX_STEPS = 400
"""Steps at a time in one process."""
MAX_KEPT_GENERATIONS = MAX_STEPS // 2
"""Generations in one process above which those that only wait make room for others."""
MAX_KEPT_DELAY = timedelta(seconds=2)
"""A step that is due again within this time stays with its worker, as does one that this worker wakes."""
WAKE_DELAY = timedelta(seconds=15)
"""The time within which the notification of a wake arrives, or a gap in listening is noticed."""
BACKOFF_LIFETIME = 2 * MAX_DELAY
"""The time after which another process has repeated a failed step, or the generation has ended."""
RECONNECT_DELAY = timedelta(milliseconds=500)
DRAIN_TIMEOUT = timedelta(seconds=25)
"""How long running steps have at shutdown before they are cancelled where they are."""

WAKE = text(
    f"UPDATE {SETTINGS.queue_table} SET execute_after = now() "  # noqa: S608
    "WHERE dedupe_key = ANY(CAST(:ids AS text[])) AND status = 'queued' AND execute_after > now()"
)
NOTIFY_PGQUEUER = text(
    "SELECT pg_notify(:channel, json_build_object('channel', CAST(:channel AS text), 'operation', 'update', "
    "'sent_at', now(), 'table', CAST(:table AS text), 'type', 'table_changed_event')::text)"
)
"""PgQueuer's trigger does not report updates."""

logger = get_logger(__name__)


def _wake_in(transaction: Transaction, generation_ids: Sequence[str]) -> None:
    """Make waiting entries due, and notify the workers with the commit."""
    execute = transaction.connection.execute
    execute(WAKE, {"ids": generation_ids})
    for generation_id in generation_ids:
        transaction.notify(WAKE_CHANNEL, generation_id)
    execute(NOTIFY_PGQUEUER, {"channel": SETTINGS.channel, "table": SETTINGS.queue_table})


@dataclass(slots=True)
class _Running:
    """A generation with a step in this process, or between two of them."""

    timer: WakeableTimer
    context: StepContext = field(default_factory=StepContext)
    task: asyncio.Task[Any] | None = None
    is_woken: bool = False


class PostgreSQLQueue:
    """A queue in the database. After `start_consuming` this process is a worker; before, it only enqueues and wakes."""

    def __init__(self, database: PostgreSQL, clock: Clock, *, drain_timeout: timedelta = DRAIN_TIMEOUT) -> None:
        self._database, self._clock, self._drain_timeout = database, clock, drain_timeout
        self._owned_generations = OwnedGenerations(database)
        self._handler: StepHandler | None = None
        self._running: dict[str, _Running] = {}
        self._backoffs = ExpiringDict[Backoff](BACKOFF_LIFETIME)  # of generations whose last step failed here
        self._managers: dict[UUID, QueueManager] = {}
        self._supervisor: asyncio.Task[None] | None = None
        self._releasing: dict[str, bool] = {}  # generations whose entry is being released: whether it was woken
        self._released = ExpiringDict[bool](WAKE_DELAY)  # those whose entry has just been released
        self._to_enqueue: set[str] = set()
        self._to_wake: set[str] = set()
        self._sending: asyncio.Task[None] | None = None
        self._is_draining = self._is_disconnected = False

    @property
    def is_consuming(self) -> bool:
        """Whether this process is a worker that has not lost its connection to the queue."""
        return self._handler is not None and not self._is_disconnected and not self._is_draining

    @property
    def running_steps(self) -> set[str]:
        """The generations with a running step."""
        return {generation_id for generation_id, one in self._running.items() if not one.timer.is_waiting}

    def enqueue(self, transaction: Transaction, generation_id: str, *, accepted: Generation | None = None) -> None:
        """Add the entry in the transaction that accepts the generation. Any worker may take it, and reads the row."""
        ENQUEUE.run(transaction.connection, {"ids": [generation_id]})

    def wake(self, generation_id: str) -> None:
        """Run the next step now, on whichever worker has the entry."""
        if not self._wake_here(generation_id):
            self._to_wake.add(generation_id)
            self._start_sending()

    def wake_after(self, transaction: Transaction, generation_id: str) -> None:
        """Make the entry due in the transaction; its commit notifies the worker that has it."""
        _wake_in(transaction, [generation_id])
        transaction.after_commit(lambda: self._receive_wake(generation_id))

    def start_consuming(self, handler: StepHandler, generation_ids: Iterable[str]) -> None:
        """Take entries until `close`, after adding those of unfinished generations that have none."""
        self._handler = handler
        self.enqueue_missing(generation_ids)
        self._database.listen(WAKE_CHANNEL, self._receive_wake, on_listening=self._wake_all_here, include_own=False)
        self._supervisor = asyncio.create_task(self._supervise(), name="queue")

    def enqueue_missing(self, generation_ids: Iterable[str]) -> None:
        """Add the entries of unfinished generations that have none."""
        self._to_enqueue.update(generation_ids)
        self._start_sending()

    async def size(self) -> QueueSize:
        return await self._database.read(queue_size)

    async def close(self) -> None:
        """Take nothing more, let the running steps end, and release their entries."""
        self._is_draining = True
        for manager in self._managers.values():
            manager.shutdown.set()
        for one in self._running.values():
            one.timer.wake()
        # A step may be in the middle of a submission, which must not be interrupted.
        tasks = [one.task for one in self._running.values() if one.task is not None]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=self._drain_timeout.total_seconds())
            for task in late:
                task.cancel()
        if self._supervisor is not None:
            await asyncio.gather(self._supervisor, return_exceptions=True)
        if self._sending is not None:
            await asyncio.gather(self._sending, return_exceptions=True)
        await self._owned_generations.close()

    async def _supervise(self) -> None:
        """Run PgQueuer, again after the connection was lost. Steps of before go on beside those of the new one."""
        running: set[asyncio.Task[None]] = set()
        while not self._is_draining:
            lost = asyncio.Event()
            try:
                connection = await self._database.connect()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                self._is_disconnected = True
                logger.warning("queue_disconnected", reason=str(error).partition("\n")[0])
                await asyncio.sleep(RECONNECT_DELAY.total_seconds())
                continue
            connection.add_termination_listener(lambda _, lost=lost: lost.set())
            manager = self._manager(QueueDriver(connection, lost.set))
            self._managers[manager.queue_manager_id] = manager
            if self._is_draining:  # since before there was a manager to stop
                manager.shutdown.set()
            task = asyncio.create_task(self._run_manager(manager, connection), name="pgqueuer")
            running.add(task)
            task.add_done_callback(running.discard)
            waiting = asyncio.create_task(lost.wait())
            self._is_disconnected = False
            await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
            self._is_disconnected = True
            waiting.cancel()
            manager.shutdown.set()
            if not self._is_draining:
                await asyncio.sleep(RECONNECT_DELAY.total_seconds())
        await asyncio.gather(*running, return_exceptions=True)

    def _manager(self, driver: QueueDriver) -> QueueManager:
        queries = OwnedEntryQueries(driver, self._database, self._on_released)
        manager = QueueManager(queries, channel=pgqueuer_settings().channel)
        queries.manager_id = manager.queue_manager_id
        manager.entrypoint(ENTRYPOINT, accepts_context=False)(self._run)
        return manager

    async def _run_manager(self, manager: QueueManager, connection: asyncpg.Connection) -> None:
        run = partial(
            manager.run,
            dequeue_timeout=DEQUEUE_INTERVAL,
            batch_size=BATCH,
            max_concurrent_tasks=MAX_STEPS,
            shutdown_on_listener_failure=True,
            heartbeat_timeout=HEARTBEAT_TIMEOUT,
            log_aggregation_interval=timedelta(0),
        )
        try:
            await run_once(run, Backoff(), name="pgqueuer")
        finally:
            del self._managers[manager.queue_manager_id]
            if not connection.is_closed():
                await connection.close()

    async def _run(self, job: Job) -> None:
        """Run the steps of one generation that are due; then end, or release the entry by raising."""
        generation_id = generation_of(job)
        if generation_id in self._running:
            raise RetryRequested(delay=MAX_KEPT_DELAY)  # of an entry that this process had lost
        self._releasing.pop(generation_id, None)
        task = asyncio.current_task()
        if task is not None:
            task.set_name(generation_id)
        one = _Running(WakeableTimer(self._clock), task=task)
        one.context.load = self._loader(generation_id, cast(Entry, job))
        self._running[generation_id] = one
        try:
            delay = await self._run_steps(generation_id, one)
        finally:
            del self._running[generation_id]
        if delay is not None:
            self._releasing[generation_id] = False
            raise RetryRequested(delay=delay)

    def _loader(self, generation_id: str, entry: Entry) -> Callable[[], Awaitable[Generation | None]]:
        """Return what loads the generation for each of its steps here, the first of which may have to take it over."""
        is_stale, manager_id = entry.is_stale, entry.queue_manager_id

        async def load() -> Generation | None:
            nonlocal is_stale
            if not is_stale:
                return await self._owned_generations.load(generation_id, manager_id)
            loaded = await self._owned_generations.take_over(generation_id, manager_id)
            is_stale = False
            return loaded

        return load

    async def _run_steps(self, generation_id: str, one: _Running) -> timedelta | None:
        """Return the time after which the entry is due again, or None when the generation needs no step any more."""
        while True:
            one.is_woken = False
            one.context.clear()
            due = await self._step(generation_id, one)
            if due is None:
                return None
            delay = max(timedelta(0), due - self._clock.now())
            if one.context.is_superseded or (self._is_draining and one.context.is_bound_to_process):
                return timedelta(0)  # what this process did, another one continues or begins again
            if self._is_draining:
                return timedelta(0) if one.context.waits_for_local_slot else delay
            if one.is_woken:
                continue
            if not self._may_wait_here(one.context, delay):
                return delay
            await one.timer.wait_until(due)

    def _may_wait_here(self, context: StepContext, delay: timedelta) -> bool:
        """Whether a generation keeps its entry until its next step, rather than give it back."""
        if context.is_bound_to_process:
            return True
        return (delay <= MAX_KEPT_DELAY or context.waits_for_local_slot) and len(self._running) <= MAX_KEPT_GENERATIONS

    async def _step(self, generation_id: str, one: _Running) -> datetime | None:
        """Run one step; return when the next one is due, or None at the end."""
        handler = self._handler
        if handler is None:
            raise RuntimeError("the queue takes entries before `start_consuming`")
        backoff = self._backoffs.pop(generation_id) or Backoff()
        result = await run_once(partial(handler, generation_id, one.context), backoff, name=generation_id)
        if not result.has_failed:
            return result.value
        retry, deadline = self._clock.now() + backoff.next_delay(), one.context.deadline
        self._backoffs.set(generation_id, backoff)
        return min(retry, deadline) if deadline is not None and deadline > self._clock.now() else retry

    def _wake_here(self, generation_id: str) -> bool:
        """Wake the step of a generation in this process; return whether there is one."""
        one = self._running.get(generation_id)
        if generation_id in self._releasing:
            self._releasing[generation_id] = True
        if one is None:
            return False
        one.is_woken = True
        one.context.notify()
        one.timer.wake()
        return True

    def _wake_all_here(self) -> None:
        """Wake what may have been woken while no notification arrived."""
        for generation_id in {*self._running, *self._releasing, *self._released.names()}:
            self._receive_wake(generation_id)

    def _on_released(self, job: Job) -> None:
        """Make an entry due that was woken before the statement that released it had committed."""
        generation_id = generation_of(job)
        if self._releasing.pop(generation_id, False):
            self.wake(generation_id)
        else:
            self._released.set(generation_id, True)

    def _receive_wake(self, generation_id: str) -> None:
        """Process a notification. Its statement may have seen an entry as taken that was released meanwhile."""
        if not self._wake_here(generation_id) and self._released.pop(generation_id):
            self.wake(generation_id)

    def _start_sending(self) -> None:
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send(), name="queue_updates")

    async def _send(self) -> None:
        """Add missing entries and make others due. A wake that is lost costs latency only: each entry has its time."""
        while self._to_enqueue or self._to_wake:
            missing, self._to_enqueue = sorted(self._to_enqueue), set()
            woken, self._to_wake = sorted(self._to_wake), set()

            def write(transaction: Transaction, missing: list[str] = missing, woken: list[str] = woken) -> None:
                if missing:
                    ENQUEUE.run(transaction.connection, {"ids": missing})
                if woken:
                    _wake_in(transaction, woken)

            await run_once(partial(self._database.transact, write), Backoff(), name="queue_updates")
