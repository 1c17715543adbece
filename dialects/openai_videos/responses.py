"""A video, and the list of videos."""

from datetime import datetime
from typing import NotRequired

from typing_extensions import TypedDict

from dialects.openai.errors import openai_type_and_code
from dialects.openai.sizes import size_of
from generations.generation import Generation, Stage, Status
from kit.pagination import Page

STATES = {Status.COMPLETED: "completed", Status.FAILED: "failed", Status.CANCELLED: "failed"}


class VideoError(TypedDict):
    """Why there is no video."""

    code: str
    message: str
    doitong_code: NotRequired[str]


class VideoBody(TypedDict):
    """A video. `status` is `queued`, `in_progress`, `completed` or `failed`; times are in Unix seconds."""

    id: str
    object: str
    model: str
    status: str
    progress: int
    created_at: int
    completed_at: int | None
    expires_at: int | None
    prompt: str | None
    seconds: str
    size: str
    remixed_from_video_id: None
    error: VideoError | None


class VideoListBody(TypedDict):
    """A page of videos."""

    object: str
    data: list[VideoBody]
    first_id: str | None
    last_id: str | None
    has_more: bool


class DeletedVideoBody(TypedDict):
    """A video that was deleted."""

    id: str
    object: str
    deleted: bool


def video(generation: Generation) -> VideoBody:
    """Return a video. `seconds` and `size` are those of the file, before its end those of the request."""
    output = generation.outputs[0] if generation.outputs else None
    duration = generation.options.get("duration") if output is None or output.duration is None else output.duration
    size = size_of(generation.options) if output is None else f"{output.width}x{output.height}"
    is_completed = generation.status is Status.COMPLETED
    is_queued = generation.stage is Stage.QUEUED
    return {
        "id": generation.id,
        "object": "video",
        "model": generation.provider,
        "status": STATES.get(generation.status, "queued" if is_queued else "in_progress"),
        "progress": generation.progress,
        "created_at": int(generation.created_at.timestamp()),
        "completed_at": _seconds(generation.completed_at) if is_completed else None,
        "expires_at": _seconds(generation.expires_at) if is_completed else None,
        "prompt": _text(generation),
        "seconds": f"{duration:g}" if isinstance(duration, int | float) else "",
        "size": size,
        "remixed_from_video_id": None,
        "error": _video_error(generation),
    }


def video_list(page: Page[Generation]) -> VideoListBody:
    """Return a page of videos."""
    videos = [video(generation) for generation in page.items]
    return {
        "object": "list",
        "data": videos,
        "first_id": videos[0]["id"] if videos else None,
        "last_id": videos[-1]["id"] if videos else None,
        "has_more": page.has_next,
    }


def deleted(generation: Generation) -> DeletedVideoBody:
    """Return the response to a deletion."""
    return {"id": generation.id, "object": "video.deleted", "deleted": True}


def _video_error(generation: Generation) -> VideoError | None:
    if generation.status is Status.CANCELLED:
        return {"code": "cancelled", "message": "The video was cancelled."}
    error = generation.error
    if error is None:
        return None
    _, code = openai_type_and_code(error.code)
    return {"code": code, "message": error.message, "doitong_code": error.code.value}


def _text(generation: Generation) -> str | None:
    text = generation.input.get("text")
    return text if isinstance(text, str) else None


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())
