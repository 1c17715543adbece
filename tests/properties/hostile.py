"""An upstream that refuses, breaks, loses answers and hangs as it is told."""

import asyncio
from collections import Counter
from enum import StrEnum

from kit.errors import ContentViolation, ProviderUnavailable
from providers.backend import Job, JSONObject, Snapshot, SubmissionLost, SubmissionRefused
from tests.fixtures.upstream import Upstream


class Mood(StrEnum):
    """How an upstream behaves for now."""

    OBLIGING = "obliging"
    UNAVAILABLE = "unavailable"
    PRUDISH = "prudish"
    BREAKS_BEFORE_BUYING = "breaks before buying"
    BREAKS_AFTER_BUYING = "breaks after buying"
    LOSES_ANSWERS = "loses answers"
    HANGS = "hangs"
    BREAKS_AT_POLLS = "breaks at polls"
    CANCELS_POLLS = "cancels polls"
    BREAKS_AT_TIDYING = "breaks at tidying"


REFUSALS = {Mood.UNAVAILABLE: ProviderUnavailable("down"), Mood.PRUDISH: ContentViolation("no")}


class MoodyUpstream(Upstream):
    """Its mood may change between any two calls; a call that hangs does so until `release`."""

    def __init__(self, name: str, *, resubmits_safely: bool = False) -> None:
        super().__init__(name, resubmits_safely=resubmits_safely)
        self.mood = Mood.OBLIGING
        self._hanging: Counter[str] = Counter()
        self._released = asyncio.Event()

    @property
    def holding(self) -> set[str]:
        """The jobs whose calls hang."""
        return set() if self._released.is_set() else set(+self._hanging)

    def release(self) -> None:
        """Let every call that hangs go on."""
        self._released.set()
        self._released = asyncio.Event()

    async def submit(self, job: Job) -> JSONObject:
        if self.mood in REFUSALS:
            raise SubmissionRefused(REFUSALS[self.mood])
        if self.mood is Mood.BREAKS_BEFORE_BUYING:
            raise ConnectionError("before the request was sent")
        reference = await super().submit(job)
        if self.mood is Mood.BREAKS_AFTER_BUYING:
            raise ConnectionError("after the request was sent")
        if self.mood is Mood.LOSES_ANSWERS:
            raise SubmissionLost
        if self.mood is Mood.HANGS:
            await self._hang(job)
        return reference

    async def poll(self, job: Job, reference: JSONObject) -> Snapshot:
        if self.mood is Mood.BREAKS_AT_POLLS:
            raise ConnectionError("no answer to a poll")
        if self.mood is Mood.CANCELS_POLLS:
            raise asyncio.CancelledError("a connection pool that was closed")
        return await super().poll(job, reference)

    async def cancel(self, job: Job, reference: JSONObject) -> None:
        if self.mood is Mood.BREAKS_AT_TIDYING:
            raise ConnectionError("no answer to a cancel")
        await super().cancel(job, reference)

    async def _hang(self, job: Job) -> None:
        released = self._released
        self._hanging[job.id] += 1
        try:
            await released.wait()
        finally:
            self._hanging[job.id] -= 1
