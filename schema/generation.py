"""The `Generation` type with its outputs, metadata and error."""

from dataclasses import asdict
from datetime import datetime
from typing import Self

import strawberry
from strawberry.scalars import JSON

from generations import generation as domain
from generations.generation import StoredOutput
from generations.output_urls import OutputUrls, SignedUrl, output_urls
from kit.timestamps import format_timestamp
from providers.backend import JSONObject
from schema.connections import Node
from schema.enums import ErrorCode, GenerationType, Stage, Status


@strawberry.type(description="An output file of a generation.")
class Output:
    url: str | None = strawberry.field(
        description="The signed, absolute URL of the original file, which works without a key until `expiresAt`; "
        "null after that."
    )
    thumbnail_url: str | None = strawberry.field(
        description="The signed URL of a small WebP preview: of the image, or of a frame of the video. Null for "
        "audio, and after `expiresAt`."
    )
    optimized_url: str | None = strawberry.field(
        description="The signed URL of the image as a WebP file of the same dimensions. Null for video and audio, "
        "and after `expiresAt`."
    )
    avif_url: str | None = strawberry.field(
        description="The signed URL of the image as an AVIF file of the same dimensions, smaller than "
        "`optimizedUrl` and encoded on the first request. Null for video and audio, and after "
        "`expiresAt`."
    )
    media_type: str = strawberry.field(description="The media type of the file, such as `image/png`.")
    width: int | None = strawberry.field(description="The width in pixels; null for audio.")
    height: int | None = strawberry.field(description="The height in pixels; null for audio.")
    duration: float | None = strawberry.field(description="The duration in seconds; null for images.")
    format: str = strawberry.field(description="The file format, such as `png` or `mp4`.")
    bytes: int = strawberry.field(description="The file size in bytes.")
    sha256: str = strawberry.field(description="The SHA-256 hash of the file in hexadecimal.")
    title: str | None = strawberry.field(description="The title of the song; null for other media.")
    lyrics: str | None = strawberry.field(
        description="The lyrics of the song; null for other media and if there are none."
    )
    expires_at: datetime = strawberry.field(description="Until when the file is stored and its URLs are valid.")

    @classmethod
    def from_model(cls, urls: OutputUrls) -> Self:
        output = urls.output
        return cls(
            url=urls.url,
            thumbnail_url=urls.thumbnail_url,
            optimized_url=urls.optimized_url,
            avif_url=urls.avif_url,
            media_type=output.media_type,
            width=output.width,
            height=output.height,
            duration=output.duration,
            format=output.format,
            bytes=output.bytes,
            sha256=output.sha256,
            title=output.title,
            lyrics=output.lyrics,
            expires_at=urls.expires_at,
        )


@strawberry.type(description="A requested value that was changed or ignored.")
class Adjustment:
    field: str | None = strawberry.field(
        description="The path of the field in the input, such as `options.duration`; null if it does not concern "
        "one field."
    )
    requested: JSON | None = strawberry.field(description="The requested value.")
    used: JSON | None = strawberry.field(description="The value used instead; null if it was ignored.")
    reason: str = strawberry.field(description="A description of the reason.")

    @classmethod
    def from_model(cls, adjustment: JSONObject) -> Self:
        return cls(
            field=_text(adjustment.get("field")),
            requested=JSON(adjustment.get("requested")),
            used=JSON(adjustment.get("used")),
            reason=_text(adjustment.get("reason")) or "",
        )


@strawberry.type(description="An attempt to submit the generation to a backend.")
class Attempt:
    backend: str = strawberry.field(description="The name of the backend.")
    model: str | None = strawberry.field(description="The model id of the backend; null if none was specified.")
    at: datetime = strawberry.field(description="When the submission was started.")
    outcome: str = strawberry.field(
        description="`submitting`: in progress; `accepted`: accepted by the backend; `refused`: rejected by the "
        "backend; `busy`: not accepted because of a limit of the backend, it is tried again; `lost`: no response was "
        "received."
    )
    error: str | None = strawberry.field(
        description="Why the backend rejected the submission or failed, or that its response was lost; null otherwise."
    )


