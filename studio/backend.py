"""The local backend: renders media in worker processes on this machine, without network access or an API key."""

import asyncio
import re
import shutil
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from kit.clock import Clock, Timer
from kit.disk_space import DiskUnavailable
from kit.errors import DoitongError, ProviderUnavailable
from providers.backend import (
    AcceptedJob,
    BackendState,
    Callback,
    Job,
    JSONObject,
    Output,
    PollSchedule,
    Snapshot,
    SubmissionRefused,
)
from providers.catalogue import Catalogue, load_catalogue
from studio.packages import missing_packages_message
from studio.render_pool import RenderJob, RenderPool
from studio.request import RenderRequest, RenderResult, read_result

WAKE_INTERVAL = timedelta(milliseconds=250)
POLL_AFTER = timedelta(seconds=30)  # a fallback: `wake` is called on every change


class LocalBackend:
    """Renders jobs in a process pool.

    A job that this process has not started is read from disk if it was finished, and started again otherwise. A poll
    of a job whose files could not be written raises `DiskUnavailable`; the next poll starts it again.
    """

    name = "local"
    is_local = True
    takes_callbacks = False
    max_concurrent_jobs: int | None = None
    poll_schedule = PollSchedule(first=timedelta())

    def __init__(
        self,
        pool: RenderPool,
        *,
        wake: Callable[[str], None],
        clock: Clock,
        catalogue: Catalogue | None = None,
        renders_here: bool = True,
    ) -> None:
        """Without `renders_here`, other processes render, and the packages are missing there or nowhere."""
        self._pool = pool
        self._catalogue = catalogue or load_catalogue()
        self._wake = wake
        self._clock = clock
        self._jobs: dict[str, _ActiveJob] = {}
        self._missing_packages = missing_packages_message() if renders_here else None

    def unavailable_because(self) -> str | None:
        return self._missing_packages

    def submits_synchronously(self, job: Job) -> bool:
        return False

    async def submit(self, job: Job) -> AcceptedJob:
        if self._missing_packages is not None:
            raise SubmissionRefused(_unavailable(self._missing_packages))
        await self.poll(job, {})
        return AcceptedJob({"job": job.id})

    async def find_job(self, job: Job) -> AcceptedJob | None:
        """Submitting again continues the job or starts it again, which costs nothing."""
        return None

    async def poll(self, job: Job, reference: JSONObject) -> Snapshot:
        directory = self._directory(job)
        active = self._jobs.get(job.id)
        if active is None:
            stored = read_result(directory)
            if stored is not None:
                return _succeeded(stored, directory)
            if self._missing_packages is not None:
                return Snapshot(state=BackendState.FAILED, error=_unavailable(self._missing_packages))
            active = self._jobs[job.id] = self._start(job)
        try:
            return active.snapshot(directory)
        except DiskUnavailable:
            await self.clean_up(job, reference)  # the next poll starts the job again
            raise

    def parse_callback(
        self, job: Job, reference: JSONObject | None, *, headers: Mapping[str, str], body: bytes
    ) -> Callback | None:
        return None

    async def cancel(self, job: Job, reference: JSONObject) -> None:
        active = self._jobs.get(job.id)
        if active is not None:
            active.is_cancelled = True
            await active.stop()

    async def clean_up(self, job: Job, reference: JSONObject) -> None:
        active = self._jobs.pop(job.id, None)
        if active is not None:
            await active.stop()
        await asyncio.to_thread(shutil.rmtree, self._directory(job), ignore_errors=True)

    async def check_credentials(self) -> bool:
        return False

    async def aclose(self) -> None:
        """Stop all jobs without reporting them as cancelled: the next process that polls one starts it again."""
        for active in self._jobs.values():
            await active.stop()

    def _start(self, job: Job) -> "_ActiveJob":
        active = _ActiveJob(_ProgressThrottle(job.id, self._wake, self._clock))
        active.render_job = self._pool.enqueue(_request(job, self._catalogue), report=active.report_progress)
        active.render_job.result.add_done_callback(active.handle_result)
        return active

    def _directory(self, job: Job) -> Path:
        if not re.fullmatch(r"\w[\w-]*", job.id):
            raise ValueError("a job id may contain only letters, digits, - and _")
        return self._pool.directory / job.id


class _ActiveJob:
    """A job that this process has started."""

    __slots__ = ("_progress", "_throttle", "is_cancelled", "render_job")

    render_job: RenderJob

    def __init__(self, throttle: "_ProgressThrottle") -> None:
        self.is_cancelled = False
        self._progress: int | None = None
        self._throttle = throttle

    def report_progress(self, progress: int) -> None:
        self._progress = max(progress, self._progress or 0)
        self._throttle.wake_soon()

    def handle_result(self, result: asyncio.Future[RenderResult]) -> None:
        if not result.cancelled():
            self._throttle.wake_now()

    async def stop(self) -> None:
        self._throttle.stop()
        await self.render_job.cancel()

    def snapshot(self, directory: Path) -> Snapshot:
        result = self.render_job.result
        if self.is_cancelled and result.cancelled():
            return Snapshot(state=BackendState.CANCELLED)
        if not result.done() or result.cancelled():
            started = self._progress is not None
            state = BackendState.RUNNING if started else BackendState.QUEUED
            return Snapshot(state=state, progress=self._progress or 0, poll_after=POLL_AFTER)
        try:
            return _succeeded(result.result(), directory)
        except DiskUnavailable:
            raise
        except DoitongError as error:
            return Snapshot(state=BackendState.FAILED, error=error)


class _ProgressThrottle:
    """Calls `wake` for one job: immediately for a result, at most once per `WAKE_INTERVAL` for progress."""

    __slots__ = ("_clock", "_job_id", "_next", "_timer", "_wake")

    def __init__(self, job_id: str, wake: Callable[[str], None], clock: Clock) -> None:
        self._job_id = job_id
        self._wake = wake
        self._clock = clock
        self._next: datetime | None = None
        self._timer: Timer | None = None

    def wake_soon(self) -> None:
        now = self._clock.now()
        if self._next is None or not now < self._next <= now + WAKE_INTERVAL:  # handles a clock that was set back
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


def _request(job: Job, catalogue: Catalogue) -> RenderRequest:
    provider = catalogue.by_name.get(job.provider)
    known = {} if provider is None else provider.options
    defaulted = {name for name, value in job.options.items() if name in known and known[name].default == value}
    return RenderRequest(
        id=job.id,
        type=job.type,
        input=job.input,
        options=job.options,
        seed=job.seed,
        files=job.files,
        defaulted_options=frozenset(defaulted),
    )


def _unavailable(missing_packages: str) -> ProviderUnavailable:
    return ProviderUnavailable(f"The local renderer is not available: {missing_packages}.")


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
    return Snapshot(state=BackendState.SUCCEEDED, progress=100, outputs=outputs, adjustments=result.adjustments)
