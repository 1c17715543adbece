"""The flat inputs published beside `generate`: `service` is the provider and `prompt` the text."""

from typing import Any

import strawberry

from generations.requests.plan import GenerationRequest
from schema.enums import GenerationType
from schema.inputs import MEDIA, Text, as_json, field, given

CONTENT = {"prompt": "text", "text": "text", "imageUrl": "image", "title": "title", "lyrics": "lyrics"}
ATTRIBUTES = {"imageUrl": "image_url"}
REQUEST = {"service", "webhookUrl", "idempotencyKey", "maxCredits"}


def flat_request(flat: Any, type: GenerationType) -> GenerationRequest:
    """The request that a flat input stands for: every field not of the content or the request is an option."""
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
    """The path of a field of `generate` as it is called in this flat input."""
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


@strawberry.input(description="What every flat input takes.")
class FlatInput:
    service: Text = field("A provider's id; chosen for you when left out.")
    webhook_url: Text = field("Where to announce the end.")
    idempotency_key: Text = field("Up to 255 characters: a repeated request is the first one again for 24 hours.")
    max_credits: int | None = field("The request is refused if it would cost more.")


@strawberry.input(description="A picture to be made.")
class ImageGenerationInput(FlatInput):
    prompt: str = strawberry.field(description="What the picture shows.")
    width: int | None = field("Pixels across.")
    height: int | None = field("Pixels down.")
    aspect_ratio: Text = field("The aspect ratio, such as `16:9`.")
    version: Text = field("The version of the model.")
    quality: Text = field("The quality, such as `high`.")
    style: Text = field("The style.")
    negative_prompt: Text = field("What must not appear.")
    n: int | None = field("How many pictures.")
    seed: int | None = field("The same seed and prompt make the same again, where supported.")
    format: Text = field("The file format.")


@strawberry.input(description="Words to be spoken.")
class TTSInput(FlatInput):
    text: str = strawberry.field(description="The words.")
    voice: Text = field("The voice.")
    speed: float | None = field("The speed; 1 is normal.")
    emotion: Text = field("The emotion.")
    seed: int | None = field("The same seed and words make the same again, where supported.")
    format: Text = field("The file format.")


@strawberry.input(description="A talking person to be made.")
class AvatarGenerationInput(FlatInput):
    text: str = strawberry.field(description="What the person says.")
    avatar_id: Text = field("Who says it.")
    voice: Text = field("The voice.")
    background: Text = field("What is behind the person.")
    gesture: Text = field("How the person moves.")
    image_url: Text = field(f"A portrait: {MEDIA}.")
    seed: int | None = field("The same seed and words make the same again, where supported.")


@strawberry.input(description="A picture to be set in motion.")
class ImageAnimationInput(FlatInput):
    image_url: str = strawberry.field(description=f"The picture: {MEDIA}.")
    prompt: Text = field("What happens.")
    duration: float | None = field("Seconds.")
    motion_intensity: Text = field("How much moves: `low`, `medium` or `high`.")
    aspect_ratio: Text = field("The aspect ratio, such as `16:9`.")
    resolution: Text = field("The resolution, such as `1080p`.")
    model: Text = field("The model.")
    seed: int | None = field("The same seed and picture make the same again, where supported.")


@strawberry.input(description="Music to be made.")
class MusicGenerationInput(FlatInput):
    prompt: str = strawberry.field(description="What the music is like or about.")
    title: Text = field("The title.")
    lyrics: Text = field("The lyrics.")
    style: Text = field("The style.")
    duration: float | None = field("Seconds.")
    instrumental: bool | None = field("Whether it has no lyrics.")
    seed: int | None = field("The same seed and prompt make the same again, where supported.")


@strawberry.input(description="A video to be made; here `model` is the provider.")
class VideoCreateInput:
    prompt: str = strawberry.field(description="What happens in the video.")
    model: Text = field("A provider's id; chosen for you when left out.")
    duration: float | None = field("Seconds.")
    aspect_ratio: Text = field("The aspect ratio, such as `16:9`.")
    resolution: Text = field("The resolution, such as `1080p`.")
    image_url: Text = field(f"A picture to start from: {MEDIA}.")
    seed: int | None = field("The same seed and prompt make the same again, where supported.")
    webhook_url: Text = field("Where to announce the end.")
    idempotency_key: Text = field("Up to 255 characters: a repeated request is the first one again for 24 hours.")
    max_credits: int | None = field("The request is refused if it would cost more.")

    @property
    def service(self) -> Text:
        return self.model


FlatFields = FlatInput | VideoCreateInput


def video_request(video: VideoCreateInput) -> GenerationRequest:
    """The request that `videoCreate` stands for."""
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
