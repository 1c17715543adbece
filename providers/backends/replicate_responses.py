"""Parsing of Replicate's responses: the state of a prediction, its outputs, and errors. Pure."""

import re
from collections.abc import Iterator
from datetime import timedelta

from kit.errors import ContentViolation, DoitongError, GenerationFailed
from providers.backend import JSON, BackendState, GenerationType, JSONObject, Output, Snapshot
from providers.backends.base import DEFAULT_MEDIA_TYPES
from providers.backends.media_inputs import media_type_of
from providers.backends.tqdm_progress import percent_of
from providers.http import UpstreamResponse

STATES = {
    "starting": BackendState.QUEUED,
    "processing": BackendState.RUNNING,
    "succeeded": BackendState.SUCCEEDED,
    "failed": BackendState.FAILED,
    "canceled": BackendState.CANCELLED,
    "aborted": BackendState.FAILED,  # its deadline passed before it started; not charged
}
MODERATION = re.compile(r"\bE005\b|flagged as sensitive|nsfw", re.IGNORECASE)
ERROR_CODE = re.compile(r"\bE\d{3,5}\b")
RESETS_IN = re.compile(r"resets in ~?(\d{1,6}(?:\.\d{1,3})?)\s?s", re.IGNORECASE)
MAX_DEPTH, MAX_OUTPUTS = 3, 100
MAX_FIELD_ERRORS = 5


def snapshot_of(title: str, type: GenerationType, prediction: JSONObject) -> Snapshot:
    """Return the state of a prediction. Unknown states count as running."""
    state = STATES.get(str(prediction.get("status")), BackendState.RUNNING)
    logs, cost = prediction.get("logs"), _cost(prediction)
    diagnostics: JSONObject = {"requestId": prediction.get("id"), "status": prediction.get("status")}
    match state:
        case BackendState.RUNNING:
            return Snapshot(state, percent_of(logs) if isinstance(logs, str) else None)
        case BackendState.FAILED:
            text = str(prediction.get("error") or "")
            code = ERROR_CODE.search(text)
            diagnostics |= {"code": code[0]} if code else {}
            return Snapshot(state, error=_failure(title, text), cost=cost, diagnostics=diagnostics)
        case BackendState.SUCCEEDED:
            outputs = _outputs(type, prediction.get("output"))
            if not outputs:
                error = GenerationFailed(f"{title} reported success without an output.")
                return Snapshot(BackendState.FAILED, error=error, cost=cost, diagnostics=diagnostics)
            return Snapshot(state, 100, outputs, cost=cost, diagnostics=diagnostics)
    return Snapshot(state, cost=cost)


def is_moderation(text: str) -> bool:
    """Whether an error text says that moderation rejected the input or the output. Replicate has no field for it."""
    return MODERATION.search(text) is not None


def message_of(response: UpstreamResponse) -> str:
    """Return Replicate's explanation of an error: the detail, and the fields that are invalid."""
    body = response.json_object()
    detail, invalid = body.get("detail") or body.get("title") or "", body.get("invalid_fields")
    issues = invalid[:MAX_FIELD_ERRORS] if isinstance(invalid, list) else []
    words = [f"{issue.get('field')}: {issue.get('description')}" for issue in issues if isinstance(issue, dict)]
    return "; ".join([str(detail).strip(), *words]).strip("; ")


def retry_after_of(response: UpstreamResponse) -> timedelta | None:
    """Return the delay in the body of a 429: `retry_after`, or `Your rate limit resets in ~30s`."""
    body = response.json_object()
    seconds = body.get("retry_after")
    if isinstance(seconds, int | float) and 0 <= seconds < 1e6:
        return timedelta(seconds=seconds)
    named = RESETS_IN.search(str(body.get("detail") or ""))
    return timedelta(seconds=float(named[1])) if named else None


def _failure(title: str, text: str) -> DoitongError:
    if is_moderation(text):
        return ContentViolation(f"{title}'s moderation rejected the input or the output.")
    return GenerationFailed(f"{title} could not finish the prediction.")


def _outputs(type: GenerationType, output: JSON) -> tuple[Output, ...]:
    """Return the outputs of the job's kind, or all if none is known to be of it.

    Some models add files of another kind, such as the spectrogram of a song.
    """
    default = DEFAULT_MEDIA_TYPES[type]
    kind = default.partition("/")[0]
    urls = list(dict.fromkeys(_urls(output, MAX_DEPTH)))[:MAX_OUTPUTS]
    found = [Output(media_type_of(url) or default, url=url) for url in urls]
    return tuple(item for item in found if item.media_type.startswith(f"{kind}/")) or tuple(found)


def _urls(value: JSON, depth: int) -> Iterator[str]:
    """Yield the URLs in an output: a string, a list, or an object."""
    if isinstance(value, str):
        if value.startswith(("https://", "http://")):
            yield value
    elif depth > 0 and isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _urls(item, depth - 1)


def _cost(prediction: JSONObject) -> JSONObject | None:
    metrics = prediction.get("metrics")
    seconds = metrics.get("predict_time") if isinstance(metrics, dict) else None
    return {"amount": seconds, "unit": "seconds"} if isinstance(seconds, int | float) else None
