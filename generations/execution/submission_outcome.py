"""What a submission leads to that was refused or found no route: another route or provider, or the failure."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from database.transaction import Transaction
from generations import transitions
from generations.execution.steps import Step
from generations.generation import QUEUED, Alternative, Generation, SubmissionOutcome
from generations.routing.route_selection import busy_routes, may_fall_back, untried_routes
from kit.errors import DoitongError, ProviderUnavailable
from providers.backend import JSON, Adjustment, JSONObject, SubmissionRefused


def take_alternative_or_fail(transaction: Transaction, step: Step, locked: Generation) -> Generation:
    """No route is left: continue with an alternative provider, or fail."""
    if locked.alternatives:
        return take_alternative(transaction, step, locked)
    provider = step.services.catalogue.by_name.get(locked.provider)
    name = locked.provider if provider is None else provider.name
    error = ProviderUnavailable(f"{name} is not available at the moment. Try again later.")
    return transitions.fail(transaction, step.services, locked, error=error, at=step.now)


def after_refusal(transaction: Transaction, step: Step, locked: Generation, refusal: SubmissionRefused) -> Generation:
    """Record the refusal; queue the generation for another route or provider, or fail."""
    services, error = step.services, refusal.error
    details: dict[str, Any] = {"error": error.message, "code": error.code.value}
    if refusal.diagnostics is not None:
        details["evidence"] = refusal.diagnostics
    locked = save_outcome(transaction, locked, SubmissionOutcome.REFUSED, **details)
    if may_fall_back(error):
        untried, busy = untried_routes(services, locked, now=step.now), busy_routes(services, locked)
        if untried or (busy and not locked.alternatives):
            return transitions.transition(transaction, services, locked, QUEUED)
        if locked.alternatives:
            return take_alternative(transaction, step, locked)
        return transitions.fail(transaction, services, locked, error=_all_refused(locked, error), at=step.now)
    return transitions.fail(transaction, services, locked, error=error, at=step.now)


def _all_refused(locked: Generation, last: DoitongError) -> ProviderUnavailable:
    """Return the error when no route took the job, with the reason of each."""
    reasons = dict.fromkeys(str(attempt["error"]) for attempt in locked.attempts if attempt.get("error"))
    return ProviderUnavailable(" ".join(reasons) or last.message, retryable=last.retryable)


def take_alternative(transaction: Transaction, step: Step, locked: Generation) -> Generation:
    """Queue the generation for the next alternative provider."""
    first, *others = locked.alternatives or []
    alternative = Alternative(**first)  # type: ignore[arg-type]
    return transitions.transition(
        transaction,
        step.services,
        locked,
        QUEUED,
        provider=alternative.provider,
        model=alternative.model,
        input=alternative.input,
        options=alternative.options,
        alternative_price=alternative.price,
        estimated_time=alternative.estimated_time,
        adjustments=[*alternative.adjustments, _provider_replaced(locked, alternative)],
        alternatives=others or None,
        dispatch=None,
    )


def _provider_replaced(locked: Generation, alternative: Alternative) -> JSONObject:
    reason = f"{locked.provider} did not take the job, and the request left the choice to the server"
    return asdict(Adjustment(reason, "provider", used=alternative.provider))


def save_outcome(
    transaction: Transaction,
    locked: Generation,
    outcome: SubmissionOutcome,
    *,
    fields: Mapping[str, object] | None = None,
    **details: JSON,
) -> Generation:
    """Save the outcome of the last attempt, and fields of the generation that clients do not see."""
    attempts = [*locked.attempts[:-1], {**locked.attempts[-1], "error": None, **details, "outcome": outcome}]
    return transitions.save_fields(transaction, locked, attempts=attempts, **(fields or {}))