@strawberry.type(
    description="Details of the result and of how it was produced. `metadataJson` has the same data as one value."
)
class GenerationMetadata:
    width: int | None = strawberry.field(
        description="The width of the first output in pixels; null for audio and until the generation is completed."
    )
    height: int | None = strawberry.field(
        description="The height of the first output in pixels; null for audio and until the generation is completed."
    )
    duration: float | None = strawberry.field(
        description="The duration of the first output in seconds; null for images and until the generation is "
        "completed."
    )
    resolution: str | None = strawberry.field(
        description="The dimensions of the first output, such as `1280x720`; null for audio and until the "
        "generation is completed."
    )
    format: str | None = strawberry.field(
        description="The file format of the first output, such as `png`; null until the generation is completed."
    )
    seed: int = strawberry.field(
        description="The seed of the random generator, requested or chosen. Where the provider supports it, the "
        "same seed and input reproduce the result."
    )
    model: str | None = strawberry.field(description="The id of the model; null if the provider has none.")
    backend: str | None = strawberry.field(
        description="The backend that processes the generation; `local` is this server. Null until it is submitted."
    )
    simulated: bool = strawberry.field(
        description="Whether the provider is simulated on this server, as for every test key."
    )
    adjustments: list[Adjustment] = strawberry.field(
        description="The values that were changed or ignored, requested ones and defaults. The field `provider` says "
        "that another model than the provider's own was used."
    )
    attempts: list[Attempt] = strawberry.field(description="The submissions to backends, oldest first.")

    @classmethod
    def from_model(cls, generation: domain.Generation) -> Self:
        main = _main_output(generation)
        width, height = (main.width, main.height) if main else (None, None)
        return cls(
            width=width,
            height=height,
            duration=main.duration if main else None,
            resolution=f"{width}x{height}" if width and height else None,
            format=main.format if main else None,
            seed=generation.seed,
            model=generation.model,
            backend=generation.dispatch.backend if generation.dispatch else None,
            simulated=generation.test_mode,
            adjustments=[Adjustment.from_model(adjustment) for adjustment in generation.adjustments],
            attempts=[
                Attempt(
                    backend=_text(attempt["backend"]) or "",
                    model=_text(attempt["model"]),
                    at=datetime.fromisoformat(_text(attempt["at"]) or ""),
                    outcome=_text(attempt["outcome"]) or "",
                    error=_text(attempt.get("error")),
                )
                for attempt in generation.attempts
            ],
        )


@strawberry.type(description="The error of a failed generation.")
class GenerationError:
    code: ErrorCode = strawberry.field(description="The error code.")
    message: str = strawberry.field(
        description="A description of the error for people; it may change between releases."
    )
    retryable: bool = strawberry.field(description="Whether the same request may succeed later; see `retryGeneration`.")


