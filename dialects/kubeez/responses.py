"""Response bodies: generations, songs and errors, in the same shapes over MCP and REST."""

from datetime import timedelta
from typing import NotRequired, cast

from typing_extensions import TypedDict

from dialects.kubeez.field_names import field_name
from generations.generation import Generation, Stage, Status
from generations.output_urls import OutputUrls, SignUrl, output_urls
from kit.errors import DoitongError
from kit.timestamps import format_timestamp
from providers.backend import GenerationType, JSONObject
from providers.catalogue.routes import request_mode
from web.errors import RequestError

BILLING_MODE = "credits"
CANCELLED = "CANCELLED"
COVER = "cover"
MODES = {
    "reference-to-image": "image-to-image",
    "reference-to-video": "image-to-video",
    "text-to-speech": "text-to-dialogue",
    "lyrics-to-music": "text-to-music",
}
"""The generation type of modes that have another name here."""


class Started(TypedDict):
    """An accepted generation. Read it with its id until its status is `completed` or `failed`."""

    generation_id: str
    status: str
    model: str
    estimated_cost_credits: int
    estimated_time_seconds: int
    billing_mode: str
    message: str
    poll_after_seconds: int


class StartedAds(Started):
    """Accepted variants of an ad, one generation each. `generation_id` is the first of them."""

    generation_ids: list[str]


class OutputFields(TypedDict):
    """The fields of a file that Doitong REST has by other names, or not at all."""

    id: str
    media_type: str
    thumbnail_url: str | None
    optimized_url: str | None
    file_size: int
    optimization_status: str
    cdn_ready: bool


class Output(OutputFields):
    """A file. `media_type` begins with image, video or audio."""

    url: str | None
    width: int | None
    height: int | None
    duration: float | None
    format: str


class Song(TypedDict):
    """A song; `lyrics` is null for instrumental music."""

    id: str
    title: str | None
    audio_url: str | None
    stream_url: str | None
    lyrics: str | None
    image_url: str | None
    cover_image_url: str | None
    duration: float | None


class RowFields(TypedDict):
    """The fields of a generation that Doitong REST has by other names, or not at all."""

    kind: str
    model: str
    prompt: str | None
    generation_type: str
    created_at: str
    completed_at: str | None
    processing_time_ms: int | None
    credits_deducted: int
    error_code: str | None
    error_message: str | None
    retryable: bool | None


class ResultFields(TypedDict):
    cdn_ready: bool
    result_url: str | None


class _Row(RowFields):
    id: str
    status: str
    progress: int


class MediaStatus(_Row, ResultFields):
    """Images, videos, speech or avatars. The URLs are null until `status` is `completed`."""

    outputs: list[Output]


class MusicStatus(_Row):
    """Music. `songs` is empty until `status` is `completed`."""

    songs: list[Song]


class AnyStatus(_Row):
    """A generation: `outputs` where its kind is media, `songs` where it is music."""

    cdn_ready: NotRequired[bool]
    result_url: NotRequired[str | None]
    outputs: NotRequired[list[Output]]
    songs: NotRequired[list[Song]]


class UploadedFile(TypedDict):
    """A file to use in `source_media_urls`, by its URL or its id."""

    id: str
    url: str | None
    media_type: str
    file_size: int
    width: int | None
    height: int | None
    duration: float | None
    expires_at: str


class ErrorResponse(TypedDict):
    """An error; clients read `message`, else `error`, else `detail`. `code` is one of this server, as the others."""

    message: str
    error: str
    detail: str
    code: str
    retryable: bool
    field: NotRequired[str]
    allowedValues: NotRequired[list[str]]
    suggestion: NotRequired[str]
    creditsRequired: NotRequired[int]
    creditsAvailable: NotRequired[int]


def started(generation: Generation) -> Started:
    """Return the response to an accepted request, or to its repetition, with the current state."""
    changes = "; ".join(str(adjustment["reason"]) for adjustment in generation.adjustments)
    return {
        "generation_id": generation.id,
        "status": status_word(generation),
        "model": generation.provider,
        "estimated_cost_credits": generation.credit_cost,
        "estimated_time_seconds": generation.estimated_time,
        "billing_mode": BILLING_MODE,
        "message": f"Accepted with changes: {changes}." if changes else "Accepted. Read it by its generation_id.",
        "poll_after_seconds": max(2, min(generation.estimated_time, 30)),
    }


