"""The bodies of requests, and their conversion."""

import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from dialects.openai.models import find_model
from generations.requests.plan import GenerationRequest
from kit.errors import InvalidInput
from kit.text import truncate
from providers.backend import JSON, GenerationType, JSONObject
from providers.catalogue import Catalogue, Provider
from web.json_api import Whole

AUTO = "auto"
QUALITIES = {"low": "standard", "medium": "standard", "hd": "high", "xhigh": "ultra", "max": "ultra"}
"""Words of OpenAI for values of `quality`; other words are sent as they are."""
VOICES = frozenset(
    {"alloy", "ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx", "sage", "shimmer", "verse"}
)
"""The voices of OpenAI, which no other upstream has."""
SIZE = re.compile(r"([1-9]\d{0,4})x([1-9]\d{0,4})", re.ASCII)
NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?", re.ASCII)


def _scalar(value: Any) -> Any:
    if isinstance(value, dict | list):
        raise PydanticCustomError("scalar", "Input should be a text, a number, true or false")
    return value


class Request(BaseModel):
    """A request. Fields beside those of OpenAI are options: `negative_prompt` is `negativePrompt`."""

    model_config = ConfigDict(strict=True, frozen=True, extra="allow")
    __pydantic_extra__: dict[str, Annotated[Any, AfterValidator(_scalar)]]

    model: str | None = None
    user: str | None = None
    safety_identifier: str | None = None

    def to_request(self, catalogue: Catalogue) -> GenerationRequest:
        """Return the request. Raises `NotFound` and `InvalidInput`."""
        raise NotImplementedError

    def extra_options(self) -> JSONObject:
        """Return the options that OpenAI does not have."""
        return {camel_case(name): value for name, value in self.__pydantic_extra__.items()}


class ImageRequest(Request):
    """The body of `POST /v1/images/generations`."""

    prompt: str
    n: Whole | None = None
    size: str | None = None
    quality: str | None = None
    style: str | None = None
    background: str | None = None
    moderation: str | None = None
    output_format: str | None = None
    output_compression: Whole | None = None
    response_format: Literal["url", "b64_json"] | None = None
    partial_images: Whole | None = None
    stream: Literal[False] | None = None

    def to_request(self, catalogue: Catalogue) -> GenerationRequest:
        type, provider = find_model(catalogue, self.model, GenerationType.IMAGE)
        extra = {"background": self.background, "moderation": self.moderation}
        options: JSONObject = {
            "n": self.n,
            "quality": None if self.quality in (None, AUTO) else QUALITIES.get(self.quality, self.quality),
            "style": self.style,
            "format": self.output_format,
            **_size(self.size, provider, is_image=True),
            **self.extra_options(),
            "extra": _given({"output_compression": self.output_compression, **_without_auto(extra)}) or None,
        }
        return GenerationRequest(
            type=type, provider=_id(provider), input={"text": self.prompt, **self.images()}, options=_given(options)
        )

    def images(self) -> JSONObject:
        """Return the input images."""
        return {}


class ImageReference(BaseModel):
    """An input image of a JSON body."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    image_url: str


class EditRequest(ImageRequest):
    """The body of `POST /v1/images/edits`. In a form, files become uploads, and `image` has their ids."""

    image: str | list[str] | None = None
    references: list[ImageReference] = Field(default_factory=list, alias="images")
    mask: None = None
    input_fidelity: str | None = None

    def images(self) -> JSONObject:
        given = [self.image] if isinstance(self.image, str) else [*(self.image or ())]
        return image_content([*given, *(reference.image_url for reference in self.references)])


class SpeechRequest(Request):
    """The body of `POST /v1/audio/speech`."""

    input: str
    model: str
    voice: str | dict[str, str] | None = None
    instructions: str | None = None
    response_format: str | None = None
    speed: float | Whole | None = None
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
        return GenerationRequest(type=type, provider=_id(provider), input=_given(content), options=_given(options))


class VideoRequest(Request):
    """The body of `POST /v1/videos`."""

    prompt: str
    seconds: str | Whole | None = None
    size: str | None = None
    input_reference: str | ImageReference | None = None

    def to_request(self, catalogue: Catalogue) -> GenerationRequest:
        type, provider = find_model(catalogue, self.model, GenerationType.VIDEO, GenerationType.AVATAR)
        reference = self.input_reference
        image = reference.image_url if isinstance(reference, ImageReference) else reference
        options = {"duration": self._duration(), **_size(self.size, provider, is_image=False), **self.extra_options()}
        content: JSONObject = {"text": self.prompt, **image_content([] if image is None else [image])}
        return GenerationRequest(type=type, provider=_id(provider), input=content, options=_given(options))

    def _duration(self) -> JSON:
        if not isinstance(self.seconds, str):
            return self.seconds
        if not NUMBER.fullmatch(self.seconds):
            message = f"`seconds` is a number, such as 8, not {truncate(self.seconds)}."
            raise InvalidInput(message, field="input.options.duration")
        return float(self.seconds)


def image_content(images: list[str]) -> JSONObject:
    """Return the input fields for these images."""
    return {"image": images[0]} if len(images) == 1 else {"images": [*images]} if images else {}


def form_values(fields: Mapping[str, str], model: type[Request]) -> dict[str, object]:
    """Return the text fields of a form as the values of a JSON body: numbers, true and false where not a text."""
    texts = {name for name, field in model.model_fields.items() if field.annotation in (str, str | None)}
    return {name: value if name in texts else _literal(value) for name, value in fields.items()}


def _literal(text: str) -> object:
    if NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return {"true": True, "false": False}.get(text, text)


def _size(size: str | None, provider: Provider | None, *, is_image: bool) -> JSONObject:
    """Return the options for `1024x1536`: width and height, or shape and resolution for a provider without them."""
    if size is None or size == AUTO:
        return {}
    match = SIZE.fullmatch(size)
    if match is None:
        raise InvalidInput(f"`size` is width x height, such as 1024x1024, not {truncate(size)}.", field="input.size")
    width, height = int(match[1]), int(match[2])
    if is_image if provider is None else "width" in provider.options:
        return {"width": width, "height": height}
    divisor = math.gcd(width, height)
    shape: JSONObject = {"aspectRatio": f"{width // divisor}:{height // divisor}"}
    if provider is None or "resolution" in provider.options:
        shape["resolution"] = f"{min(width, height)}p"
    return shape


def _id(provider: Provider | None) -> str | None:
    return None if provider is None else provider.id


def _given(values: JSONObject) -> JSONObject:
    return {name: value for name, value in values.items() if value is not None}


def _without_auto(values: Mapping[str, str | None]) -> JSONObject:
    return {name: value for name, value in values.items() if value != AUTO}


def camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
