"""Simulation for test keys: directives in the prompt choose the outcome, and the local backend renders the rest."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from kit.clock import Clock, Timer
from kit.errors import ContentViolation, DoitongError, GenerationFailed, ProviderUnavailable
from providers.backend import AcceptedJob, Backend, BackendState, Callback, Job, JSONObject, PollSchedule, Snapshot

DIRECTIVE = re.compile(
    r"\btest:(?:(?P<error>content_violation|fail|unavailable)|(?P<hang>hang)|delay=(?P<delay>\d*\.?\d+))(?!\w)",
    re.IGNORECASE,
)
ERRORS: dict[str, Callable[[], DoitongError]] = {
    "content_violation": lambda: ContentViolation("The prompt was refused by moderation (test:content_violation)."),
    "fail": lambda: GenerationFailed("The provider failed (test:fail)."),
    "unavailable": lambda: ProviderUnavailable("The provider is unavailable (test:unavailable)."),
}
MAX_DELAY = timedelta(days=1)
DELAY_STEPS = 20  # progress reports during a delay
MIN_STEP = timedelta(milliseconds=250)
PROGRESS_AFTER_DELAY = 90  # percent; the remainder is for the render
HANG_POLL_INTERVAL = timedelta(minutes=5)
DEFAULT_PROMPT = "A test."  # rendered if the prompt consists of directives only


@dataclass(frozen=True, slots=True)
class Directives:
    """The directives of a prompt: wait for `delay`, then hang, fail with `error`, or render the remaining `prompt`."""

    prompt: str
    delay: timedelta | None = None
    error: DoitongError | None = None
    hang: bool = False


def parse_directives(prompt: str) -> Directives:
    """Parse the directives of a prompt. The first delay and the first error apply."""
    matches = [match.groupdict() for match in DIRECTIVE.finditer(prompt)]
    if not matches:
        return Directives(prompt)
    error = next((match["error"].lower() for match in matches if match["error"]), None)
    delay = next((float(match["delay"]) for match in matches if match["delay"]), None)
    return Directives(
        prompt=" ".join(DIRECTIVE.sub(" ", prompt).split()) or DEFAULT_PROMPT,
        delay=timedelta(seconds=min(delay, MAX_DELAY.total_seconds())) if delay else None,
        error=ERRORS[error]() if error else None,
        hang=any(match["hang"] for match in matches),
    )


class SimulatedBackend:
    """Simulates every provider in test mode. Only the time of submission is needed to continue after a restart."""

    is_local = True
    takes_callbacks = False
    max_concurrent_jobs: int | None = None
    poll_schedule = PollSchedule(first=timedelta())

    def __init__(self, local: Backend, *, wake: Callable[[str], None], clock: Clock) -> None:
        self.name = local.name
        self._local = local
        self._wake = wake
        self._clock = clock
        self._timers: dict[str, Timer] = {}
        self._cancelled: set[str] = set()

    def unavailable_because(self) -> str | None:
        return self._local.unavailable_because()

    def submits_synchronously(self, job: Job) -> bool:
        return False

    async def submit(self, job: Job) -> AcceptedJob:
        directives = _directives_of(job)
        reference: JSONObject = {"job": job.id, "submitted_at": self._clock.now().timestamp()}
        if directives.delay is None and directives.error is None and not directives.hang:
            accepted = await self._local.submit(_without_directives(job, directives))
            reference = {**accepted.reference, **reference}
        return AcceptedJob(reference)

    async def find_job(self, job: Job) -> AcceptedJob | None:
        """Return None: submitting again starts the simulation again, which costs nothing."""
        return None

    async def poll(self, job: Job, reference: JSONObject) -> Snapshot:
        if job.id in self._cancelled:
            return Snapshot(state=BackendState.CANCELLED)
        directives = _directives_of(job)
        delay = directives.delay or timedelta()
        elapsed = self._elapsed(reference)
        if elapsed < delay:
            return self._delay_snapshot(job, elapsed=elapsed, delay=delay)
        if directives.hang:
            return Snapshot(
                state=BackendState.RUNNING, progress=PROGRESS_AFTER_DELAY if delay else 0, poll_after=HANG_POLL_INTERVAL
            )
        if directives.error is not None:
            return Snapshot(state=BackendState.FAILED, error=directives.error)
        snapshot = await self._local.poll(_without_directives(job, directives), reference)
        return _after_delay(snapshot) if delay else snapshot

    def parse_callback(
        self, job: Job, reference: JSONObject | None, *, headers: Mapping[str, str], body: bytes
    ) -> Callback | None:
        return None

    async def cancel(self, job: Job, reference: JSONObject) -> None:
        self._stop_timer(job)
        directives = _directives_of(job)
        if directives.hang or self._elapsed(reference) < (directives.delay or timedelta()):
            self._cancelled.add(job.id)
        else:
            await self._local.cancel(job, reference)

    async def clean_up(self, job: Job, reference: JSONObject) -> None:
        self._stop_timer(job)
        self._cancelled.discard(job.id)
        await self._local.clean_up(job, reference)

    async def check_credentials(self) -> bool:
        return False

    async def aclose(self) -> None:
        """Cancel all timers. The local backend is closed by its owner."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _elapsed(self, reference: JSONObject) -> timedelta:
        submitted_at = reference.get("submitted_at")
        if not isinstance(submitted_at, float):  # cancelled before the reference was recorded
            return timedelta()
        return max(timedelta(), self._clock.now() - datetime.fromtimestamp(submitted_at, UTC))

    def _delay_snapshot(self, job: Job, *, elapsed: timedelta, delay: timedelta) -> Snapshot:
        step = min(delay - elapsed, max(delay / DELAY_STEPS, MIN_STEP))
        self._stop_timer(job)
        self._timers[job.id] = self._clock.call_at(self._clock.now() + step, lambda: self._wake_job(job.id))
        progress = int(PROGRESS_AFTER_DELAY * (elapsed / delay))
        return Snapshot(state=BackendState.RUNNING, progress=progress, poll_after=HANG_POLL_INTERVAL)

    def _wake_job(self, job_id: str) -> None:
        self._timers.pop(job_id, None)
        self._wake(job_id)

    def _stop_timer(self, job: Job) -> None:
        if timer := self._timers.pop(job.id, None):
            timer.cancel()


def _directives_of(job: Job) -> Directives:
    text = job.input.get("text")
    return parse_directives(text) if isinstance(text, str) else Directives("")


def _without_directives(job: Job, directives: Directives) -> Job:
    return replace(job, input={**job.input, "text": directives.prompt}) if job.input.get("text") else job


def _after_delay(snapshot: Snapshot) -> Snapshot:
    """Map a render's snapshot to the progress after the delay; the job is already running, so it is not queued."""
    state = BackendState.RUNNING if snapshot.state is BackendState.QUEUED else snapshot.state
    rest = (snapshot.progress or 0) * (100 - PROGRESS_AFTER_DELAY) // 100
    return replace(snapshot, state=state, progress=PROGRESS_AFTER_DELAY + rest)
