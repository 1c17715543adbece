"""The health of backends and models: recent outcomes, and a circuit breaker for each."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median

WINDOW = 50  # outcomes
RECENT = 20  # outcomes that the breaker looks at
MIN_FAILURES = 5
MAX_FAILURE_SHARE = 0.5
FIRST_BREAK = timedelta(seconds=30)
MAX_BREAK = timedelta(minutes=10)
TRIAL_TIMEOUT = timedelta(minutes=2)
"""A trial without an outcome after this time is abandoned, and another one may start."""


class BreakerState(StrEnum):
    """The state of a circuit breaker."""

    CLOSED = "CLOSED"
    OPEN = "OPEN"
    """No jobs are submitted."""
    HALF_OPEN = "HALF_OPEN"
    """One job is submitted as a trial."""


@dataclass(frozen=True, slots=True)
class Health:
    """Statistics of a route's recent jobs: outcomes, share of successes, median duration in seconds."""

    outcomes: int
    success_rate: float | None
    median_seconds: float | None
    breaker: BreakerState


@dataclass(slots=True)
class _Route:
    outcomes: deque[bool] = field(default_factory=lambda: deque(maxlen=WINDOW))
    seconds: deque[float] = field(default_factory=lambda: deque(maxlen=WINDOW))
    opened_at: datetime | None = None
    pause: timedelta = FIRST_BREAK
    trial_at: datetime | None = None


class HealthMonitor:
    """Collects the outcomes of jobs by backend and model, and opens the breaker of a route that keeps failing.

    The breaker opens after five failures in a row, or when at least half of the last 20 outcomes and at least five are
    failures. It allows one trial after 30 seconds; another failure doubles that time, up to 10 minutes.
    """

    def __init__(self) -> None:
        self._routes: dict[tuple[str, str | None], _Route] = {}
        self.version = 0
        """Grows with every outcome."""

    @property
    def has_open_breakers(self) -> bool:
        """Whether the state of a breaker changes with time."""
        return any(route.opened_at is not None for route in self._routes.values())

    def breaker(self, backend: str, model: str | None, *, now: datetime) -> BreakerState:
        route = self._routes.get((backend, model))
        if route is None or route.opened_at is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if now < route.opened_at + route.pause else BreakerState.HALF_OPEN

    def breakers(self, *, now: datetime) -> list[tuple[str, BreakerState]]:
        """Return backend and state of every breaker that is not closed, one for each model."""
        opened = [key for key, route in self._routes.items() if route.opened_at is not None]
        return [(key[0], self.breaker(*key, now=now)) for key in opened]

    def allows(self, backend: str, model: str | None, *, now: datetime) -> bool:
        """Whether a job may be submitted now: the breaker is closed, or half open without a trial in progress."""
        state = self.breaker(backend, model, now=now)
        if state is not BreakerState.HALF_OPEN:
            return state is BreakerState.CLOSED
        trial_at = self._routes[backend, model].trial_at
        return trial_at is None or now >= trial_at + TRIAL_TIMEOUT

    def record_submission(self, backend: str, model: str | None, *, now: datetime) -> None:
        """Record that a job is being submitted; if the breaker is half open, the job is its trial."""
        if self.breaker(backend, model, now=now) is BreakerState.HALF_OPEN:
            self._routes[backend, model].trial_at = now

    def record_success(self, backend: str, model: str | None, *, seconds: float | None = None) -> None:
        """Record that a job was accepted, or completed after `seconds`."""
        self.version += 1
        route = self._of(backend, model)
        if route.opened_at is not None:
            route.outcomes.clear()
        route.opened_at = route.trial_at = None
        route.pause = FIRST_BREAK
        route.outcomes.append(True)
        if seconds is not None:
            route.seconds.append(seconds)

    def record_failure(self, backend: str, model: str | None, *, now: datetime) -> None:
        """Record that the upstream was unavailable for a job, or failed it although the request was valid."""
        self.version += 1
        route = self._of(backend, model)
        route.outcomes.append(False)
        if route.opened_at is not None:
            if route.trial_at is not None:
                route.pause = min(2 * route.pause, MAX_BREAK)
                route.opened_at, route.trial_at = now, None
            return
        if _keeps_failing(route.outcomes):
            route.opened_at = now

    def health(self, routes: Iterable[tuple[str, str | None]], *, now: datetime) -> Health:
        """Return the health of several routes together; the breaker is that of the first one that is not open."""
        keys = list(routes)
        known = [self._routes[key] for key in keys if key in self._routes]
        outcomes = [outcome for route in known for outcome in route.outcomes]
        seconds = [value for route in known for value in route.seconds]
        states = [self.breaker(*key, now=now) for key in keys]
        order = (BreakerState.CLOSED, BreakerState.HALF_OPEN, BreakerState.OPEN)
        return Health(
            outcomes=len(outcomes),
            success_rate=sum(outcomes) / len(outcomes) if outcomes else None,
            median_seconds=median(seconds) if seconds else None,
            breaker=next((state for state in order if state in states), BreakerState.CLOSED),
        )

    def _of(self, backend: str, model: str | None) -> _Route:
        return self._routes.setdefault((backend, model), _Route())


def _keeps_failing(outcomes: deque[bool]) -> bool:
    recent = list(outcomes)[-RECENT:]
    failures = recent.count(False)
    in_a_row = len(recent) >= MIN_FAILURES and not any(recent[-MIN_FAILURES:])
    return in_a_row or (failures >= MIN_FAILURES and failures / len(recent) >= MAX_FAILURE_SHARE)