def generation_row(generation: Generation, sign_url: SignUrl) -> MediaStatus:
    """Return a row of `/v1/generations`; a song is among the outputs."""
    outputs = output_urls(generation, sign_url)
    ready = generation.status is Status.COMPLETED
    return {
        **_row(generation),
        "cdn_ready": ready,
        "result_url": outputs[0].url if outputs else None,
        "outputs": [_output(generation, number, urls) for number, urls in enumerate(outputs, 1)],
    }


def music_status(generation: Generation, sign_url: SignUrl) -> MusicStatus:
    """Return a generation of music. The n-th song has the n-th cover, or the only one."""
    outputs = output_urls(generation, sign_url)
    covers = [urls for urls in outputs if urls.output.role == COVER]
    audio = [urls for urls in outputs if urls.output.role != COVER]
    songs = []
    for number, urls in enumerate(audio, 1):
        cover = covers[min(number, len(covers)) - 1].url if covers else None
        songs.append(_song(generation, number, urls, cover=cover))
    return {**_row(generation), "songs": songs}


def any_status(generation: Generation, sign_url: SignUrl) -> AnyStatus:
    """Return a generation of any kind."""
    is_music = generation.type is GenerationType.MUSIC
    return cast("AnyStatus", (music_status if is_music else generation_row)(generation, sign_url))


def generation_type(mode: str) -> str:
    """Return the generation type of a mode."""
    return MODES.get(mode, mode)


def status_word(generation: Generation) -> str:
    """Return `pending`, `processing`, `completed` or `failed`. A cancelled generation is a failed one."""
    match generation.status:
        case Status.COMPLETED:
            return "completed"
        case Status.FAILED | Status.CANCELLED:
            return "failed"
    return "pending" if generation.stage is Stage.QUEUED else "processing"


def error_fields(error: DoitongError | RequestError) -> JSONObject:
    """Return what clients read of an error: `message`, else `error`, else `detail`; and the code of this server."""
    if isinstance(error, DoitongError):
        error.rename_fields(field_name)
    extensions = dict(error.extensions) if isinstance(error, DoitongError) else {}
    retryable = error.retryable if isinstance(error, DoitongError) else False
    body: JSONObject = {
        "message": error.message,
        "error": error.code.value.lower(),
        "detail": error.message,
        "code": error.code.value,
        "retryable": retryable,
    }
    return {**body, **extensions}  # type: ignore[dict-item]


def error_body(error: DoitongError | RequestError) -> tuple[int, object]:
    """Return the HTTP status and the body of an error."""
    return error.status, error_fields(error)


def _row(generation: Generation) -> _Row:
    text, completed, error = generation.input.get("text"), generation.completed_at, generation.error
    cancelled = generation.status is Status.CANCELLED
    return {
        "id": generation.id,
        "kind": "music" if generation.type is GenerationType.MUSIC else "media",
        "status": status_word(generation),
        "progress": generation.progress,
        "model": generation.provider,
        "prompt": text if isinstance(text, str) else None,
        "generation_type": generation_type(request_mode(generation.type, generation.input)),
        "created_at": format_timestamp(generation.created_at),
        "completed_at": None if completed is None else format_timestamp(completed),
        "processing_time_ms": (
            None if completed is None else (completed - generation.created_at) // timedelta(milliseconds=1)
        ),
        "credits_deducted": generation.credits_charged or 0,
        "error_code": CANCELLED if cancelled else None if error is None else error.code.value,
        "error_message": "The generation was cancelled." if cancelled else None if error is None else error.message,
        "retryable": False if cancelled else None if error is None else error.retryable,
    }


def _output(generation: Generation, number: int, urls: OutputUrls) -> Output:
    output = urls.output
    return {
        "id": _output_id(generation, number),
        "media_type": output.media_type,
        "url": urls.url,
        "thumbnail_url": urls.thumbnail_url,
        "optimized_url": urls.optimized_url,
        "width": output.width,
        "height": output.height,
        "duration": output.duration,
        "format": output.format,
        "file_size": output.bytes,
        "optimization_status": "completed" if output.optimized_key else "not_applicable",
        "cdn_ready": urls.url is not None,
    }


def _song(generation: Generation, number: int, urls: OutputUrls, *, cover: str | None) -> Song:
    return {
        "id": _output_id(generation, number),
        "title": urls.output.title,
        "audio_url": urls.url,
        "stream_url": urls.url,
        "lyrics": urls.output.lyrics,
        "image_url": cover,
        "cover_image_url": cover,
        "duration": urls.output.duration,
    }


def _output_id(generation: Generation, number: int) -> str:
    """Return the id by which an input of another generation refers to the output."""
    return generation.id if number == 1 else f"{generation.id}.{number}"
