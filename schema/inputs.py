"""The inputs, and what they mean to the domain."""

from dataclasses import fields
from typing import Any

import strawberry
from strawberry.scalars import JSON

from generations.requests.plan import GenerationRequest
from providers.backend import JSONObject
from schema.enums import GenerationType, Priority, Stage, Status

Text = str | None
MEDIA = "an https address, a `data:` URL, an upload (`upl_…`), or an output of yours (`gen_…`, `gen_….2`)"


def field(description: str) -> Any:
    """An input field that may be left out."""
    return strawberry.field(default=strawberry.UNSET, description=description)


@strawberry.input(description="What to make it from. Which fields a provider takes is in `providers { modes }`.")
class ContentInput:
    text: Text = field("The prompt, or the words to be spoken.")
    image: Text = field(f"A picture to start from: {MEDIA}.")
    images: list[str] | None = field(f"Several pictures, each {MEDIA}.")
    video: Text = field(f"A video to start from: {MEDIA}.")
    audio: Text = field(f"Sound to use: {MEDIA}.")
    voice: Text = field("The voice; also accepted in `options`.")
    avatar_id: Text = field("The avatar; also accepted in `options`.")
    title: Text = field("The title of a song.")
    lyrics: Text = field("The lyrics of a song.")
    negative_text: Text = field("What must not appear.")


@strawberry.input(description="How to make it. Which options a provider takes, with what values, is in `providers`.")
class OptionsInput:
    width: int | None = field("Pixels across.")
    height: int | None = field("Pixels down.")
    aspect_ratio: Text = field("The aspect ratio, such as `16:9`.")
    resolution: Text = field("The resolution, such as `1080p`.")
    duration: float | None = field("Seconds.")
    fps: int | None = field("Frames a second.")
    n: int | None = field("How many pictures.")
    seed: int | None = field("The same seed and input make the same again, where supported.")
    format: Text = field("The file format, such as `png` or `mp3`.")
    model: Text = field("The model.")
    version: Text = field("The version of the model.")
    mode: Text = field("The mode, such as `pro`.")
    quality: Text = field("The quality, such as `high`.")
    style: Text = field("The style, such as `cinematic`.")
    motion_intensity: Text = field("How much moves: `low`, `medium` or `high`.")
    negative_prompt: Text = field("What must not appear.")
    strength: float | None = field("How far to go from the given picture, 0 to 1.")
    silent: bool | None = field("Whether to leave out the sound.")
    voice: Text = field("The voice.")
    emotion: Text = field("The emotion of the voice.")
    speed: float | None = field("The speed of the voice; 1 is normal.")
    language: Text = field("The language, such as `en`.")
    avatar_id: Text = field("The avatar.")
    background: Text = field("What is behind the avatar.")
    gesture: Text = field("How the avatar moves.")
    instrumental: bool | None = field("Whether the music has no lyrics.")
    extra: JSON | None = field("An object passed on to the provider as it is.")


@strawberry.input(description="A generation to be made.")
class GenerateInput:
    type: GenerationType = strawberry.field(description="What to make.")
    input: ContentInput = strawberry.field(description="What to make it from.")
    provider: Text = field("A provider's id; left out or `auto`, it is chosen by `priority`.")
    options: OptionsInput | None = field("How to make it.")
    priority: Priority | None = strawberry.field(
        default=Priority.BALANCED, description="What matters most when the provider is chosen."
    )
    webhook_url: Text = field("Where to announce the end.")
    idempotency_key: Text = field("Up to 255 characters: a repeated request is the first one again for 24 hours.")
    quote_id: strawberry.ID | None = field("From `estimate`: the price cannot be higher.")
    max_credits: int | None = field("The request is refused if it would cost more.")

    def to_request(self) -> GenerationRequest:
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
        )


@strawberry.input(description="Which generations to list; fields that are left out do not matter.")
class GenerationFilter:
    type: list[GenerationType] | None = field("Of one of these types.")
    status: list[Status] | None = field("With one of these statuses.")
    stage: list[Stage] | None = field("At one of these stages.")
    provider: list[str] | None = field("From one of these providers, by id.")

    def to_filters(self) -> dict[str, list[str]]:
        return {
            item.name: [str(value) for value in values if "\0" not in value]  # PostgreSQL takes no NUL, and has none
            for item in fields(self)
            if (values := given(getattr(self, item.name))) is not None
        }


def given(value: Any) -> Any:
    """The value of an input field, None for one that was left out."""
    return None if value is strawberry.UNSET else value


def as_json(value: Any) -> JSONObject:
    """An input object as JSON with GraphQL's names, without what was left out or null."""
    if value is None:
        return {}
    names = {item.name: getattr(value, item.name) for item in fields(value)}
    return {_camel(name): item for name, item in names.items() if given(item) is not None}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
