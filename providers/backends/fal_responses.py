"""Parsing of fal's responses: unfinished requests, failures, outputs and costs. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from providers.backend import JSON, BackendState, GenerationType, Job, JSONObject, Output, Snapshot
from providers.backends.base import DEFAULT_MEDIA_TYPES
from providers.backends.media_inputs import media_type_of
from providers.backends.tqdm_progress import percent_of
from providers.http import UpstreamResponse

MODERATION = "content_policy_violation"
CANCELLED = "client_cancelled"
MAX_ISSUES, MAX_LOGS = 5, 50
MAX_KIND = 100  # characters
RESULT_FIELDS: Mapping[GenerationType, tuple[str, ...]] = {
    GenerationType.IMAGE: ("images", "image", "output"),
    GenerationType.VIDEO: ("video", "videos", "video_url", "output"),
    GenerationType.AVATAR: ("video", "videos", "video_url", "output"),
    GenerationType.AUDIO: ("audio", "audio_file", "audio_url", "audios", "output"),
    GenerationType.MUSIC: ("audio", "audio_file", "audio_url", "audios", "output"),
}


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure in a response of fal: its kind, fal's message, and the parameter that is wrong."""

    kind: str = ""
    message: str = ""
    parameter: str = ""


def failure_of(response: UpstreamResponse) -> Failure:
    """Return the failure of an error response.

    The `detail` of a request error is text, beside `error_type`; that of a model error is a list of issues.
    """
    body = response.json_object()
    kind = str(body.get("error_type") or response.headers.get("x-fal-error-type") or "")[:MAX_KIND]
    detail = body.get("detail")
    if not isinstance(detail, list):
        return Failure(kind, detail if isinstance(detail, str) else "")
    issues = [issue for issue in detail[:MAX_ISSUES] if isinstance(issue, dict)]
    kinds = [str(issue.get("type") or "")[:MAX_KIND] for issue in issues]
    parameters = [_parameter(issue.get("loc")) for issue in issues]
    words = [
        ": ".join(filter(None, (parameter, str(issue.get("msg") or ""))))
        for parameter, issue in zip(parameters, issues, strict=True)
    ]
    main = MODERATION if MODERATION in kinds else next(iter(kinds), kind)
    return Failure(main, "; ".join(words), next(iter(parameters), ""))


def field_of(job: Job, parameter: str) -> str:
    """Return the field of the client's request for an upstream parameter."""
    for kind, path in job.media_fields.items():
        if parameter and path.partition(".")[0] == parameter:
            return f"input.{kind}"
    return "input.text" if parameter == "prompt" else "input"


def unfinished_snapshot(status: JSONObject) -> Snapshot:
    """Return the state of a request that is not completed. Unknown states count as running."""
    if status.get("status") == "IN_QUEUE":
        position = status.get("queue_position")
        return Snapshot(BackendState.QUEUED, diagnostics=None if position is None else {"queuePosition": position})
    logs = status.get("logs")
    entries = logs[-MAX_LOGS:] if isinstance(logs, list) else []
    messages = [str(entry.get("message")) for entry in entries if isinstance(entry, dict)]
    return Snapshot(BackendState.RUNNING, percent_of("\n".join(messages)))


def outputs_of(type: GenerationType, result: JSONObject) -> list[Output]:
    """Return the outputs in the first field of the result that has any: URLs, or objects with `url`."""
    for name in RESULT_FIELDS[type]:
        value = result.get(name)
        items = value if isinstance(value, list) else [value]
        outputs = [output for item in items if (output := _output(type, item)) is not None]
        if outputs:
            return outputs
    return []


def without_moderated(outputs: list[Output], flags: JSON) -> list[Output] | None:
    """Return the outputs that moderation did not blank, or None if it blanked all.

    `flags` is `has_nsfw_concepts`: whether each output is blank.
    """
    if not isinstance(flags, list) or True not in flags:
        return outputs
    if len(flags) != len(outputs):
        return None
    return [output for output, flag in zip(outputs, flags, strict=True) if flag is not True] or None


def cost_of(response: UpstreamResponse) -> JSONObject | None:
    """Return what the request cost, in the unit that the model is priced in, such as megapixels or seconds."""
    units = response.headers.get("x-fal-billable-units", "")
    return {"amount": float(units), "unit": "billable units"} if re.fullmatch(r"\d{1,12}(\.\d{1,12})?", units) else None


def _parameter(location: JSON) -> str:
    """Return the parameter of a location such as `["body", "image_urls", 0]`."""
    parts = [str(part) for part in location] if isinstance(location, list) else []
    return next((part for part in parts if part != "body"), "")


def _output(type: GenerationType, item: JSON) -> Output | None:
    url = item.get("url") if isinstance(item, dict) else item
    if not isinstance(url, str) or not url.startswith(("https://", "http://")):
        return None
    named = item.get("content_type") if isinstance(item, dict) else None
    return Output(_media_type(named, url, DEFAULT_MEDIA_TYPES[type]), url=url)


def _media_type(named: JSON, url: str, default: str) -> str:
    """Return the named media type if it is of the expected kind; some models name `application/octet-stream`."""
    kind = default.partition("/")[0]
    known = (str(named or "").partition(";")[0].strip().lower(), media_type_of(url) or "")
    return next((media_type for media_type in known if media_type.startswith(f"{kind}/")), default)
