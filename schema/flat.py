"""The flat inputs of the mutations published beside `generate`: `service` is the provider, `prompt` the text."""

import strawberry

from generations.requests.flat_request import PROVIDER_FIELD, flat_field_name, request_from_flat
from generations.requests.generation_request import GenerationRequest
from schema.enums import GenerationType
from schema.inputs import (
    IDEMPOTENCY_KEY,
    MAX_CREDITS,
    MEDIA,
    SEED,
    WEBHOOK_URL,
    OptionalText,
    as_json,
    field,
    field_names,
)


@strawberry.input(description="The fields common to all flat inputs.")
class FlatInput:
    service: OptionalText = field("The id or an alias of the provider; chosen automatically by default.")
    webhook_url: OptionalText = field(WEBHOOK_URL)
    idempotency_key: OptionalText = field(IDEMPOTENCY_KEY)
    max_credits: int | None = field(MAX_CREDITS)


@strawberry.input(description="An image to generate.")
class ImageGenerationInput(FlatInput):
    prompt: str = strawberry.field(description="The prompt: a description of the image.")
    width: int | None = field("The width in pixels.")
    height: int | None = field("The height in pixels.")
    aspect_ratio: OptionalText = field("The aspect ratio, width to height, such as `16:9`.")
    version: OptionalText = field("The version of the model, from `providers { models }`.")
    quality: OptionalText = field("The quality, such as `high`.")
    style: OptionalText = field("The style, such as `cinematic`.")
    negative_prompt: OptionalText = field("What the image must not show.")
    n: int | None = field("The number of images, from 1 to 4; each is charged. 1 by default.")
    seed: int | None = field(SEED)
    format: OptionalText = field("The output file format, such as `png`.")


@strawberry.input(description="Speech to synthesize.")
class TTSInput(FlatInput):
    text: str = strawberry.field(description="The text to speak.")
    voice: OptionalText = field("The voice, such as `rachel`.")
    speed: float | None = field("The speed of the voice, from 0.5 to 2; 1, the normal speed, by default.")
    emotion: OptionalText = field("The emotion of the voice.")
    seed: int | None = field(SEED)
    format: OptionalText = field("The output file format, such as `mp3`.")


@strawberry.input(description="A video of a speaking avatar to generate.")
class AvatarGenerationInput(FlatInput):
    text: str = strawberry.field(description="The text that the avatar speaks.")
    avatar_id: OptionalText = field("The avatar, such as `professional-1`.")
    voice: OptionalText = field("The voice, such as `rachel`.")
    background: OptionalText = field("The background behind the avatar.")
    gesture: OptionalText = field("The gestures of the avatar.")
    image_url: OptionalText = field(f"A portrait to animate: {MEDIA}.")
    seed: int | None = field(SEED)


@strawberry.input(description="An image to animate.")
class ImageAnimationInput(FlatInput):
    image_url: str = strawberry.field(description=f"The source image: {MEDIA}.")
    prompt: OptionalText = field("The prompt: a description of the motion.")
    duration: float | None = field("The duration in seconds.")
    motion_intensity: OptionalText = field("The amount of motion: `low`, `medium` or `high`; `medium` by default.")
    aspect_ratio: OptionalText = field("The aspect ratio, width to height, such as `16:9`.")
    resolution: OptionalText = field("The resolution by the number of lines of the shorter side, such as `1080p`.")
    model: OptionalText = field("The id of the model, from `providers { models }`.")
    seed: int | None = field(SEED)


@strawberry.input(description="Music to generate.")
class MusicGenerationInput(FlatInput):
    prompt: str = strawberry.field(description="The prompt: a description of the music.")
    title: OptionalText = field("The title of the song.")
    lyrics: OptionalText = field("The lyrics of the song.")
    style: OptionalText = field("The style, such as `cinematic`.")
    duration: float | None = field("The duration in seconds.")
    instrumental: bool | None = field("Whether to generate music without vocals; false by default.")
    seed: int | None = field(SEED)


@strawberry.input(description="A video to generate. In this input `model` is the id of the provider.")
class VideoCreateInput:
    prompt: str = strawberry.field(description="The prompt: a description of the video.")
    model: OptionalText = field("The id or an alias of the provider; chosen automatically by default.")
    duration: float | None = field("The duration in seconds.")
    aspect_ratio: OptionalText = field("The aspect ratio, width to height, such as `16:9`.")
    resolution: OptionalText = field("The resolution by the number of lines of the shorter side, such as `1080p`.")
    image_url: OptionalText = field(f"The source image: {MEDIA}.")
    seed: int | None = field(SEED)
    webhook_url: OptionalText = field(WEBHOOK_URL)
    idempotency_key: OptionalText = field(IDEMPOTENCY_KEY)
    max_credits: int | None = field(MAX_CREDITS)


FlatFields = FlatInput | VideoCreateInput


def flat_to_request(flat: FlatFields, type: GenerationType) -> GenerationRequest:
    """Convert a flat input to a request."""
    return request_from_flat(type, as_json(flat), provider_field=_provider_field(flat))


def path_in_flat(flat: FlatFields, path: str) -> str:
    """Return the path in the flat input that corresponds to a field path of `generate`."""
    return f"input.{flat_field_name(path, field_names(flat), provider_field=_provider_field(flat))}"


def _provider_field(flat: FlatFields) -> str:
    return "model" if isinstance(flat, VideoCreateInput) else PROVIDER_FIELD
