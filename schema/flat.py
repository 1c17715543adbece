"""The flat inputs of the mutations published beside `generate`: `service` is the provider, `prompt` the text."""

from typing import Any

import strawberry

from generations.requests.plan import GenerationRequest
from schema.enums import GenerationType
from schema.inputs import IDEMPOTENCY_KEY, MAX_CREDITS, MEDIA, SEED, WEBHOOK_URL, Text, as_json, field, given

CONTENT = {"prompt": "text", "text": "text", "imageUrl": "image", "title": "title", "lyrics": "lyrics"}
ATTRIBUTES = {"imageUrl": "image_url"}
REQUEST = {"service", "webhookUrl", "idempotencyKey", "maxCredits"}


def flat_request(flat: Any, type: GenerationType) -> GenerationRequest:
    """Convert a flat input to a request. Fields that are neither content nor request fields are options."""
    values = as_json(flat)
    return GenerationRequest(
        type=type,
        provider=given(flat.service),
        input={CONTENT[name]: value for name, value in values.items() if name in CONTENT},
        options={name: value for name, value in values.items() if name not in CONTENT and name not in REQUEST},
        webhook_url=given(flat.webhook_url),
        idempotency_key=given(flat.idempotency_key),
        max_credits=given(flat.max_credits),
    )


def flat_field(flat: "FlatFields", field: str | None) -> str | None:
    """Return the path in the flat input that corresponds to a field path of `generate`."""
    if field is None:
        return None
    *path, name = field.split(".")
    if path == ["input", "input"]:
        name = next(
            (ours for ours, theirs in CONTENT.items() if theirs == name and hasattr(flat, ATTRIBUTES.get(ours, ours))),
            name,
        )
    elif field == "input.provider":
        name = "model" if isinstance(flat, VideoCreateInput) else "service"
    return f"input.{name}"


@strawberry.input(description="The fields common to all flat inputs.")
class FlatInput:
    service: Text = field("The id or an alias of the provider; chosen automatically by default.")
    webhook_url: Text = field(WEBHOOK_URL)
    idempotency_key: Text = field(IDEMPOTENCY_KEY)
    max_credits: int | None = field(MAX_CREDITS)


@strawberry.input(description="An image to generate.")
class ImageGenerationInput(FlatInput):
    prompt: str = strawberry.field(description="The prompt: a description of the image.")
    width: int | None = field("The width in pixels.")
    height: int | None = field("The height in pixels.")
    aspect_ratio: Text = field("The aspect ratio, width to height, such as `16:9`.")
    version: Text = field("The version of the model, from `providers { models }`.")
    quality: Text = field("The quality, such as `high`.")
    style: Text = field("The style, such as `cinematic`.")
    negative_prompt: Text = field("What the image must not show.")
    n: int | None = field("The number of images, from 1 to 4; each is charged. 1 by default.")
    seed: int | None = field(SEED)
    format: Text = field("The output file format, such as `png`.")


@strawberry.input(description="Speech to synthesize.")
class TTSInput(FlatInput):
    text: str = strawberry.field(description="The text to speak.")
    voice: Text = field("The voice, such as `rachel`.")
    speed: float | None = field("The speed of the voice, from 0.5 to 2; 1, the normal speed, by default.")
    emotion: Text = field("The emotion of the voice.")
    seed: int | None = field(SEED)
    format: Text = field("The output file format, such as `mp3`.")


@strawberry.input(description="A video of a speaking avatar to generate.")
class AvatarGenerationInput(FlatInput):
    text: str = strawberry.field(description="The text that the avatar speaks.")
    avatar_id: Text = field("The avatar, such as `professional-1`.")
    voice: Text = field("The voice, such as `rachel`.")
    background: Text = field("The background behind the avatar.")
    gesture: Text = field("The gestures of the avatar.")
    image_url: Text = field(f"A portrait to animate: {MEDIA}.")
    seed: int | None = field(SEED)


@strawberry.input(description="An image to animate.")
class ImageAnimationInput(FlatInput):
    image_url: str = strawberry.field(description=f"The source image: {MEDIA}.")
    prompt: Text = field("The prompt: a description of the motion.")
    duration: float | None = field("The duration in seconds.")
    motion_intensity: Text = field("The amount of motion: `low`, `medium` or `high`; `medium` by default.")
    aspect_ratio: Text = field("The aspect ratio, width to height, such as `16:9`.")
    resolution: Text = field("The resolution by the number of lines of the shorter side, such as `1080p`.")
    model: Text = field("The id of the model, from `providers { models }`.")
    seed: int | None = field(SEED)


@strawberry.input(description="Music to generate.")
class MusicGenerationInput(FlatInput):
    prompt: str = strawberry.field(description="The prompt: a description of the music.")
    title: Text = field("The title of the song.")
    lyrics: Text = field("The lyrics of the song.")
    style: Text = field("The style, such as `cinematic`.")
    duration: float | None = field("The duration in seconds.")
    instrumental: bool | None = field("Whether to generate music without vocals; false by default.")
    seed: int | None = field(SEED)


@strawberry.input(description="A video to generate. In this input `model` is the id of the provider.")
class VideoCreateInput:
    prompt: str = strawberry.field(description="The prompt: a description of the video.")
    model: Text = field("The id or an alias of the provider; chosen automatically by default.")
    duration: float | None = field("The duration in seconds.")
    aspect_ratio: Text = field("The aspect ratio, width to height, such as `16:9`.")
    resolution: Text = field("The resolution by the number of lines of the shorter side, such as `1080p`.")
    image_url: Text = field(f"The source image: {MEDIA}.")
    seed: int | None = field(SEED)
    webhook_url: Text = field(WEBHOOK_URL)
    idempotency_key: Text = field(IDEMPOTENCY_KEY)
    max_credits: int | None = field(MAX_CREDITS)

    @property
    def service(self) -> Text:
        return self.model


FlatFields = FlatInput | VideoCreateInput


def video_request(video: VideoCreateInput) -> GenerationRequest:
    """Convert the input of `videoCreate` to a request."""
    request = flat_request(video, GenerationType.VIDEO)
    options = {name: value for name, value in (request.options or {}).items() if name != "model"}
    return GenerationRequest(
        type=request.type,
        provider=request.provider,
        input=request.input,
        options=options,
        webhook_url=request.webhook_url,
        idempotency_key=request.idempotency_key,
        max_credits=request.max_credits,
    )
