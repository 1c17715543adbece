"""The bodies of requests for images and speech."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from dialects.openai.requests import ImageReference, Request, SizedRequest, id_of, image_content, without_none
from dialects.openai.sizes import AUTO, size_options
from dialects.openai_models.models import find_model
from generations.requests.generation_request import GenerationRequest
from kit.errors import InvalidInput
from providers.backend import GenerationType, JSONObject
from providers.catalogue import Catalogue
from web.json_api import FalseOnly, WholeNumber

QUALITIES = {"low": "standard", "medium": "standard", "hd": "high", "xhigh": "ultra", "max": "ultra"}
"""Words of OpenAI for values of `quality`; other words are sent as they are."""
VOICES = frozenset(
    {"alloy", "ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx", "sage", "shimmer", "verse"}
)
"""The voices of OpenAI, which no other upstream has."""


class ImageRequest(SizedRequest):
    """The body of `POST /v1/images/generations`."""

    prompt: str
    n: WholeNumber | None = None
    quality: str | None = None
    style: str | None = None
    background: str | None = None
    moderation: str | None = None
    output_format: str | None = None
    output_compression: WholeNumber | None = None
    response_format: Literal["url", "b64_json"] | None = None
    partial_images: WholeNumber | None = None
    stream: FalseOnly | None = None

    def to_request(self, catalogue: Catalogue) -> GenerationRequest:
        type, provider = find_model(catalogue, self.model, GenerationType.IMAGE)
        extra = {"background": self.background, "moderation": self.moderation}
        options: JSONObject = {
            "n": self.n,
            "quality": None if self.quality in (None, AUTO) else QUALITIES.get(self.quality, self.quality),
            "style": self.style,
            "format": self.output_format,
            **size_options(self.size, provider, is_image=True),
            **self.extra_options(),
            "extra": without_none({"output_compression": self.output_compression, **_without_auto(extra)}) or None,
        }
        return GenerationRequest(
            type=type,
            provider=id_of(provider),
            input={"text": self.prompt, **self.images()},
            options=without_none(options),
        )

    def images(self) -> JSONObject:
        """Return the input images."""
        return {}


class EditRequest(ImageRequest):
    """The body of `POST /v1/images/edits`. In a form, files become uploads, and `image` has their ids."""

    image: str | list[str] | None = None
    references: list[ImageReference] = Field(default_factory=list, alias="images")
    mask: None = None
    input_fidelity: str | None = None

    def images(self) -> JSONObject:
        given = [self.image] if isinstance(self.image, str) else [*(self.image or ())]
        given += [reference.image_url for reference in self.references]
        if not given:
            raise InvalidInput("Give the picture to edit as `image`.", field="input.input.image")
        return image_content(given)


class SpeechRequest(Request):
    """The body of `POST /v1/audio/speech`."""

    input: str
    model: str
    voice: str | dict[str, str] | None = None
    instructions: str | None = None
    response_format: str | None = None
    speed: float | WholeNumber | None = None
    stream_format: Literal["audio"] | None = None

    def to_request(self, catalogue: Catalogue) -> GenerationRequest:
        type, provider = find_model(catalogue, self.model, GenerationType.AUDIO)
        options: JSONObject = {
            "format": self.response_format,
            "speed": self.speed,
            "emotion": self.instructions or None,
            **self.extra_options(),
        }
        voice = self.voice.get("id") if isinstance(self.voice, dict) else self.voice
        has_openai = provider is not None and any(route.backend == "openai" for route in provider.routes)
        content: JSONObject = {"text": self.input, "voice": voice if has_openai or voice not in VOICES else None}
        return GenerationRequest(
            type=type, provider=id_of(provider), input=without_none(content), options=without_none(options)
        )


def _without_auto(values: Mapping[str, str | None]) -> JSONObject:
    return {name: value for name, value in values.items() if value != AUTO}
