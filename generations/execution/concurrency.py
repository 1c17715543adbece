"""Concurrency limits of the backends, and pauses after an upstream responded that it is busy. Per process."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

INITIAL_LIMIT = 16.0
"""The limit of an upstream without `max_jobs` that has accepted no job yet; it grows with every accepted job."""
FIRST_PAUSE = timedelta(seconds=1)
MAX_PAUSE = timedelta(minutes=1)
WAIT_FOR_SLOT = timedelta(minutes=2)
"""The time to the next check of a waiting job, which is woken earlier when a slot is free."""


@dataclass(slots=True)
class _Slots:
    """The slots of one backend. `running` and `waiting` hold generation IDs, `waiting` in order of arrival."""

    max_jobs: int | None = None
    limit: float = INITIAL_LIMIT
    has_been_busy: bool = False
    running: set[str] = field(default_factory=set)
    waiting: dict[str, None] = field(default_factory=dict)
    paused_until: datetime | None = None
    pause: timedelta = FIRST_PAUSE

    def ready(self) -> Sequence[str]:
        """Return the waiting generations for which there are free slots."""
        free = (self.max_jobs or int(self.limit)) - len(self.running)
        return [generation_id for generation_id, _ in zip(self.waiting, range(max(0, free)), strict=False)]


class ConcurrencyLimits:
    """Limits the concurrent jobs of each backend, to `max_jobs` if it has that.

    Where a backend has no `max_jobs`, the limit is learned as TCP does: it doubles until the upstream says that it is
    busy, is then set to what it had accepted, and grows slowly from there.
    """

    def __init__(self) -> None:
        self._slots: dict[str, _Slots] = {}

    def acquire(self, backend: str, generation_id: str, *, max_jobs: int | None, now: datetime) -> datetime | None:
        """Take a slot and return None, or return when to ask again."""
        slots = self._of(backend)
        slots.max_jobs = max_jobs
        if generation_id in slots.running:
            return None
        slots.waiting.setdefault(generation_id)
        paused_until = self.paused_until(backend, now=now)
        if paused_until is not None:
            return paused_until
        if generation_id not in slots.ready():
            return now + WAIT_FOR_SLOT
        for others in self._slots.values():
            others.waiting.pop(generation_id, None)
        slots.running.add(generation_id)
        return None

    def paused_until(self, backend: str, *, now: datetime) -> datetime | None:
        """Return until when submissions to an upstream that was busy are paused; None if they are not."""
        until = self._of(backend).paused_until
        return until if until is not None and now < until else None

    def count_submitted(self, backend: str, generation_id: str, *, max_jobs: int | None) -> None:
        """Count a job, if it is not counted yet: one submitted before this process started, or by another process.

        The upstream has accepted it, so it leaves as many free slots as there were.
        """
        slots = self._of(backend)
        slots.max_jobs = max_jobs
        if generation_id not in slots.running:
            slots.running.add(generation_id)
            slots.limit += 1

    def record_accepted(self, backend: str) -> Sequence[str]:
        """Record that the upstream accepted a job; return the generations to wake."""
        slots = self._of(backend)
        slots.pause = FIRST_PAUSE
        slots.limit += 1 / slots.limit if slots.has_been_busy else 1
        return slots.ready()

    def record_busy(
        self, backend: str, generation_id: str, *, retry_after: timedelta | None, now: datetime
    ) -> datetime:
        """Pause submissions to an upstream that was busy; return until when."""
        slots = self._of(backend)
        slots.running.discard(generation_id)
        slots.has_been_busy = True
        slots.limit = float(max(1, len(slots.running)))
        if slots.paused_until is None or slots.paused_until <= now:
            pause = slots.pause if retry_after is None else retry_after
            slots.pause = min(2 * slots.pause, MAX_PAUSE)
            slots.paused_until = now + pause
        elif retry_after is not None:
            slots.paused_until = max(slots.paused_until, now + retry_after)
        return slots.paused_until

    def release(self, generation_id: str) -> Sequence[str]:
        """Free the slot that a generation has with any backend; return the generations to wake."""
        woken: list[str] = []
        for slots in self._slots.values():
            if generation_id in slots.running or generation_id in slots.waiting:
                slots.running.discard(generation_id)
                slots.waiting.pop(generation_id, None)
                woken += slots.ready()
        return woken

    def tracked_ids(self) -> frozenset[str]:
        """Return the generations that have a slot here, or wait for one."""
        return frozenset(one for slots in self._slots.values() for one in (*slots.running, *slots.waiting))

    def reconcile(self, unfinished: Iterable[str], *, queued: Iterable[str], among: frozenset[str]) -> Sequence[str]:
        """Forget those `among` these generations that another process has ended or submitted; return which to wake.

        `among` is what was known before the others were read: what has come since is not among them.
        """
        ended, submitted = among.difference(unfinished), among.difference(queued)
        woken: list[str] = []
        for slots in self._slots.values():
            slots.running -= ended
            for gone in slots.waiting.keys() & submitted:
                del slots.waiting[gone]
            woken += slots.ready()
        return woken

    def _of(self, backend: str) -> _Slots:
        return self._slots.setdefault(backend, _Slots())
