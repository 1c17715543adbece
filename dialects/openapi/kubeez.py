"""The paths of Kubeez's REST API in OpenAPI."""

from collections.abc import Mapping
from functools import partial

from pydantic import BaseModel

from dialects.generation_list.query import ListBody, ListErrorBody, ListQuery
from dialects.kubeez.models import AllModels, AllModelsError
from dialects.kubeez.operations import Balance
from dialects.kubeez.requests import AdCopyRequest, DialogueRequest, MediaRequest, MusicRequest
from dialects.kubeez.responses import ErrorResponse, MediaStatus, MusicStatus, Started, StartedAds, UploadedFile
from dialects.kubeez.routes import CREATED, ModelQuery
from web.openapi import CREATE_ERRORS, IDEMPOTENCY_KEY, READ_ERRORS, Operation

TAG = "Kubeez"
GENERATE = "/v1/generate"
ACCEPTED = (
    "The generation is accepted and its credits are held. Poll `GET {path}/{{id}}` until its `status` is `completed` "
    "or `failed`."
)
MEDIA = {"model": "nano-banana-2", "prompt": "A red fox in the snow", "aspect_ratio": "16:9"}
DIALOGUE = {"dialogue": [{"text": "Welcome aboard.", "voice": "rachel"}]}
AD = {"reference_ad_url": "https://example.com/ad.jpg", "product_text": "A bottle of lemonade", "variant_count": 2}
FILES = ("application/octet-stream", "image/*", "video/*", "audio/*")


def kubeez_operations() -> list[Operation]:
    """Return the operations of the API."""
    return [*_account(), *_creations(), *_reads(), _upload()]


def _account() -> list[Operation]:
    return [
        Operation(
            "GET",
            "/v1/models",
            "getModels",
            TAG,
            "List models",
            AllModels,
            AllModelsError,
            query=ModelQuery,
            errors=(*READ_ERRORS, 422),
        ),
        Operation("GET", "/v1/balance", "getBalance", TAG, "Get the available credits", Balance, ErrorResponse),
        Operation(
            "GET",
            "/v1/generations",
            "getGenerations",
            TAG,
            "List generations",
            ListBody,
            ListErrorBody,
            query=ListQuery,
        ),
    ]


def _creations() -> list[Operation]:
    create = partial(_creation, response=Started)
    return [
        create("media", "generateMedia", "Generate an image, a video or an avatar", MediaRequest, MEDIA),
        create("music", "generateMusic", "Generate music", MusicRequest, {"prompt": "calm piano"}, polled="music"),
        create("dialogue", "generateDialogue", "Generate speech", DialogueRequest, DIALOGUE),
        create("ad-copy", "createAdCopy", "Generate variants of an ad", AdCopyRequest, AD, response=StartedAds),
    ]


def _creation(
    name: str,
    id: str,
    summary: str,
    body: type[BaseModel],
    example: Mapping[str, object],
    *,
    response: type,
    polled: str = "media",
) -> Operation:
    return Operation(
        "POST",
        f"{GENERATE}/{name}",
        id,
        TAG,
        summary,
        response,
        ErrorResponse,
        description=ACCEPTED.format(path=f"{GENERATE}/{polled}"),
        body=body,
        example=example,
        errors=(*CREATE_ERRORS, 404),
        parameters=[IDEMPOTENCY_KEY],
    )


def _reads() -> list[Operation]:
    read = partial(Operation, "GET", tag=TAG, error=ErrorResponse)
    operations = []
    for name, status in (("media", MediaStatus), ("music", MusicStatus)):
        path = f"{GENERATE}/{name}/{{id}}"
        title = name.capitalize()
        operations += [
            read(path=path, id=f"get{title}", summary=f"Get {name}", response=status),
            read(
                path=f"{path}/stream",
                id=f"stream{title}",
                summary=f"Follow {name}",
                response=None,
                response_media=("text/event-stream",),
                description="Server-sent events: `heartbeat` with the progress while it runs, `result` with what "
                f"`GET {path}` returns at the end.",
            ),
        ]
    return operations


def _upload() -> Operation:
    return Operation(
        "POST",
        "/v1/upload/media",
        "uploadMedia",
        TAG,
        "Upload a file",
        UploadedFile,
        ErrorResponse,
        description="The file is the body, or the part `file` of a multipart form. It counts as a read.",
        body_media=FILES,
        status=CREATED,
        errors=(*READ_ERRORS, 408, 413, 415),
    )
