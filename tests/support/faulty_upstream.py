"""An upstream with fault modes: refusals, connection errors, lost responses and hanging calls."""

import asyncio
from collections import Counter
from enum import StrEnum

from kit.errors import ContentViolation, ProviderUnavailable
from providers.backend import AcceptedJob, Job, JSONObject, Snapshot, SubmissionLost, SubmissionRefused
from tests.support.controllable_upstream import ControllableUpstream


class FaultMode(StrEnum):
    """How an upstream fails."""

    NORMAL = "normal"
    UNAVAILABLE = "unavailable"
    REJECTS_CONTENT = "rejects content"
    FAILS_BEFORE_SUBMITTING = "fails before submitting"
    FAILS_AFTER_SUBMITTING = "fails after submitting"
    LOSES_RESPONSES = "loses responses"
    HANGS = "hangs"
    FAILS_POLLS = "fails polls"
    CANCELS_POLLS = "cancels polls"
    FAILS_CANCELS = "fails cancels"


REFUSALS = {FaultMode.UNAVAILABLE: ProviderUnavailable("down"), FaultMode.REJECTS_CONTENT: ContentViolation("no")}


class FaultyUpstream(ControllableUpstream):
    """The fault mode may change between any two calls; hanging calls return after `release`."""

    def __init__(self, name: str, *, resubmits_safely: bool = False) -> None:
        super().__init__(name, resubmits_safely=resubmits_safely)
        self.fault_mode = FaultMode.NORMAL
        self._hanging: Counter[str] = Counter()
        self._released = asyncio.Event()

    @property
    def hanging_jobs(self) -> set[str]:
        """The IDs of jobs with a hanging call."""
        return set() if self._released.is_set() else set(+self._hanging)

    def release(self) -> None:
        """Let all hanging calls return."""
        self._released.set()
        self._released = asyncio.Event()

    async def submit(self, job: Job) -> AcceptedJob:
        if self.fault_mode in REFUSALS:
            raise SubmissionRefused(REFUSALS[self.fault_mode])
        if self.fault_mode is FaultMode.FAILS_BEFORE_SUBMITTING:
            raise ConnectionError("before the request was sent")
        accepted = await super().submit(job)
        if self.fault_mode is FaultMode.FAILS_AFTER_SUBMITTING:
            raise ConnectionError("after the request was sent")
        if self.fault_mode is FaultMode.LOSES_RESPONSES:
            raise SubmissionLost
        if self.fault_mode is FaultMode.HANGS:
            await self._hang(job)
        return accepted

    async def poll(self, job: Job, reference: JSONObject) -> Snapshot:
        if self.fault_mode is FaultMode.FAILS_POLLS:
            raise ConnectionError("no response to a poll")
        if self.fault_mode is FaultMode.CANCELS_POLLS:
            raise asyncio.CancelledError("the connection pool was closed")
        return await super().poll(job, reference)

    async def cancel(self, job: Job, reference: JSONObject) -> None:
        if self.fault_mode is FaultMode.FAILS_CANCELS:
            raise ConnectionError("no response to a cancel")
        await super().cancel(job, reference)

    async def _hang(self, job: Job) -> None:
        released = self._released
        self._hanging[job.id] += 1
        try:
            await released.wait()
        finally:
            self._hanging[job.id] -= 1
