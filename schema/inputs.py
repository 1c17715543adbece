"""The inputs of `generate` and `generations`, and their conversion to domain values."""

from dataclasses import fields
from typing import Any

import strawberry
from strawberry.scalars import JSON

from generations.requests.generation_request import GenerationRequest
from kit.names import camel_case
from providers.backend import JSONObject
from schema.enums import GenerationType, Priority, Stage, Status

OptionalText = str | None
MEDIA = "an `https:` URL, a `data:` URL, an upload (`upl_…`), or an output of a generation (`gen_…`, `gen_….2`)"
WEBHOOK_URL = (
    "An `https:` URL to notify when the generation finishes. The message is signed with the `webhookSecret` of the "
    "account."
)
IDEMPOTENCY_KEY = (
    "A unique key of 1 to 255 characters. A repeated request with the same key returns the first generation for 24 "
    "hours; a different request with it is rejected with `IDEMPOTENCY_MISMATCH`."
)
SEED = (
    "The seed of the random generator, from 0 to 2147483647; random by default. Where the provider supports it, the "
    "same seed and input reproduce the result."
)
MAX_CREDITS = "The highest acceptable price in credits. A more expensive request is rejected with `SPEND_CAP_REACHED`."


def field(description: str) -> Any:
    """Declare an optional input field; `UNSET` if it is omitted."""
    return strawberry.field(default=strawberry.UNSET, description=description)


@strawberry.input(
    description="The content to generate from. `providers { modes }` shows which kinds of content a provider accepts."
)
class ContentInput:
    text: OptionalText = field("The prompt or, for speech and avatars, the text to speak.")
    image: OptionalText = field(f"The source image: {MEDIA}.")
    images: list[str] | None = field(f"The source images, for providers that accept several. Each is {MEDIA}.")
    video: OptionalText = field(f"The source video: {MEDIA}.")
    audio: OptionalText = field(f"The source audio: {MEDIA}.")
    voice: OptionalText = field("The voice, such as `rachel`; the same as the option `voice`.")
    avatar_id: OptionalText = field("The avatar, such as `professional-1`; the same as the option `avatarId`.")
    title: OptionalText = field("The title of the song.")
    lyrics: OptionalText = field("The lyrics of the song.")
    negative_text: OptionalText = field("What the result must not show; the same as the option `negativePrompt`.")


@strawberry.input(
    description="The options of a generation. `providers { options }` lists those of each provider, with their "
    "allowed values and defaults. Numbers close to an allowed value are adjusted, see `metadata { adjustments }`; "
    "other unsupported values are rejected with `INVALID_INPUT`."
)
class OptionsInput:
    width: int | None = field("The width in pixels.")
    height: int | None = field("The height in pixels.")
    aspect_ratio: OptionalText = field("The aspect ratio, width to height, such as `16:9`.")
    resolution: OptionalText = field("The resolution by the number of lines of the shorter side, such as `1080p`.")
    duration: float | None = field("The duration in seconds.")
    fps: int | None = field("The frame rate in frames per second.")
    n: int | None = field(
        "The number of images, from 1 to 4 or, with some providers, to 10; each is charged. 1 by default."
    )
    sequential: bool | None = field(
        "Whether the images may be a connected series of up to `n`, of which only the delivered ones are charged. "
        "False by default."
    )
    seed: int | None = field(SEED)
    format: OptionalText = field("The output file format, such as `png` or `mp3`.")
    model: OptionalText = field("The id of the model, from `providers { models }`.")
    version: OptionalText = field("The version of the model, from `providers { models }`.")
    mode: OptionalText = field("The mode of the provider, such as `pro`.")
    quality: OptionalText = field("The quality, such as `high`.")
    style: OptionalText = field("The style, such as `cinematic`.")
    motion_intensity: OptionalText = field("The amount of motion: `low`, `medium` or `high`; `medium` by default.")
    negative_prompt: OptionalText = field("What the result must not show.")
    strength: float | None = field("How much to change the source image, from 0.05 (little) to 1.")
    silent: bool | None = field(
        "Whether to generate a video without sound. By default it has the sound that the provider makes, if any."
    )
    voice: OptionalText = field("The voice, such as `rachel`.")
    emotion: OptionalText = field("The emotion of the voice.")
    speed: float | None = field("The speed of the voice, from 0.5 to 2; 1, the normal speed, by default.")
    language: OptionalText = field("The language of the speech, such as `en`. A given `voice` takes precedence.")
    avatar_id: OptionalText = field("The avatar, such as `professional-1`.")
    background: OptionalText = field("The background behind the avatar.")
    gesture: OptionalText = field("The gestures of the avatar.")
    instrumental: bool | None = field("Whether to generate music without vocals; false by default.")
    extra: JSON | None = field(
        "An object of additional options that are passed to the provider unchanged, of at most 10,000 bytes as JSON."
    )


