"""Parsing of Google's responses: errors, blocked content, images, and the states of long-running jobs. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import orjson

from kit.errors import ContentViolation, DoitongError, GenerationFailed, ProviderUnavailable
from providers.backend import JSON, BackendState, JSONObject, Output, Snapshot
from providers.http import MAX_RETRY_AFTER, UpstreamResponse, status_error

VIDEO = "video/mp4"
MAX_OUTPUTS = 16
# Phrases of errors about rejected content; Google has no code for them.
MODERATION = re.compile(
    r"responsible ai|usage (?:guideline|polic)|safety (?:filter|polic|guideline|reason)|unsafe|prohibited"
    r"|violat\w* .{0,60}(?:polic|guideline|practice)|sensitive (?:word|content)",
    re.IGNORECASE,
)
# Not the advice of every 429 to "check your plan and billing details".
BILLING = re.compile(
    r"credits are depleted|enable billing|billing (?:account|to be enabled|is disabled)", re.IGNORECASE
)
INVALID_KEY = re.compile(r"\bAPI[ _]key\b.*\b(?:not valid|invalid|expired|not found)", re.IGNORECASE)
DELAY = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)s")
CREDENTIAL_WORDS = frozenset({"UNAUTHENTICATED", "PERMISSION_DENIED"})
# Why a candidate has no image: it was rejected for its content.
REJECTED = frozenset(
    {
        "SAFETY",
        "IMAGE_SAFETY",
        "PROHIBITED_CONTENT",
        "IMAGE_PROHIBITED_CONTENT",
        "RECITATION",
        "IMAGE_RECITATION",
        "BLOCKLIST",
        "SPII",
        "MODEL_ARMOR",
        "ESCALATION",
    }
)
ACCOUNT_DISABLED = "PUP_LIMITED_DISABLED"
# google.rpc.Code in the error of an operation, as HTTP statuses.
HTTP_STATUSES: Mapping[int, int] = {3: 400, 5: 404, 7: 403, 8: 429, 9: 400, 14: 503, 16: 401}
INTERACTION_STATES: Mapping[str, BackendState] = {
    "queued": BackendState.QUEUED,
    "in_progress": BackendState.RUNNING,
    "completed": BackendState.SUCCEEDED,
    "cancelled": BackendState.CANCELLED,
    "failed": BackendState.FAILED,
    "incomplete": BackendState.FAILED,
    "requires_action": BackendState.FAILED,  # nobody answers it
    "requires_continuation": BackendState.FAILED,
    "budget_exceeded": BackendState.FAILED,
}


@dataclass(frozen=True, slots=True)
class GoogleError:
    """The error of a response: its status word, message and details."""

    http_status: int
    word: str
    message: str
    details: tuple[JSONObject, ...] = ()

    @property
    def kind(self) -> str | None:
        """The recognized kind: `billing`, `credentials`, `content`, `busy`, or None."""
        reasons = {str(detail.get("reason")) for detail in self.details}
        if self.http_status == 402 or BILLING.search(self.message) or "BILLING_DISABLED" in reasons:
            return "billing"
        if "API_KEY_INVALID" in reasons or self.word in CREDENTIAL_WORDS or INVALID_KEY.search(self.message):
            return "credentials"
        if self.http_status == 400 and MODERATION.search(self.message):
            return "content"
        return "busy" if self.word == "RESOURCE_EXHAUSTED" or self.http_status == 429 else None

    @property
    def retry_after(self) -> timedelta | None:
        """The delay in the details."""
        delays = (DELAY.fullmatch(str(detail.get("retryDelay"))) for detail in self.details)
        found = next((delay for delay in delays if delay), None)
        return None if found is None else min(timedelta(seconds=float(found[1])), MAX_RETRY_AFTER)

    def to_error(self, title: str) -> DoitongError | None:
        """Return the error for the client if the body is more specific than the HTTP status."""
        match self.kind:
            case "billing":
                return status_error(title, 402)
            case "credentials":
                return status_error(title, 401)
            case "content":
                return ContentViolation(f"{title}'s moderation rejected the request.")
        return None


def error_of(response: UpstreamResponse) -> GoogleError:
    """Return the error of a response. Some bodies are a list of one error."""
    body = response.json()
    if isinstance(body, list) and body:
        body = body[0]
    error = body.get("error") if isinstance(body, dict) else None
    return _error(error, response.status)


def operation_error(title: str, error: JSONObject) -> DoitongError:
    """Return the error of an operation that failed after it was accepted."""
    code = error.get("code")
    parsed = _error(error, HTTP_STATUSES.get(code, 500) if isinstance(code, int) else 500)
    known = parsed.to_error(title)
    if known is not None:
        return known
    if parsed.http_status == 500:
        return GenerationFailed(f"{title} could not make the output.")
    return status_error(title, parsed.http_status, parsed.message)


def with_code(response: UpstreamResponse, code: str) -> JSONObject:
    """Return the diagnostics of a response, with Google's status or finish reason."""
    request_id = response.json_object().get("responseId")
    named = {"requestId": request_id[:200]} if isinstance(request_id, str) else {}
    return {**response.diagnostics, **named, **({"code": code[:200]} if code else {})}


