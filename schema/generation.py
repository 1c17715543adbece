"""A generation as clients see it."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Self

import strawberry
from strawberry.scalars import JSON

from generations import generation as domain
from generations.generation import StoredOutput
from kit.timestamps import format_timestamp
from media.variants import avif_address
from schema.connections import Node
from schema.enums import ErrorCode, GenerationType, Stage, Status

SignedUrl = Callable[[str, str, datetime], str | None]
"""Makes the address of a stored file from its key, the name it is saved under and the moment it expires; then none."""


@strawberry.type(description="One file of a generation.")
class Output:
    url: str | None = strawberry.field(
        description="The file in full quality: signed, absolute, until `expiresAt`; null after that."
    )
    thumbnail_url: str | None = strawberry.field(
        description="A small WebP: of the picture, or of a frame of the video."
    )
    optimized_url: str | None = strawberry.field(description="The picture as WebP of the same size.")
    avif_url: str | None = strawberry.field(
        description="The picture as AVIF of the same size, smaller than `optimizedUrl`; made when it is first fetched."
    )
    media_type: str = strawberry.field(description="The media type, such as `image/png`.")
    width: int | None = strawberry.field(description="Pixels across.")
    height: int | None = strawberry.field(description="Pixels down.")
    duration: float | None = strawberry.field(description="Seconds.")
    format: str = strawberry.field(description="The format, such as `png` or `mp4`.")
    bytes: int = strawberry.field(description="The size of the file.")
    sha256: str = strawberry.field(description="The SHA-256 of the file, in hex.")
    title: str | None = strawberry.field(description="The title of a song.")
    lyrics: str | None = strawberry.field(description="The lyrics of a song.")
    expires_at: datetime = strawberry.field(description="Until when the file is kept.")

    @classmethod
    def from_model(cls, output: StoredOutput, *, name: str, expires_at: datetime, signed_url: SignedUrl) -> Self:
        def url(key: str | None, suffix: str) -> str | None:
            return None if key is None else signed_url(key, f"{name}{suffix}", expires_at)

        return cls(
            url=signed_url(output.key, f"{name}.{output.format}", expires_at),
            thumbnail_url=url(output.thumbnail_key, "-thumbnail.webp"),
            optimized_url=url(output.optimized_key, "-optimized.webp"),
            avif_url=url(avif_address(output.key) if output.optimized_key else None, "-optimized.avif"),
            media_type=output.media_type,
            width=output.width,
            height=output.height,
            duration=output.duration,
            format=output.format,
            bytes=output.bytes,
            sha256=output.sha256,
            title=output.title,
            lyrics=output.lyrics,
            expires_at=expires_at,
        )


@strawberry.type(description="A value that was not used as it was given.")
class Adjustment:
    field: str | None = strawberry.field(description="The field, where it is about one.")
    requested: JSON | None = strawberry.field(description="The value given.")
    used: JSON | None = strawberry.field(description="The value used instead.")
    reason: str = strawberry.field(description="Why.")


@strawberry.type(description="One try to have the work done by an upstream.")
class Attempt:
    backend: str = strawberry.field(description="The backend.")
    model: str | None = strawberry.field(description="The model asked for there.")
    at: datetime = strawberry.field(description="When.")
    outcome: str = strawberry.field(description="`submitting`, `accepted`, `refused` or `lost`.")


@strawberry.type(description="What was made, by whom and how. `metadataJson` holds the same.")
class GenerationMetadata:
    width: int | None = strawberry.field(description="Pixels across.")
    height: int | None = strawberry.field(description="Pixels down.")
    duration: float | None = strawberry.field(description="Seconds.")
    resolution: str | None = strawberry.field(description="The resolution, such as `1280x720`.")
    format: str | None = strawberry.field(description="The format, such as `png`.")
    seed: int = strawberry.field(description="The seed; the same seed and input make the same again, where supported.")
    model: str | None = strawberry.field(description="The model that ran.")
    backend: str | None = strawberry.field(description="The backend that ran it; `local` is this machine.")
    simulated: bool = strawberry.field(description="Whether a local stand-in played the provider, for a test key.")
    adjustments: list[Adjustment] = strawberry.field(description="What was not used as it was given.")
    attempts: list[Attempt] = strawberry.field(description="Every try, in order.")

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
            backend=generation.route.backend if generation.route else None,
            simulated=generation.test_mode,
            adjustments=[
                Adjustment(
                    field=_text(adjustment.get("field")),
                    requested=JSON(adjustment.get("requested")),
                    used=JSON(adjustment.get("used")),
                    reason=_text(adjustment.get("reason")) or "",
                )
                for adjustment in generation.adjustments
            ],
            attempts=[
                Attempt(
                    backend=_text(attempt["backend"]) or "",
                    model=_text(attempt["model"]),
                    at=datetime.fromisoformat(_text(attempt["at"]) or ""),
                    outcome=_text(attempt["outcome"]) or "",
                )
                for attempt in generation.attempts
            ],
        )


@strawberry.type(description="Why a generation failed.")
class GenerationError:
    code: ErrorCode = strawberry.field(description="The code, for programs.")
    message: str = strawberry.field(description="The reason, for people.")
    retryable: bool = strawberry.field(description="Whether the same request may succeed later.")


@strawberry.type(description="One piece of media, from the moment it is accepted to its end.")
class Generation(Node):
    type: GenerationType = strawberry.field(description="What is made.")
    status: Status = strawberry.field(description="How it stands.")
    status_text: str = strawberry.field(description="The status in lower case, as the REST API and webhooks have it.")
    stage: Stage = strawberry.field(description="How far the work is.")
    progress: int = strawberry.field(description="Percent done, 0 to 100; it never goes back.")
    provider: str = strawberry.field(description="The catalogue id of the provider.")
    model: str | None = strawberry.field(description="The model that really ran.")
    test_mode: bool = strawberry.field(description="Whether it was made with a test key.")
    url: str | None = strawberry.field(description="The first output in full quality.")
    image_url: str | None = strawberry.field(description="The first picture; for music, the cover.")
    video_url: str | None = strawberry.field(description="The first video.")
    audio_url: str | None = strawberry.field(description="The first sound.")
    thumbnail_url: str | None = strawberry.field(description="A small picture of the first output.")
    outputs: list[Output] = strawberry.field(description="Every file made.")
    metadata: GenerationMetadata | None = strawberry.field(description="What was made, by whom and how.")
    metadata_json: JSON = strawberry.field(description="`metadata` as one JSON value.")
    width: int | None = strawberry.field(description="Pixels across of the first output.")
    height: int | None = strawberry.field(description="Pixels down of the first output.")
    duration: float | None = strawberry.field(description="Seconds of the first output.")
    credit_cost: int = strawberry.field(description="What it costs; held while it runs, spent when it is delivered.")
    credits_charged: int | None = strawberry.field(
        description="What was spent in the end: less than `creditCost` when only a part was delivered; null before."
    )
    estimated_time: int | None = strawberry.field(description="Seconds it typically takes.")
    error: GenerationError | None = strawberry.field(description="Why it failed.")
    error_message: str | None = strawberry.field(description="The message of `error`.")
    error_code: ErrorCode | None = strawberry.field(description="The code of `error`.")
    input: JSON = strawberry.field(description="What it was made from.")
    options: JSON = strawberry.field(description="The options in full, defaults included.")
    webhook_url: str | None = strawberry.field(description="Where its end is announced.")
    created_at: datetime = strawberry.field(description="When it was accepted.")
    started_at: datetime | None = strawberry.field(description="When it was first sent to a provider.")
    completed_at: datetime | None = strawberry.field(description="When it ended.")
    version: int = strawberry.field(description="Grows with every change.")

    @classmethod
    def from_model(cls, generation: domain.Generation, *, signed_url: SignedUrl) -> Self:
        outputs = _outputs(generation, signed_url)
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


def _outputs(generation: domain.Generation, signed_url: SignedUrl) -> list[Output]:
    expires_at = generation.expires_at
    if expires_at is None:
        return []
    return [
        Output.from_model(
            output,
            name=generation.id if index == 0 else f"{generation.id}-{index + 1}",
            expires_at=expires_at,
            signed_url=signed_url,
        )
        for index, output in enumerate(generation.outputs)
    ]


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
