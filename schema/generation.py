"""The `Generation` type with its outputs, metadata and error."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from functools import cached_property
from typing import Self, TypeVar

import strawberry
from strawberry.scalars import JSON

from generations import generation as domain
from generations.generation import StoredOutput
from generations.output_urls import OutputUrls, SignUrl, output_urls
from kit.timestamps import format_timestamp
from providers.backend import JSONObject
from schema.connections import Node
from schema.enums import ErrorCode, GenerationType, Stage, Status
from schema.output import Output

T = TypeVar("T")


def _of_state(read: Callable[[domain.Generation], T]) -> Callable[["Generation"], T]:
    """Return the resolver of a field of `Generation` that reads it from the domain's generation."""

    def resolve(self: "Generation") -> T:
        return read(self.state)

    return resolve


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
        description="The values that were changed or ignored, requested ones and defaults. An entry with the field "
        "`provider` reports that a model other than the provider's own was used."
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
    """Its fields are computed when they are resolved, and each URL is signed once."""

    state: strawberry.Private[domain.Generation]
    sign_url: strawberry.Private[SignUrl]

    type: GenerationType = strawberry.field(
        description="The type of media.", resolver=_of_state(lambda state: state.type)
    )
    status: Status = strawberry.field(
        description="The status. If the selection set also selects `error` without subfields, the value is in "
        "lower case, such as `completed`: this is the published contract of Doitong's documents.",
        resolver=_of_state(lambda state: state.status),
    )
    status_text: str = strawberry.field(
        description="The status in lower case, such as `completed`, as in webhook messages.",
        resolver=_of_state(lambda state: state.status.lower()),
    )
    stage: Stage = strawberry.field(description="The processing stage.", resolver=_of_state(lambda state: state.stage))
    progress: int = strawberry.field(
        description="The progress in percent, from 0 to 100. It never decreases, and is 100 only when the "
        "generation is completed.",
        resolver=_of_state(lambda state: state.progress),
    )
    provider: str = strawberry.field(
        description="The id of the provider, as in `providers`.", resolver=_of_state(lambda state: state.provider)
    )
    model: str | None = strawberry.field(
        description="The id of the model; null if the provider has none.", resolver=_of_state(lambda state: state.model)
    )
    test_mode: bool = strawberry.field(
        description="Whether the generation was created with a test key.",
        resolver=_of_state(lambda state: state.test_mode),
    )

    @strawberry.field(
        description="The signed URL of the first output. Null until the generation is completed, and after the "
        "file has expired."
    )
    def url(self) -> str | None:
        return self.urls[0].url if self.urls else None

    @strawberry.field(
        description="The signed URL of the first image, for music the cover. Null like `url`, and if there is no image."
    )
    def image_url(self) -> str | None:
        return self._first_url("image/")

    @strawberry.field(description="The signed URL of the first video. Null like `url`, and if there is no video.")
    def video_url(self) -> str | None:
        return self._first_url("video/")

    @strawberry.field(
        description="The signed URL of the first audio file. Null like `url`, and if there is no audio file."
    )
    def audio_url(self) -> str | None:
        return self._first_url("audio/")

    @strawberry.field(
        description="The signed URL of the first thumbnail of an output. Null like `url`, and if there is no thumbnail."
    )
    def thumbnail_url(self) -> str | None:
        return next((urls.thumbnail_url for urls in self.urls if urls.thumbnail_url), None)

    @strawberry.field(description="The output files; empty until the generation is completed.")
    def outputs(self) -> list[Output]:
        return [Output(urls=urls) for urls in self.urls]

    metadata: GenerationMetadata | None = strawberry.field(
        description="Details of the result. Selected without subfields, as in Doitong's published documents, it "
        "returns the value of `metadataJson`.",
        resolver=_of_state(GenerationMetadata.from_model),
    )
    metadata_json: JSON = strawberry.field(
        description="`metadata` as one JSON value.",
        resolver=_of_state(lambda state: _json(GenerationMetadata.from_model(state))),
    )
    width: int | None = strawberry.field(
        description="The width of the first output in pixels; null for audio and until the generation is completed.",
        resolver=_of_state(lambda state: state.outputs[0].width if state.outputs else None),
    )
    height: int | None = strawberry.field(
        description="The height of the first output in pixels; null for audio and until the generation is completed.",
        resolver=_of_state(lambda state: state.outputs[0].height if state.outputs else None),
    )
    duration: float | None = strawberry.field(
        description="The duration of the first output in seconds; null for images and until the generation is "
        "completed.",
        resolver=_of_state(lambda state: state.outputs[0].duration if state.outputs else None),
    )
    credit_cost: int = strawberry.field(
        description="The price in credits. The credits are held until the generation finishes, then charged or "
        "released.",
        resolver=_of_state(lambda state: state.credit_cost),
    )
    credits_charged: int | None = strawberry.field(
        description="The credits charged: less than `creditCost` if fewer outputs were delivered than requested, "
        "0 if the generation failed or was cancelled. Null until it finishes.",
        resolver=_of_state(lambda state: state.credits_charged),
    )
    estimated_time: int | None = strawberry.field(
        description="The typical processing time of such a generation, in seconds; with a test key, that of its "
        "simulation.",
        resolver=_of_state(lambda state: state.estimated_time),
    )
    error: GenerationError | None = strawberry.field(
        description="The error; null unless the generation failed. Selected without subfields, as in Doitong's "
        "published documents, it returns the value of `errorMessage`, and `status` is in lower case.",
        resolver=_of_state(lambda state: GenerationError(**asdict(state.error)) if state.error else None),
    )
    error_message: str | None = strawberry.field(
        description="The message of `error`; null unless the generation failed.",
        resolver=_of_state(lambda state: state.error.message if state.error else None),
    )
    error_code: ErrorCode | None = strawberry.field(
        description="The code of `error`; null unless the generation failed.",
        resolver=_of_state(lambda state: state.error.code if state.error else None),
    )
    input: JSON = strawberry.field(
        description="The content of the request.", resolver=_of_state(lambda state: JSON(state.input))
    )
    options: JSON = strawberry.field(
        description="All options with the values that are used, including defaults.",
        resolver=_of_state(lambda state: JSON(state.options)),
    )
    webhook_url: str | None = strawberry.field(
        description="The URL notified when the generation finishes; null if none was given.",
        resolver=_of_state(lambda state: state.webhook_url),
    )
    created_at: datetime = strawberry.field(
        description="When the generation was accepted.", resolver=_of_state(lambda state: state.created_at)
    )
    started_at: datetime | None = strawberry.field(
        description="When the generation was first submitted to a backend; null before that.",
        resolver=_of_state(lambda state: state.started_at),
    )
    completed_at: datetime | None = strawberry.field(
        description="When the generation finished with any status; null before that.",
        resolver=_of_state(lambda state: state.completed_at),
    )
    version: int = strawberry.field(
        description="The version, which starts at 1 and increases with every change.",
        resolver=_of_state(lambda state: state.version),
    )

    @classmethod
    def from_model(cls, generation: domain.Generation, *, sign_url: SignUrl) -> Self:
        return cls(id=strawberry.ID(generation.id), state=generation, sign_url=sign_url)

    @cached_property
    def urls(self) -> list[OutputUrls]:
        return output_urls(self.state, self.sign_url)

    def _first_url(self, kind: str) -> str | None:
        """Return the URL of the first output whose media type starts with `kind`."""
        return next((urls.url for urls in self.urls if urls.output.media_type.startswith(kind)), None)


def _main_output(generation: domain.Generation) -> StoredOutput | None:
    return generation.outputs[0] if generation.outputs else None


def _json(metadata: GenerationMetadata) -> JSON:
    plain = asdict(metadata)
    attempts = [{**attempt, "at": format_timestamp(attempt["at"])} for attempt in plain["attempts"]]
    return JSON({**plain, "attempts": attempts})


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