def prompt_block(body: JSONObject) -> str | None:
    """Return why the prompt of `generateContent` was blocked, or None."""
    feedback = body.get("promptFeedback")
    reason = feedback.get("blockReason") if isinstance(feedback, dict) else None
    return reason if isinstance(reason, str) else None


def inline_images(body: JSONObject) -> list[tuple[str, str]]:
    """Return the images of a `generateContent` response, as media type and base64; not those of its thoughts."""
    return [
        (str(data.get("mimeType") or "image/png"), str(data.get("data") or ""))
        for candidate in _objects(body.get("candidates"))
        for part in _objects(_object(candidate.get("content")).get("parts"))
        if not part.get("thought") and isinstance(data := part.get("inlineData"), dict)
    ][:MAX_OUTPUTS]


def missing_image(title: str, body: JSONObject) -> tuple[DoitongError, str]:
    """Return the error for a successful response without an image, and Google's reason."""
    reasons = [str(candidate.get("finishReason") or "") for candidate in _objects(body.get("candidates"))]
    reason = reasons[0] if reasons else ""
    if reason in REJECTED:
        return ContentViolation(f"{title}'s moderation rejected the request or the image."), reason
    if reason == ACCOUNT_DISABLED:
        return status_error(title, 403), reason
    return GenerationFailed(f"{title} delivered no image."), reason


def cost_of(body: JSONObject) -> JSONObject | None:
    """Return the cost of a `generateContent` response or of an interaction."""
    usage = _object(body.get("usageMetadata") or body.get("usage"))
    count = usage.get("totalTokenCount") or usage.get("total_tokens")
    return {"amount": count, "unit": "tokens"} if isinstance(count, int) else None


def interaction_snapshot(title: str, interaction: JSONObject) -> Snapshot:
    """Return the state of an interaction. Unknown states count as running.

    Outputs are URLs; a video in the response itself is in `inline_videos`.
    """
    word = str(interaction.get("status"))
    state = INTERACTION_STATES.get(word, BackendState.RUNNING)
    snapshot = Snapshot(state, cost=cost_of(interaction), diagnostics={"status": word})
    if state is BackendState.FAILED:
        return replace(snapshot, error=_interaction_error(title, word, interaction))
    if state is not BackendState.SUCCEEDED:
        return snapshot
    outputs = tuple(
        Output(str(video.get("mime_type") or VIDEO), url=uri)
        for video in _videos(interaction)
        if isinstance(uri := video.get("uri"), str)
    )
    if outputs or inline_videos(interaction):
        return replace(snapshot, progress=100, outputs=outputs)
    return replace(snapshot, state=BackendState.FAILED, error=_without_video(title, interaction))


