"""The local backend: media made by worker processes on this machine, with no network and no key."""

import asyncio
import re
import shutil
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from kit.clock import Clock, Timer
from kit.errors import DoitongError
from providers.backend import BackendState, Callback, Job, JSONObject, Output, Snapshot
from providers.catalogue import load_catalogue
from studio.render_pool import Rendering, RenderPool
from studio.request import RenderRequest, RenderResult, read_result

WAKE_INTERVAL = timedelta(milliseconds=250)
POLL_AFTER = timedelta(seconds=30)  # `wake` is called long before


class LocalBackend:
    """Renders in a pool. A job unknown to this process is looked for on disk, and is begun again if it is not there."""

    name = "local"
    resubmits_safely = True
    takes_callbacks = False

    def __init__(self, pool: RenderPool, *, wake: Callable[[str], None], clock: Clock) -> None:
        self._pool = pool
        self._wake = wake
        self._clock = clock
        self._work: dict[str, _Work] = {}

    def missing_setting(self) -> str | None:
        return None

    async def submit(self, job: Job) -> JSONObject:
        await self.poll(job, {})
        return {"job": job.id}

    async def poll(self, job: Job, reference: JSONObject) -> Snapshot:
        directory = self._directory(job)
        work = self._work.get(job.id)
        if work is None:
            stored = read_result(directory)
            if stored is not None:
                return _succeeded(stored, directory)
            work = self._work[job.id] = self._begin(job)
        return work.snapshot(directory)

    def parse_callback(
        self, job: Job, reference: JSONObject, *, headers: Mapping[str, str], body: bytes
    ) -> Callback | None:
        return None

    async def cancel(self, job: Job, reference: JSONObject) -> None:
        work = self._work.get(job.id)
        if work is not None:
            work.is_cancelled = True
            await work.stop()

    async def forget(self, job: Job, reference: JSONObject) -> None:
        work = self._work.pop(job.id, None)
        if work is not None:
            await work.stop()
        await asyncio.to_thread(shutil.rmtree, self._directory(job), ignore_errors=True)

    async def aclose(self) -> None:
        """Stop all work. Nothing is reported as cancelled: whoever polls next, in another process, begins it again."""
        for work in self._work.values():
            await work.stop()

    def _begin(self, job: Job) -> "_Work":
        work = _Work(_Waker(job.id, self._wake, self._clock))
        work.rendering = self._pool.enqueue(_request(job), report=work.advance)
        work.rendering.result.add_done_callback(work.end)
        return work

    def _directory(self, job: Job) -> Path:
        if not re.fullmatch(r"\w[\w-]*", job.id):
            raise ValueError("a job id is letters, digits, - and _")
        return self._pool.directory / job.id


class _Work:
    """One job of this process."""

    __slots__ = ("_progress", "_waker", "is_cancelled", "rendering")

    rendering: Rendering

    def __init__(self, waker: "_Waker") -> None:
        self.is_cancelled = False
        self._progress: int | None = None
        self._waker = waker

    def advance(self, progress: int) -> None:
        self._progress = max(progress, self._progress or 0)
        self._waker.wake_soon()

    def end(self, result: asyncio.Future[RenderResult]) -> None:
        if not result.cancelled():
            self._waker.wake_now()

    async def stop(self) -> None:
        self._waker.stop()
        await self.rendering.cancel()

    def snapshot(self, directory: Path) -> Snapshot:
        result = self.rendering.result
        if self.is_cancelled and result.cancelled():
            return Snapshot(state=BackendState.CANCELLED)
        if not result.done() or result.cancelled():
            started = self._progress is not None
            state = BackendState.RUNNING if started else BackendState.QUEUED
            return Snapshot(state=state, progress=self._progress or 0, poll_after=POLL_AFTER)
        try:
            return _succeeded(result.result(), directory)
        except DoitongError as error:
            return Snapshot(state=BackendState.FAILED, error=error)


class _Waker:
    """Passes on that something is new, at once or within `WAKE_INTERVAL`, but never more often than that."""

    __slots__ = ("_clock", "_job_id", "_next", "_timer", "_wake")

    def __init__(self, job_id: str, wake: Callable[[str], None], clock: Clock) -> None:
        self._job_id = job_id
        self._wake = wake
        self._clock = clock
        self._next: datetime | None = None
        self._timer: Timer | None = None

    def wake_soon(self) -> None:
        now = self._clock.now()
        if self._next is None or not now < self._next <= now + WAKE_INTERVAL:  # the clock may have been set back
            self.wake_now()
        elif self._timer is None:
            self._timer = self._clock.call_at(self._next, self.wake_now)

    def wake_now(self) -> None:
        self.stop()
        self._next = self._clock.now() + WAKE_INTERVAL
        self._wake(self._job_id)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _request(job: Job) -> RenderRequest:
    provider = load_catalogue().by_name.get(job.provider)
    known = {} if provider is None else provider.options
    unasked = {name for name, value in job.options.items() if name in known and known[name].default == value}
    return RenderRequest(
        id=job.id,
        type=job.type,
        input=job.input,
        options=job.options,
        seed=job.seed,
        files=job.files,
        unasked=frozenset(unasked),
    )


def _succeeded(result: RenderResult, directory: Path) -> Snapshot:
    outputs = tuple(
        Output(
            media_type=file.media_type,
            path=directory / file.name,
            role=file.role,
            title=file.title,
            lyrics=file.lyrics,
        )
        for file in result.outputs
    )
    return Snapshot(state=BackendState.SUCCEEDED, progress=100, outputs=outputs, notes=result.notes)
