"""Test keys: a prompt says how its generation ends, and everything else is what the local backend makes."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from kit.clock import Clock, Timer
from kit.errors import ContentViolation, DoitongError, GenerationFailed, ProviderUnavailable
from providers.backend import Backend, BackendState, Callback, Job, JSONObject, Snapshot

OUTCOME_WORD = re.compile(
    r"\btest:(?:(?P<error>content_violation|fail|unavailable)|(?P<hang>hang)|delay=(?P<delay>\d*\.?\d+))(?!\w)",
    re.IGNORECASE,
)
ERRORS: dict[str, Callable[[], DoitongError]] = {
    "content_violation": lambda: ContentViolation("The prompt was refused by moderation (test:content_violation)."),
    "fail": lambda: GenerationFailed("The provider gave up (test:fail)."),
    "unavailable": lambda: ProviderUnavailable("The provider is down (test:unavailable)."),
}
LONGEST_DELAY = timedelta(days=1)
DELAY_STEPS = 20  # how often progress moves while a delay lasts
SHORTEST_STEP = timedelta(milliseconds=250)
PROGRESS_AFTER_DELAY = 90  # percent; the render has the rest
HANGING_POLL = timedelta(minutes=5)
ONLY_WORDS = "A test."  # what is rendered for a prompt of nothing but outcome words


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a prompt asks to happen: wait, then hang, fail or be rendered from the words that are left."""

    prompt: str
    delay: timedelta | None = None
    error: DoitongError | None = None
    hang: bool = False


def parse_outcome(prompt: str) -> Outcome:
    """Read the outcome words of a prompt. Of two delays or two errors the first counts."""
    words = [match.groupdict() for match in OUTCOME_WORD.finditer(prompt)]
    if not words:
        return Outcome(prompt)
    error = next((word["error"].lower() for word in words if word["error"]), None)
    delay = next((float(word["delay"]) for word in words if word["delay"]), None)
    return Outcome(
        prompt=" ".join(OUTCOME_WORD.sub(" ", prompt).split()) or ONLY_WORDS,
        delay=timedelta(seconds=min(delay, LONGEST_DELAY.total_seconds())) if delay else None,
        error=ERRORS[error]() if error else None,
        hang=any(word["hang"] for word in words),
    )


class SimulatedBackend:
    """Stands in for every provider in test mode. All it needs to go on after a restart is the time of submission."""

    resubmits_safely = True
    takes_callbacks = False

    def __init__(self, local: Backend, *, wake: Callable[[str], None], clock: Clock) -> None:
        self.name = local.name
        self._local = local
        self._wake = wake
        self._clock = clock
        self._timers: dict[str, Timer] = {}
        self._cancelled: set[str] = set()

    def missing_setting(self) -> str | None:
        return self._local.missing_setting()

    async def submit(self, job: Job) -> JSONObject:
        outcome = _outcome(job)
        reference: JSONObject = {"job": job.id, "submitted_at": self._clock.now().timestamp()}
        if outcome.delay is None and outcome.error is None and not outcome.hang:
            return {**await self._local.submit(_rendered(job, outcome)), **reference}
        return reference

    async def poll(self, job: Job, reference: JSONObject) -> Snapshot:
        if job.id in self._cancelled:
            return Snapshot(state=BackendState.CANCELLED)
        outcome = _outcome(job)
        delay = outcome.delay or timedelta()
        waited = self._waited(reference)
        if waited < delay:
            return self._delayed(job, waited=waited, delay=delay)
        if outcome.hang:
            return Snapshot(
                state=BackendState.RUNNING, progress=PROGRESS_AFTER_DELAY if delay else 0, poll_after=HANGING_POLL
            )
        if outcome.error is not None:
            return Snapshot(state=BackendState.FAILED, error=outcome.error)
        snapshot = await self._local.poll(_rendered(job, outcome), reference)
        return _after_delay(snapshot) if delay else snapshot

    def parse_callback(
        self, job: Job, reference: JSONObject, *, headers: Mapping[str, str], body: bytes
    ) -> Callback | None:
        return None

    async def cancel(self, job: Job, reference: JSONObject) -> None:
        self._stop_timer(job)
        outcome = _outcome(job)
        if outcome.hang or self._waited(reference) < (outcome.delay or timedelta()):
            self._cancelled.add(job.id)
        else:
            await self._local.cancel(job, reference)

    async def forget(self, job: Job, reference: JSONObject) -> None:
        self._stop_timer(job)
        self._cancelled.discard(job.id)
        await self._local.forget(job, reference)

    async def aclose(self) -> None:
        """Wake nobody any more. The local backend is closed by whoever made it."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _waited(self, reference: JSONObject) -> timedelta:
        submitted_at = reference.get("submitted_at")
        if not isinstance(submitted_at, float):  # it was cancelled before the reference was recorded
            return timedelta()
        return max(timedelta(), self._clock.now() - datetime.fromtimestamp(submitted_at, UTC))

    def _delayed(self, job: Job, *, waited: timedelta, delay: timedelta) -> Snapshot:
        step = min(delay - waited, max(delay / DELAY_STEPS, SHORTEST_STEP))
        self._stop_timer(job)
        self._timers[job.id] = self._clock.call_at(self._clock.now() + step, lambda: self._ring(job.id))
        progress = int(PROGRESS_AFTER_DELAY * (waited / delay))
        return Snapshot(state=BackendState.RUNNING, progress=progress, poll_after=HANGING_POLL)

    def _ring(self, job_id: str) -> None:
        self._timers.pop(job_id, None)
        self._wake(job_id)

    def _stop_timer(self, job: Job) -> None:
        if timer := self._timers.pop(job.id, None):
            timer.cancel()


def _outcome(job: Job) -> Outcome:
    text = job.input.get("text")
    return parse_outcome(text) if isinstance(text, str) else Outcome("")


def _rendered(job: Job, outcome: Outcome) -> Job:
    return replace(job, input={**job.input, "text": outcome.prompt}) if job.input.get("text") else job


def _after_delay(snapshot: Snapshot) -> Snapshot:
    """The render of a job that already ran for a while: it does not queue again, and goes on from that progress."""
    state = BackendState.RUNNING if snapshot.state is BackendState.QUEUED else snapshot.state
    rest = (snapshot.progress or 0) * (100 - PROGRESS_AFTER_DELAY) // 100
    return replace(snapshot, state=state, progress=PROGRESS_AFTER_DELAY + rest)