@strawberry.type(description="A request to generate media, with its status and results.")
class Generation(Node):
    type: GenerationType = strawberry.field(description="The type of media.")
    status: Status = strawberry.field(
        description="The status. If the selection set also selects `error` without subfields, the value is in "
        "lower case, such as `completed`: this is the published contract of Doitong's documents."
    )
    status_text: str = strawberry.field(
        description="The status in lower case, such as `completed`, as in webhook messages."
    )
    stage: Stage = strawberry.field(description="The processing stage.")
    progress: int = strawberry.field(
        description="The progress in percent, from 0 to 100. It never decreases, and is 100 only when the "
        "generation is completed."
    )
    provider: str = strawberry.field(description="The id of the provider, as in `providers`.")
    model: str | None = strawberry.field(description="The id of the model; null if the provider has none.")
    test_mode: bool = strawberry.field(description="Whether the generation was created with a test key.")
    url: str | None = strawberry.field(
        description="The signed URL of the first output. Null until the generation is completed, and after the "
        "file has expired."
    )
    image_url: str | None = strawberry.field(
        description="The signed URL of the first image, for music the cover. Null like `url`, and if there is no image."
    )
    video_url: str | None = strawberry.field(
        description="The signed URL of the first video. Null like `url`, and if there is no video."
    )
    audio_url: str | None = strawberry.field(
        description="The signed URL of the first audio file. Null like `url`, and if there is no audio file."
    )
    thumbnail_url: str | None = strawberry.field(
        description="The signed URL of the first thumbnail of an output. Null like `url`, and if there is no thumbnail."
    )
    outputs: list[Output] = strawberry.field(description="The output files; empty until the generation is completed.")
    metadata: GenerationMetadata | None = strawberry.field(
        description="Details of the result. Selected without subfields, as in Doitong's published documents, it "
        "returns the value of `metadataJson`."
    )
    metadata_json: JSON = strawberry.field(description="`metadata` as one JSON value.")
    width: int | None = strawberry.field(
        description="The width of the first output in pixels; null for audio and until the generation is completed."
    )
    height: int | None = strawberry.field(
        description="The height of the first output in pixels; null for audio and until the generation is completed."
    )
    duration: float | None = strawberry.field(
        description="The duration of the first output in seconds; null for images and until the generation is "
        "completed."
    )
    credit_cost: int = strawberry.field(
        description="The price in credits. The credits are held until the generation finishes, then charged or "
        "released."
    )
    credits_charged: int | None = strawberry.field(
        description="The credits charged: less than `creditCost` if fewer outputs were delivered than requested, "
        "0 if the generation failed or was cancelled. Null until it finishes."
    )
    estimated_time: int | None = strawberry.field(
        description="The typical processing time of such a generation, in seconds; with a test key, that of its "
        "simulation."
    )
    error: GenerationError | None = strawberry.field(
        description="The error; null unless the generation failed. Selected without subfields, as in Doitong's "
        "published documents, it returns the value of `errorMessage`, and `status` is in lower case."
    )
    error_message: str | None = strawberry.field(
        description="The message of `error`; null unless the generation failed."
    )
    error_code: ErrorCode | None = strawberry.field(
        description="The code of `error`; null unless the generation failed."
    )
    input: JSON = strawberry.field(description="The content of the request.")
    options: JSON = strawberry.field(description="All options with the values that are used, including defaults.")
    webhook_url: str | None = strawberry.field(
        description="The URL notified when the generation finishes; null if none was given."
    )
    created_at: datetime = strawberry.field(description="When the generation was accepted.")
    started_at: datetime | None = strawberry.field(
        description="When the generation was first submitted to a backend; null before that."
    )
    completed_at: datetime | None = strawberry.field(
        description="When the generation finished with any status; null before that."
    )
    version: int = strawberry.field(description="The version, which starts at 1 and increases with every change.")

    @classmethod
    def from_model(cls, generation: domain.Generation, *, signed_url: SignedUrl) -> Self:
        outputs = [Output.from_model(urls) for urls in output_urls(generation, signed_url)]
        main = outputs[0] if outputs else None
        metadata = GenerationMetadata.from_model(generation)
        failure = generation.error
        return cls(
            id=strawberry.ID(generation.id),
            type=generation.type,
            status=generation.status,
            status_text=generation.status.lower(),
            stage=generation.stage,
            progress=generation.progress,
            provider=generation.provider,
            model=generation.model,
            test_mode=generation.test_mode,
            url=main.url if main else None,
            image_url=_first_url(outputs, "image/"),
            video_url=_first_url(outputs, "video/"),
            audio_url=_first_url(outputs, "audio/"),
            thumbnail_url=next((output.thumbnail_url for output in outputs if output.thumbnail_url), None),
            outputs=outputs,
            metadata=metadata,
            metadata_json=_json(metadata),
            width=metadata.width,
            height=metadata.height,
            duration=metadata.duration,
            credit_cost=generation.credit_cost,
            credits_charged=generation.credits_charged,
            estimated_time=generation.estimated_time,
            error=GenerationError(**asdict(failure)) if failure else None,
            error_message=failure.message if failure else None,
            error_code=failure.code if failure else None,
            input=JSON(generation.input),
            options=JSON(generation.options),
            webhook_url=generation.webhook_url,
            created_at=generation.created_at,
            started_at=generation.started_at,
            completed_at=generation.completed_at,
            version=generation.version,
        )


def _main_output(generation: domain.Generation) -> StoredOutput | None:
    return generation.outputs[0] if generation.outputs else None


def _first_url(outputs: list[Output], kind: str) -> str | None:
    return next((output.url for output in outputs if output.media_type.startswith(kind)), None)


def _json(metadata: GenerationMetadata) -> JSON:
    plain = asdict(metadata)
    attempts = [{**attempt, "at": format_timestamp(attempt["at"])} for attempt in plain["attempts"]]
    return JSON({**plain, "attempts": attempts})


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
