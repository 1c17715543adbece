"""The record of an attempt to submit a generation. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from generations.generation import Dispatch, Generation, SubmissionOutcome
from kit.timestamps import format_timestamp
from providers.backend import JSONObject
from providers.catalogue import Route


def fields_of_attempt(
    current: Generation, route: Route, *, at: datetime, outcome: SubmissionOutcome = SubmissionOutcome.PENDING
) -> Mapping[str, Any]:
    """Return the fields of a generation that is being submitted on a route."""
    attempt: JSONObject = {
        "provider": current.provider,
        "backend": route.backend,
        "model": route.model,
        "at": format_timestamp(at),
        "outcome": outcome,
    }
    others, busy = _split_attempts(current, route)
    if busy is not None:
        attempt["tries"] = busy["tries"]
    return {
        "dispatch": Dispatch(route.backend, route.model),
        "attempts": [*others, attempt],
        "started_at": current.started_at or at,
    }


def _split_attempts(current: Generation, route: Route) -> tuple[list[JSONObject], JSONObject | None]:
    """Return the attempts without the one that found this route busy, which the next one replaces, and that one."""
    busy = next(
        (
            attempt
            for attempt in current.attempts
            if (attempt["backend"], attempt["model"], attempt["outcome"])
            == (route.backend, route.model, SubmissionOutcome.BUSY)
        ),
        None,
    )
    return [attempt for attempt in current.attempts if attempt is not busy], busy
