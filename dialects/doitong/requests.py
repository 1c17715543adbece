"""The request bodies of the REST API: flat objects, as published, with the provider as `service`."""

from dataclasses import dataclass

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from generations.requests.flat_request import CONTENT_FIELDS, request_from_flat
from generations.requests.generation_request import GenerationRequest
from kit.errors import InvalidInput
from providers.backend import GenerationType
from web.json_api import WholeNumber
from web.request_model import RequestModel

MEDIA = "an `https:` URL, a `data:` URL, an upload (`upl_…`), or an output of a generation (`gen_…`, `gen_….2`)"


class FlatRequest(RequestModel):
    """The fields common to all requests. Every other field is an option of the provider, by its name."""

    model_config = ConfigDict(strict=True, extra="allow", alias_generator=to_camel)

    service: str | None = Field(None, description="The id or an alias of the provider; chosen automatically if absent.")
    webhook_url: str | None = Field(
        None,
        description="An `https:` URL to notify when the generation finishes. The message is signed with the "
        "`webhookSecret` of the account.",
    )
    idempotency_key: str | None = Field(
        None,
        description="The same as the header `Idempotency-Key`: 1 to 255 printable characters. A repeated request with "
        "the same key returns the first generation for 24 hours.",
    )
    max_credits: WholeNumber | None = Field(
        None,
        description="The highest acceptable price in credits. A more expensive request is refused with 402.",
    )
    seed: WholeNumber | None = Field(
        None, description="The seed of the random generator, from 0 to 2147483647; random by default."
    )


class TextToImage(FlatRequest):
    """An image to generate."""

    prompt: str = Field(description="The description of the image.")
    image_url: str | None = Field(None, description=f"An image to edit, for providers that do: {MEDIA}.")
    width: WholeNumber | None = Field(None, description="The width in pixels.")
    height: WholeNumber | None = Field(None, description="The height in pixels.")
    aspect_ratio: str | None = Field(None, description="Width to height, such as `16:9`.")
    version: str | None = Field(None, description="The version of the model, such as `flux-pro-1.1`.")
    quality: str | None = Field(None, description="The quality, such as `high`.")
    style: str | None = Field(None, description="The style, such as `cinematic`.")
    negative_prompt: str | None = Field(None, description="What the image must not show.")
    n: WholeNumber | None = Field(None, description="The number of images, from 1 to 4; each is charged. 1 by default.")
    format: str | None = Field(None, description="The file format, such as `png`.")


class TextToVideo(FlatRequest):
    """A video to generate."""

    prompt: str = Field(description="The description of the video.")
    duration: float | None = Field(None, description="The duration in seconds.")
    resolution: str | None = Field(None, description="The lines of the shorter side, such as `1080p`.")
    aspect_ratio: str | None = Field(None, description="Width to height, such as `16:9`.")
    model: str | None = Field(None, description="The id of the model, for providers with several.")
    mode: str | None = Field(None, description="The mode of the provider, such as `pro`.")
    quality: str | None = Field(None, description="The quality, such as `high`.")
    style: str | None = Field(None, description="The style, such as `cinematic`.")
    negative_prompt: str | None = Field(None, description="What the video must not show.")


class ImageToVideo(FlatRequest):
    """An image to animate."""

    image_url: str = Field(description=f"The image: {MEDIA}.")
    prompt: str | None = Field(None, description="The description of the motion.")
    duration: float | None = Field(None, description="The duration in seconds.")
    motion_intensity: str | None = Field(None, description="The amount of motion: `low`, `medium` or `high`.")
    resolution: str | None = Field(None, description="The lines of the shorter side, such as `1080p`.")
    aspect_ratio: str | None = Field(None, description="Width to height, such as `16:9`.")
    model: str | None = Field(None, description="The id of the model, for providers with several.")


class Avatar(FlatRequest):
    """A video of a speaking avatar to generate."""

    text: str = Field(description="The text that the avatar speaks.")
    avatar_id: str | None = Field(None, description="The avatar, such as `professional-1`.")
    voice: str | None = Field(None, description="The voice, such as `rachel`.")
    background: str | None = Field(None, description="The background behind the avatar.")
    gesture: str | None = Field(None, description="The gestures of the avatar.")
    image_url: str | None = Field(None, description=f"A portrait to animate: {MEDIA}.")


class Speech(FlatRequest):
    """Speech to synthesize."""

    text: str = Field(description="The text to speak.")
    voice: str | None = Field(None, description="The voice, such as `rachel`.")
    speed: float | None = Field(None, description="The speed of the voice, from 0.5 to 2; 1 by default.")
    emotion: str | None = Field(None, description="The emotion of the voice.")
    format: str | None = Field(None, description="The file format, such as `mp3`.")


class Music(FlatRequest):
    """Music to generate."""

    prompt: str = Field(description="The description of the music.")
    title: str | None = Field(None, description="The title of the song.")
    lyrics: str | None = Field(None, description="The lyrics of the song.")
    style: str | None = Field(None, description="The style, such as `cinematic`.")
    duration: float | None = Field(None, description="The duration in seconds.")
    instrumental: bool | None = Field(None, description="Whether there are no vocals; false by default.")


@dataclass(frozen=True, slots=True)
class Creation:
    """A path that creates generations, and its operation: in lower case, the field of `data` in the response."""

    path: str
    operation: str
    media: GenerationType
    body: type[FlatRequest]


CREATIONS = (
    Creation("/v1/text_to_image", "generateImage", GenerationType.IMAGE, TextToImage),
    Creation("/v1/text_to_video", "generateVideo", GenerationType.VIDEO, TextToVideo),
    Creation("/v1/image_to_video", "animateImage", GenerationType.VIDEO, ImageToVideo),
    Creation("/v1/avatar", "generateAvatar", GenerationType.AVATAR, Avatar),
    Creation("/v1/tts", "generateSpeech", GenerationType.AUDIO, Speech),
    Creation("/v1/music", "generateMusic", GenerationType.MUSIC, Music),
)


def to_request(media: GenerationType, flat: FlatRequest) -> GenerationRequest:
    """Convert a body to a request. Raises `InvalidInput` for content that the body does not take."""
    for name in flat.model_extra or ():
        if name in CONTENT_FIELDS:
            allowed = [field for field in CONTENT_FIELDS if field in field_names(flat)]
            raise InvalidInput(f"This request takes no {name!r}.", field=name, allowed=allowed, given=name)
    return request_from_flat(media, flat.model_dump(by_alias=True))


def field_names(flat: FlatRequest) -> list[str]:
    """Return the names on the wire of the documented fields."""
    return [field.alias or name for name, field in type(flat).model_fields.items()]
