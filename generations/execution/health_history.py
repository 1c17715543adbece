"""Restores the health of backends from the generations that ended last, when a server starts."""

from functools import partial

from generations import repository
from generations.generation import Status, SubmissionOutcome
from generations.routing.availability import LOCAL
from generations.services import Services
from kit.errors import ErrorCode
from providers.backend import JSONObject

MAX_GENERATIONS = 500
UPSTREAM_FAULTS = frozenset({ErrorCode.PROVIDER_UNAVAILABLE, ErrorCode.GENERATION_FAILED, ErrorCode.DEADLINE_EXCEEDED})


async def restore_health(services: Services) -> None:
    """Feed the health monitor with the outcomes of recent live generations, oldest first."""
    rows = await services.database.read(partial(repository.recent_outcomes, limit=MAX_GENERATIONS))
    for attempts, status, error in rows:
        for number, attempt in enumerate(attempts):
            is_last = number == len(attempts) - 1
            _feed(services, attempt, status=status if is_last else None, error=error if is_last else None)


def _feed(services: Services, attempt: JSONObject, *, status: str | None, error: JSONObject | None) -> None:
    backend, model, outcome = str(attempt["backend"]), attempt["model"], attempt["outcome"]
    if backend == LOCAL or status == Status.CANCELLED or outcome == SubmissionOutcome.BUSY:
        return
    name = None if model is None else str(model)
    code = attempt.get("code") if outcome == SubmissionOutcome.REFUSED else (error or {}).get("code")
    if outcome != SubmissionOutcome.ACCEPTED or status != Status.COMPLETED:
        if outcome == SubmissionOutcome.LOST or code in UPSTREAM_FAULTS:
            services.health.record_failure(backend, name, now=services.clock.now())
        return
    services.health.record_success(backend, name)
