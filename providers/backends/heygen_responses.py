"""Parsing of HeyGen's responses and callbacks: the state of a video, and errors. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from kit.errors import ContentViolation, DoitongError, GenerationFailed, InvalidInput
from kit.text import truncate_words
from providers.backend import JSON, BackendState, Job, JSONObject, Output, Snapshot
from providers.http import status_error

STATES: Mapping[str, BackendState] = {
    "waiting": BackendState.QUEUED,
    "pending": BackendState.QUEUED,
    "processing": BackendState.RUNNING,
    "completed": BackendState.SUCCEEDED,
    "failed": BackendState.FAILED,
}
EVENTS: Mapping[str, BackendState] = {
    "avatar_video.success": BackendState.SUCCEEDED,
    "avatar_video.fail": BackendState.FAILED,
}
# Codes of failures are not documented; these words are of codes and messages.
MODERATION = re.compile(r"moderat|content.?polic|violat|nsfw|inappropriate|prohibited", re.IGNORECASE)
BILLING = re.compile(r"insufficient|quota|out of credits?|not enough credits?", re.IGNORECASE)
FACE = re.compile(r"\bno[ _]face|face[ _](?:is[ _])?not|multiple[ _]faces", re.IGNORECASE)
FIELDS: Mapping[str, str] = {  # from HeyGen's names
    "avatar_id": "input.options.avatarId",
    "voice_id": "input.options.voice",
    "script": "input.input.text",
    "image": "input.input.image",
}


@dataclass(frozen=True, slots=True)
class HeyGenError:
    """The error of a response."""

    code: str
    message: str
    param: str = ""

    @classmethod
    def of(cls, body: JSONObject) -> Self:
        """Return the error in a body."""
        error = body.get("error")
        given = error if isinstance(error, dict) else {}
        return cls(_text(given.get("code")), _text(given.get("message")), _text(given.get("param")))


def refusal_error(title: str, error: HeyGenError, status: int) -> DoitongError | None:
    """Return the error of a rejected submission if its body is more specific than its HTTP status."""
    if BILLING.search(error.code):
        return status_error(title, 402)
    if MODERATION.search(error.code) or (status in (400, 422) and MODERATION.search(error.message)):
        return ContentViolation(f"{title}'s moderation rejected the request.")
    if error.param and status in (400, 404, 422):
        words = truncate_words(f"{error.param}: {error.message or error.code}")
        return InvalidInput(f"{title} rejected the request: {words}", field=FIELDS.get(error.param, "input"))
    return None


def snapshot_of(title: str, job: Job, body: JSONObject) -> Snapshot:
    """Return the state of a video. Unknown states count as running."""
    data = body.get("data")
    video = data if isinstance(data, dict) else {}
    word = str(video.get("status"))
    state = STATES.get(word, BackendState.RUNNING)
    caption = job.parameters.get("caption")
    burned = video.get("captioned_video_url") if isinstance(caption, dict) and caption.get("style") else None
    code, message = _text(video.get("failure_code")), _text(video.get("failure_message"))
    return _snapshot(title, job, state, word=word, url=burned or video.get("video_url"), code=code, message=message)


def event_snapshot(title: str, job: Job, event_type: str, data: JSONObject) -> Snapshot:
    """Return the state that a callback reports."""
    state = EVENTS.get(event_type, BackendState.RUNNING)
    code = _text(data.get("failure_code"))
    message = _text(data.get("failure_message") or data.get("msg") or data.get("message"))
    return _snapshot(title, job, state, word=event_type, url=data.get("url"), code=code, message=message)


def _snapshot(title: str, job: Job, state: BackendState, *, word: str, url: JSON, code: str, message: str) -> Snapshot:
    diagnostics: JSONObject = {"status": word[:100], **({"code": code[:200]} if code else {})}
    snapshot = Snapshot(state, diagnostics=diagnostics)
    if state is BackendState.FAILED:
        return replace(snapshot, error=_failure(title, code, message))
    if state is not BackendState.SUCCEEDED:
        return snapshot
    if not isinstance(url, str) or not url:
        error = GenerationFailed(f"{title} reported success without a video.")
        return replace(snapshot, state=BackendState.FAILED, error=error)
    media_type = "video/webm" if job.parameters.get("output_format") == "webm" else "video/mp4"
    return replace(snapshot, progress=100, outputs=(Output(media_type, url=url),))


def _failure(title: str, code: str, message: str) -> DoitongError:
    words = f"{code} {message}"
    if MODERATION.search(words):
        return ContentViolation(f"{title}'s moderation rejected the request or the video.")
    if BILLING.search(words):
        return status_error(title, 402)
    if FACE.search(words):
        return InvalidInput(f"{title} cannot animate this picture: it needs one clear face.", field=FIELDS["image"])
    return GenerationFailed(f"{title} could not make the video.")


def _text(value: JSON) -> str:
    return value if isinstance(value, str) else ""