def inline_videos(interaction: JSONObject) -> list[tuple[str, str]]:
    """Return the videos in the response itself, as media type and base64."""
    return [
        (str(video.get("mime_type") or VIDEO), data)
        for video in _videos(interaction)
        if isinstance(data := video.get("data"), str) and data
    ]


def operation_snapshot(title: str, operation: JSONObject) -> Snapshot:
    """Return the state of a Veo operation; `operation_videos` has its outputs."""
    if operation.get("done") is not True:
        return Snapshot(BackendState.RUNNING)
    error = operation.get("error")
    if isinstance(error, dict):
        code: JSONObject = {"code": str(error.get("code"))}
        return Snapshot(BackendState.FAILED, error=operation_error(title, error), diagnostics=code)
    if operation_videos(operation):
        return Snapshot(BackendState.SUCCEEDED, 100)
    response = _object(operation.get("response"))
    if response.get("raiMediaFilteredReasons") or response.get("raiMediaFilteredCount"):
        violation = ContentViolation(f"{title}'s moderation rejected the request or the video.")
        return Snapshot(BackendState.FAILED, error=violation, diagnostics={"code": "raiMediaFiltered"})
    return Snapshot(BackendState.FAILED, error=GenerationFailed(f"{title} reported success without a video."))


def operation_videos(operation: JSONObject) -> list[JSONObject]:
    """Return the videos of a finished operation, each with `bytesBase64Encoded` or `gcsUri`."""
    videos = _objects(_object(operation.get("response")).get("videos"))
    return [video for video in videos if video.get("bytesBase64Encoded") or video.get("gcsUri")][:MAX_OUTPUTS]


def _error(error: JSON, http_status: int) -> GoogleError:
    if not isinstance(error, dict):
        return GoogleError(http_status, "", "")
    code = error.get("status") or error.get("code")
    message, details = error.get("message"), tuple(_objects(error.get("details")))
    word = code.upper() if isinstance(code, str) else ""
    return GoogleError(http_status, word, message if isinstance(message, str) else "", details)


def _interaction_error(title: str, word: str, interaction: JSONObject) -> DoitongError:
    if word == "budget_exceeded":
        return status_error(title, 402)
    if word in ("requires_action", "requires_continuation"):
        return GenerationFailed(f"{title} did not finish the video.")
    return _without_video(title, interaction)


def _without_video(title: str, interaction: JSONObject) -> DoitongError:
    steps = [_object(step.get("error")) for step in _objects(interaction.get("steps"))]
    errors = [*_objects(interaction.get("errors")), *(step for step in steps if step)]
    texts = orjson.dumps([[error.get("code"), error.get("message")] for error in errors]).decode()
    if MODERATION.search(texts) or re.search(r"safety", texts, re.IGNORECASE):
        return ContentViolation(f"{title}'s moderation rejected the request or the video.")
    if BILLING.search(texts):
        return status_error(title, 402)
    if re.search(r"unavailable|overloaded", texts, re.IGNORECASE):
        return ProviderUnavailable(f"{title} could not make the video now.")
    return GenerationFailed(f"{title} made no video.")


def _videos(interaction: JSONObject) -> list[JSONObject]:
    """Return `output_video`, or the videos of the model's output."""
    output = _object(interaction.get("output_video"))
    if output:
        return [output]
    return [
        content
        for step in _objects(interaction.get("steps"))
        if step.get("type") == "model_output"
        for content in _objects(step.get("content"))
        if content.get("type") == "video"
    ][:MAX_OUTPUTS]


def _object(value: JSON) -> JSONObject:
    return value if isinstance(value, dict) else {}


def _objects(value: JSON) -> Iterator[JSONObject]:
    return (item for item in (value if isinstance(value, list) else ()) if isinstance(item, dict))
