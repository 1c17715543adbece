"""A backend whose jobs are advanced by the test, and which counts submissions and cancellations."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from kit.errors import DoitongError
from providers.backend import (
    AcceptedJob,
    BackendState,
    Callback,
    Job,
    JSONObject,
    Output,
    PollSchedule,
    Snapshot,
    SubmissionLost,
    SubmissionRefused,
    UpstreamBusy,
)

POLL_INTERVAL = timedelta(hours=1)
IMAGE_OUTPUT = Output(media_type="image/png", url="https://upstream.example/picture.png")


class ControllableUpstream:
    """Every job stays queued until the test calls `run`, `finish` or `fail`."""

    is_local = False
    takes_callbacks = False
    max_concurrent_jobs: int | None = None
    poll_schedule = PollSchedule(first=timedelta())

    def __init__(self, name: str = "fal", *, resubmits_safely: bool = False) -> None:
        self.name = name
        self.resubmits_safely = resubmits_safely
        self.submissions: Counter[str] = Counter()
        self.cancelled: Counter[str] = Counter()
        self.forgotten: Counter[str] = Counter()
        self.refusal: DoitongError | None = None
        self.refuses: Callable[[Job], DoitongError | None] = lambda _: None
        self.busy: list[UpstreamBusy] = []
        """The next submissions that are not taken."""
        self.finds_jobs = False
        """Whether jobs can be looked up by their client ID."""
        self.jobs_taken: dict[str, Job] = {}
        self.submitting: Callable[[Job], Awaitable[None]] | None = None
        self.wake: Callable[[str], None] = lambda _: None
        self._submitted = asyncio.Condition()
        self._snapshots: dict[str, Snapshot] = {}

    def unavailable_because(self) -> str | None:
        return None

    def submits_synchronously(self, job: Job) -> bool:
        return False

    async def submit(self, job: Job) -> AcceptedJob:
        refusal = self.refusal or self.refuses(job)
        if refusal is not None:
            raise SubmissionRefused(refusal)
        if self.busy:
            raise self.busy.pop(0)
        self.submissions[job.id] += 1
        self.jobs_taken[job.client_request_id] = job
        async with self._submitted:
            self._submitted.notify_all()
        if self.submitting is not None:
            await self.submitting(job)
        return AcceptedJob({"upstream": f"task-{job.id}"})

    async def find_job(self, job: Job) -> AcceptedJob | None:
        if self.finds_jobs and job.client_request_id in self.jobs_taken:
            return AcceptedJob({"upstream": f"task-{job.id}"})
        if self.resubmits_safely or self.finds_jobs:
            return None
        raise SubmissionLost

    async def poll(self, job: Job, reference: JSONObject) -> Snapshot:
        assert reference == {"upstream": f"task-{job.id}"}
        return self._snapshots.get(job.id, Snapshot(BackendState.QUEUED, poll_after=POLL_INTERVAL))

    def parse_callback(
        self, job: Job, reference: JSONObject | None, *, headers: Mapping[str, str], body: bytes
    ) -> Callback | None:
        return None

    async def cancel(self, job: Job, reference: JSONObject) -> None:
        self.cancelled[job.id] += 1

    async def clean_up(self, job: Job, reference: JSONObject) -> None:
        self.forgotten[job.id] += 1

    async def check_credentials(self) -> bool:
        return False

    async def aclose(self) -> None:
        """There is nothing to close."""

    async def wait_for_submissions(self, count: int) -> None:
        async with self._submitted:
            await self._submitted.wait_for(lambda: self.submissions.total() >= count)

    def run(self, generation_id: str, *, progress: int = 50) -> None:
        self._move(generation_id, Snapshot(BackendState.RUNNING, progress=progress, poll_after=POLL_INTERVAL))

    def finish(self, generation_id: str, *outputs: Output) -> None:
        self._move(generation_id, Snapshot(BackendState.SUCCEEDED, progress=100, outputs=outputs or (IMAGE_OUTPUT,)))

    def finish_empty(self, generation_id: str) -> None:
        self._move(generation_id, Snapshot(BackendState.SUCCEEDED, progress=100))

    def fail(self, generation_id: str, error: DoitongError) -> None:
        self._move(generation_id, Snapshot(BackendState.FAILED, error=error))

    def _move(self, generation_id: str, snapshot: Snapshot) -> None:
        self._snapshots[generation_id] = snapshot
        self.wake(generation_id)


async def hang(_: Job) -> None:
    """Never return."""
    await asyncio.get_running_loop().create_future()
