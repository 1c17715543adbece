"""The paths of the REST API in OpenAPI."""

from dialects.doitong.requests import CREATIONS, Creation
from dialects.doitong.responses import DeletionBody, GenerationBody
from dialects.generation_list.query import ListBody, ListErrorBody, ListQuery
from providers.backend import JSONObject
from web.error_response import ErrorBody
from web.openapi import CREATE_ERRORS, IDEMPOTENCY_KEY, WRITE_ERRORS, Operation

TAG = "Doitong REST"
CREATING: dict[str, tuple[str, JSONObject]] = {
    "generateImage": (
        "Generate images",
        {"service": "flux-pro", "prompt": "A red fox in the snow", "width": 1024, "height": 1024},
    ),
    "generateVideo": ("Generate a video", {"service": "kling", "prompt": "A red fox in the snow", "duration": 5}),
    "animateImage": (
        "Animate an image",
        {"service": "runway-i2v", "imageUrl": "https://example.com/fox.jpg", "duration": 5},
    ),
    "generateAvatar": (
        "Generate a speaking avatar",
        {"service": "hedra", "text": "Welcome aboard.", "avatarId": "kate", "voice": "rachel"},
    ),
    "generateSpeech": (
        "Synthesize speech",
        {"service": "elevenlabs", "text": "Welcome aboard.", "voice": "rachel", "speed": 1.0},
    ),
    "generateMusic": ("Generate music", {"prompt": "calm piano", "duration": 30, "instrumental": True}),
}
"""The summary and an example of each operation that creates a generation."""
LIST, ONE = "/v1/generations", "/v1/generations/{id}"


def doitong_operations() -> list[Operation]:
    """Return the operations of the REST API."""
    return [
        *(_creation(creation) for creation in CREATIONS),
        Operation("GET", LIST, "listGenerations", TAG, "List generations", ListBody, ListErrorBody, query=ListQuery),
        Operation(
            "GET", ONE, "getGeneration", TAG, "Get a generation", GenerationBody, ErrorBody, ("data", "generation")
        ),
        Operation(
            "DELETE",
            ONE,
            "deleteGeneration",
            TAG,
            "Delete a generation with its files",
            DeletionBody,
            ErrorBody,
            ("data", "deletegeneration"),
            "It must have ended: cancel it first. Its transfers of credits stay in the ledger.",
            errors=WRITE_ERRORS,
        ),
        Operation(
            "POST",
            f"{ONE}/cancel",
            "cancelGeneration",
            TAG,
            "Cancel a generation",
            GenerationBody,
            ErrorBody,
            ("data", "cancelgeneration"),
            "The credits are released at once. The response has the generation in its state after that: `cancelled`, "
            "also if it already was, or the state in which it had ended before.",
            errors=WRITE_ERRORS,
        ),
    ]


def _creation(creation: Creation) -> Operation:
    summary, example = CREATING[creation.operation]
    return Operation(
        "POST",
        creation.path,
        creation.operation,
        TAG,
        summary,
        GenerationBody,
        ErrorBody,
        ("data", creation.operation.lower()),
        "The generation is accepted, and its credits are held. Poll `GET /v1/generations/{id}` until its `status` is "
        "no longer `processing`, or give a `webhookUrl`. Further fields of the body are options of the provider, by "
        "the names that `providers { options }` lists in GraphQL.",
        body=creation.body,
        example=example,
        status=202,
        errors=CREATE_ERRORS,
        parameters=[IDEMPOTENCY_KEY],
    )