@strawberry.input(description="A generation request.")
class GenerateInput:
    type: GenerationType = strawberry.field(description="The type of media to generate.")
    input: ContentInput = strawberry.field(description="The content to generate from.")
    provider: OptionalText = field(
        "The id or an alias of the provider. If it is omitted or `auto`, a provider is chosen by `priority`."
    )
    options: OptionsInput | None = field("The options of the generation.")
    priority: Priority | None = strawberry.field(
        default=Priority.BALANCED, description="The criterion for the automatic choice of a provider."
    )
    webhook_url: OptionalText = field(WEBHOOK_URL)
    idempotency_key: OptionalText = field(IDEMPOTENCY_KEY)
    quote_id: strawberry.ID | None = field(
        "The id of a quote from `estimate`, which limits the price. A quote that is unknown, expired or for a "
        "different request is rejected with `QUOTE_EXPIRED`."
    )
    max_credits: int | None = field(MAX_CREDITS)
    strict: bool | None = field(
        "Whether to reject the request with `INVALID_INPUT` if a given value would be adjusted or have no effect; "
        "false by default. `metadata { adjustments }` and `estimate { adjustments }` list the adjustments, also those "
        "of defaults."
    )

    def to_request(self) -> GenerationRequest:
        """Convert the input to a domain request."""
        return GenerationRequest(
            type=self.type,
            provider=given(self.provider),
            input=as_json(self.input),
            options=as_json(given(self.options)),
            priority=given(self.priority) or Priority.BALANCED,
            webhook_url=given(self.webhook_url),
            idempotency_key=given(self.idempotency_key),
            quote_id=given(self.quote_id),
            max_credits=given(self.max_credits),
            strict=bool(given(self.strict)),
        )


@strawberry.input(description="The generations to return: those that match all given fields.")
class GenerationFilter:
    type: list[GenerationType] | None = field("Only generations of one of these types.")
    status: list[Status] | None = field("Only generations with one of these statuses.")
    stage: list[Stage] | None = field("Only generations at one of these stages.")
    provider: list[str] | None = field("Only generations of one of these providers, by id.")

    def to_filters(self) -> dict[str, list[str]]:
        """Return the values of the given fields by name."""
        return {
            item.name: [str(value) for value in values if "\0" not in value]  # PostgreSQL rejects NUL, no id has it
            for item in fields(self)
            if (values := given(getattr(self, item.name))) is not None
        }


def given(value: Any) -> Any:
    """Return the value of an input field, or None if it was omitted."""
    return None if value is strawberry.UNSET else value


def as_json(value: Any) -> JSONObject:
    """Convert an input object to JSON with GraphQL's field names; fields that are omitted or null are left out."""
    if value is None:
        return {}
    names = {item.name: getattr(value, item.name) for item in fields(value)}
    return {camel_case(name): item for name, item in names.items() if given(item) is not None}


def field_names(value: Any) -> set[str]:
    """Return the GraphQL names of all fields of an input object."""
    return {camel_case(item.name) for item in fields(value)}
