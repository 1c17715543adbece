"""The paths of OpenAI's API in OpenAPI."""

from functools import partial

from dialects.kubeez.models import AllModels, AllModelsError
from dialects.kubeez.routes import ModelQuery
from dialects.openai.errors import ErrorBody
from dialects.openai_media.requests import EditRequest, ImageRequest, SpeechRequest
from dialects.openai_media.responses import ImagesBody
from dialects.openai_media.routes import WaitQuery
from dialects.openai_models.models import ModelBody
from dialects.openai_videos.requests import VideoRequest
from dialects.openai_videos.responses import DeletedVideoBody, VideoBody, VideoListBody
from dialects.openai_videos.routes import ContentQuery, ListQuery
from media.formats import BY_MEDIA_TYPE
from web.openapi import CREATE_ERRORS, IDEMPOTENCY_KEY, READ_ERRORS, WRITE_ERRORS, Operation

TAG = "OpenAI"
VIDEOS, VIDEO = "/v1/videos", "/v1/videos/{id}"
PROMPT = "A red fox in the snow"
AUDIO = tuple(media_type for media_type in BY_MEDIA_TYPE if media_type.startswith("audio/"))
VIDEO_FILES = tuple(media_type for media_type in BY_MEDIA_TYPE if media_type.startswith("video/"))
THUMBNAIL = "image/webp"
WAITS = (
    "The response is the result. Where it takes longer than `wait`, the status is 408, the error has its "
    "`generation_id`, and the same request with the same Idempotency-Key waits on."
)
FORMS = "The body may also be a multipart form, whose files are images."
FORM_ERRORS = (*CREATE_ERRORS, 404, 415)
WAIT_ERRORS = (*FORM_ERRORS, 502, 504)


def openai_operations() -> list[Operation]:
    """Return the operations of the API."""
    return [*_models(), *_media(), *_videos()]


def _models() -> list[Operation]:
    return [
        Operation(
            "GET",
            "/v1/models",
            "listModels",
            TAG,
            "List models",
            AllModels,
            AllModelsError,
            query=ModelQuery,
            errors=(*READ_ERRORS, 422),
        ),
        Operation("GET", "/v1/models/{id}", "getModel", TAG, "Get a model", ModelBody, ErrorBody),
    ]


def _media() -> list[Operation]:
    create = partial(
        Operation, "POST", tag=TAG, error=ErrorBody, query=WaitQuery, errors=WAIT_ERRORS, parameters=[IDEMPOTENCY_KEY]
    )
    return [
        create(
            path="/v1/images/generations",
            id="createImage",
            summary="Generate images",
            response=ImagesBody,
            description=WAITS,
            body=ImageRequest,
            example={"model": "gpt-image-2", "prompt": PROMPT, "size": "1024x1024"},
        ),
        create(
            path="/v1/images/edits",
            id="editImage",
            summary="Edit images",
            response=ImagesBody,
            description=f"{WAITS} {FORMS}",
            body=EditRequest,
            example={"model": "gpt-image-2", "prompt": PROMPT, "image": "https://example.com/fox.jpg"},
        ),
        create(
            path="/v1/audio/speech",
            id="createSpeech",
            summary="Synthesize speech",
            response=None,
            response_media=AUDIO,
            description=f"{WAITS} It is the audio file.",
            body=SpeechRequest,
            example={"model": "elevenlabs", "input": "Welcome aboard.", "voice": "rachel", "response_format": "mp3"},
        ),
    ]


def _videos() -> list[Operation]:
    operation = partial(Operation, tag=TAG, error=ErrorBody)
    return [
        operation(
            "POST",
            VIDEOS,
            "createVideo",
            summary="Generate a video",
            response=VideoBody,
            description=f"The video is made in the background: poll `GET {VIDEO}`. {FORMS}",
            body=VideoRequest,
            example={"model": "seedance-2", "prompt": PROMPT, "seconds": "5", "size": "1280x720"},
            errors=FORM_ERRORS,
            parameters=[IDEMPOTENCY_KEY],
        ),
        operation("GET", VIDEOS, "listVideos", summary="List videos", response=VideoListBody, query=ListQuery),
        operation("GET", VIDEO, "getVideo", summary="Get a video", response=VideoBody),
        operation(
            "DELETE",
            VIDEO,
            "deleteVideo",
            summary="Delete a video",
            response=DeletedVideoBody,
            description="A video that is being made is cancelled first.",
            errors=(*WRITE_ERRORS, 429),
        ),
        operation(
            "GET",
            f"{VIDEO}/content",
            "getVideoContent",
            summary="Get the file of a video",
            response=None,
            response_media=(*VIDEO_FILES, THUMBNAIL),
            query=ContentQuery,
        ),
    ]
