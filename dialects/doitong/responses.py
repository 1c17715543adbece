"""The response bodies of the REST API: `data` with one field named after the operation, or `errors`."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from generations.generation import Failure, Generation
from generations.output_urls import OutputUrls, SignUrl, output_urls
from kit.errors import DoitongError
from kit.timestamps import format_timestamp
from web.errors import RequestError


class OutputBody(TypedDict):
    """An output file. Its URLs work without a key until `expiresAt`, and are null after that."""

    url: str | None
    thumbnailUrl: Annotated[str | None, Field(description="A small WebP preview; null for audio.")]
    optimizedUrl: Annotated[str | None, Field(description="The image as WebP; null for other media.")]
    mediaType: Annotated[str, Field(description="Such as `image/png`.")]
    width: int | None
    height: int | None
    duration: Annotated[float | None, Field(description="In seconds; null for images.")]
    format: Annotated[str, Field(description="Such as `png`.")]
    bytes: Annotated[int, Field(description="The size of the file.")]
    sha256: str
    title: Annotated[str | None, Field(description="Of a song.")]
    lyrics: Annotated[str | None, Field(description="Of a song.")]
    expiresAt: str


class MetadataBody(TypedDict):
    """The size of the first output, and how it was produced."""

    width: int | None
    height: int | None
    duration: Annotated[float | None, Field(description="In seconds; null for images.")]
    format: str | None
    seed: int
    model: Annotated[str | None, Field(description="The model that runs it.")]
    backend: Annotated[str | None, Field(description="Null until it is submitted; `local` is this server.")]
    simulated: Annotated[bool, Field(description="Whether it is a simulation, as with every test key.")]
    adjustments: Annotated[
        list[dict[str, Any]],
        Field(description="The requested values that were changed or ignored: `field`, `requested`, `used`, `reason`."),
    ]


class FailureBody(TypedDict):
    """Why a generation failed."""

    code: str
    message: str
    retryable: bool


class GenerationFields(TypedDict):
    """A generation. `status` is `processing`, `completed`, `failed` or `cancelled`; times are RFC 3339 in UTC."""

    id: Annotated[str, Field(description="The id, `gen_` and 26 characters.")]
    type: Annotated[str, Field(description="`image`, `video`, `audio`, `avatar` or `music`.")]
    status: Annotated[str, Field(description="`processing`, `completed`, `failed` or `cancelled`.")]
    stage: Annotated[str, Field(description="`queued`, `submitted`, `running`, `storing` or `done`.")]
    progress: Annotated[int, Field(description="In percent; it never decreases.")]
    service: Annotated[str, Field(description="The id of the provider.")]
    testMode: Annotated[bool, Field(description="Whether it was made with a test key.")]
    url: Annotated[str | None, Field(description="The signed URL of the first output, once it is completed.")]
    thumbnailUrl: Annotated[str | None, Field(description="The signed URL of a small WebP preview.")]
    duration: Annotated[float | None, Field(description="Of the first output, in seconds; null for images.")]
    metadata: MetadataBody
    creditCost: Annotated[int, Field(description="The price in credits, held until the end.")]
    creditsCharged: Annotated[int | None, Field(description="What was charged; null until the end.")]
    estimatedTime: Annotated[int, Field(description="The typical time in seconds.")]
    error: Annotated[FailureBody | None, Field(description="Null unless it failed.")]
    webhookUrl: Annotated[str | None, Field(description="The URL that is notified at the end.")]
    createdAt: str
    startedAt: Annotated[str | None, Field(description="When it was first submitted.")]
    completedAt: Annotated[str | None, Field(description="When it ended, with any status.")]
    version: Annotated[int, Field(description="It grows with every change.")]


class GenerationBody(GenerationFields):
    """A generation with its output files, which are there when it is completed."""

    outputs: list[OutputBody]


class DeletionBody(TypedDict):
    """A generation that was deleted."""

    id: str
    deleted: bool


def envelope(operation: str, generation: Generation, sign_url: SignUrl) -> dict[str, object]:
    """Return `{"data": {operation: generation}}`, the operation in lower case, as published."""
    return {"data": {operation.lower(): generation_body(generation, output_urls(generation, sign_url))}}


def generation_body(generation: Generation, outputs: list[OutputUrls]) -> GenerationBody:
    """Return a generation: the published fields, and those of GraphQL. `outputs` are the URLs of its files."""
    main = outputs[0] if outputs else None
    return {
        "id": generation.id,
        "type": generation.type.lower(),
        "status": generation.status.lower(),
        "stage": generation.stage.lower(),
        "progress": generation.progress,
        "service": generation.provider,
        "testMode": generation.test_mode,
        "url": main.url if main else None,
        "thumbnailUrl": next((output.thumbnail_url for output in outputs if output.thumbnail_url), None),
        "outputs": [_output(output) for output in outputs],
        "duration": main.output.duration if main else None,
        "metadata": _metadata(generation, main),
        "creditCost": generation.credit_cost,
        "creditsCharged": generation.credits_charged,
        "estimatedTime": generation.estimated_time,
        "error": _failure(generation.error),
        "webhookUrl": generation.webhook_url,
        "createdAt": format_timestamp(generation.created_at),
        "startedAt": _time(generation.started_at),
        "completedAt": _time(generation.completed_at),
        "version": generation.version,
    }


def error_body(error: DoitongError | RequestError) -> tuple[int, dict[str, object]]:
    """Return the HTTP status and the body of an error, which has the shape of a GraphQL error."""
    retryable, details = (error.retryable, error.extensions) if isinstance(error, DoitongError) else (False, {})
    extensions = {"code": error.code.value, "retryable": retryable, **details}
    return error.status, {"errors": [{"message": error.message, "extensions": extensions}]}


def _failure(failure: Failure | None) -> FailureBody | None:
    if failure is None:
        return None
    return {"code": failure.code.value, "message": failure.message, "retryable": failure.retryable}


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else format_timestamp(moment)


def _metadata(generation: Generation, main: OutputUrls | None) -> MetadataBody:
    return {
        "width": main.output.width if main else None,
        "height": main.output.height if main else None,
        "duration": main.output.duration if main else None,
        "format": main.output.format if main else None,
        "seed": generation.seed,
        "model": generation.model,
        "backend": generation.dispatch.backend if generation.dispatch else None,
        "simulated": generation.test_mode,
        "adjustments": generation.adjustments,
    }


def _output(urls: OutputUrls) -> OutputBody:
    output = urls.output
    return {
        "url": urls.url,
        "thumbnailUrl": urls.thumbnail_url,
        "optimizedUrl": urls.optimized_url,
        "mediaType": output.media_type,
        "width": output.width,
        "height": output.height,
        "duration": output.duration,
        "format": output.format,
        "bytes": output.bytes,
        "sha256": output.sha256,
        "title": output.title,
        "lyrics": output.lyrics,
        "expiresAt": format_timestamp(urls.expires_at),
    }
