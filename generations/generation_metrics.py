"""Counts what happens to generations, in the process whose transaction changed them."""

import asyncio
from collections.abc import Awaitable
from time import perf_counter
from typing import TypeVar

from generations.generation import Generation
from kit import metrics
from kit.errors import ContentViolation, DoitongError, GenerationFailed, InvalidInput, InvalidMediaUrl
from providers.backend import SubmissionLost, SubmissionRefused, UpstreamBusy

T = TypeVar("T")


def count_accepted(new: Generation) -> None:
    metrics.GENERATIONS_ACCEPTED.add(new.type.value, new.provider)


def count_transition(previous: Generation, changed: Generation) -> None:
    """Count the first submission and the end of a generation; other changes are not counted."""
    kind = changed.type.value
    if previous.started_at is None and changed.started_at is not None:
        metrics.GENERATION_START_SECONDS.observe((changed.started_at - changed.created_at).total_seconds(), kind)
    if not changed.is_over:
        return
    code = changed.error.code.value if changed.error else ""
    metrics.GENERATIONS_ENDED.add(kind, changed.provider, changed.status.value, code)
    if changed.completed_at is not None:
        metrics.GENERATION_END_SECONDS.observe((changed.completed_at - changed.created_at).total_seconds(), kind)


async def counting_request(backend: str, operation: str, request: Awaitable[T]) -> T:
    """Await an operation on a backend; count it with its outcome and duration."""
    started, outcome = perf_counter(), "error"
    try:
        result = await request
        outcome = "ok"
    except asyncio.CancelledError:
        outcome = "interrupted"  # by the deadline, a stop, or the end of the generation
        raise
    except UpstreamBusy:
        outcome = "busy"
        raise
    except SubmissionLost:
        outcome = "lost"
        raise
    except SubmissionRefused as refusal:
        outcome = _outcome(refusal.error)
        raise
    except DoitongError as error:
        outcome = _outcome(error)
        raise
    finally:
        metrics.UPSTREAM_REQUESTS.add(backend, operation, outcome)
        metrics.UPSTREAM_SECONDS.observe_since(started, backend, operation)
    return result


def _outcome(error: DoitongError) -> str:
    if isinstance(error, ContentViolation | InvalidInput | InvalidMediaUrl):
        return "rejected"
    return "failed" if isinstance(error, GenerationFailed) else "unavailable"
