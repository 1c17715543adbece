"""The request bodies, and their conversion to requests."""

import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from generations.requests.plan import GenerationRequest
from kit.errors import InvalidInput, NotFound
from kit.text import truncate
from providers.backend import GenerationType, JSONObject
from providers.catalogue import Catalogue, Provider
from web.json_api import Whole

SIZE = re.compile(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})", re.ASCII)
QUALITIES: Mapping[str, str | None] = {"auto": None, "low": None, "medium": None, "standard": None, "hd": "high"}
"""OpenAI's words for `quality`; None for the provider's default."""
DEFAULT_IMAGE_MODEL, DEFAULT_VIDEO_MODEL = "gpt-image-2", "seedance-2"
FIELDS: Mapping[str, str] = {
    "input.provider": "model",
    "input.input.text": "prompt",
    "input.options.width": "size",
    "input.options.height": "size",
    "input.options.aspectRatio": "size",
    "input.options.resolution": "size",
    "input.options.duration": "seconds",
    "input.options.format": "output_format",
    "input.idempotencyKey": "Idempotency-Key",
}
OPTIONS = "input.options."


class ModelNotFound(NotFound):
    """No provider of the requested kind has this name."""


def _scalar(value: Any) -> Any:
    if isinstance(value, dict | list):
        raise PydanticCustomError("scalar", "Input should be a text, a number, true or false")
    return value


def _seconds(value: object) -> object:
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 5:
        return int(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


class _Request(BaseModel):
    """Fields beside those that are published are options: `negative_prompt` is `negativePrompt`."""

    model_config = ConfigDict(strict=True, frozen=True, extra="allow")
    __pydantic_extra__: dict[str, Annotated[Any, AfterValidator(_scalar)]]

    user: str | None = None

    def _options(self, **options: object) -> JSONObject:
        given = {**(self.__pydantic_extra__ or {}), **options}
        return {_camel(name): value for name, value in given.items() if value is not None}


class ImageRequest(_Request):
    """`POST /v1/images/generations`, and the text fields of `POST /v1/images/edits`."""

    prompt: str
    model: str | None = None
    n: Whole | None = None
    size: str | None = None
    quality: str | None = None
    response_format: Literal["url", "b64_json"] | None = None
    output_format: Literal["png", "jpeg", "webp"] | None = None
    background: Literal["auto", "opaque"] | None = None
    moderation: str | None = None
    stream: Literal[False] | None = None

    def to_request(self, catalogue: Catalogue, images: tuple[str, ...] = ()) -> GenerationRequest:
        """Return the request. Raises `ModelNotFound` and `InvalidInput`."""
        provider = find_provider(catalogue, self.model or DEFAULT_IMAGE_MODEL, GenerationType.IMAGE)
        quality = QUALITIES.get(self.quality, self.quality) if self.quality is not None else None
        options = self._options(n=self.n, quality=quality, format=self.output_format, **_shape(provider, self.size))
        content: JSONObject = {"text": self.prompt}
        if images:
            content |= {"image": images[0]} if len(images) == 1 else {"images": [*images]}
        return GenerationRequest(GenerationType.IMAGE, content, provider=provider.id, options=options)


class Voice(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    id: str


class SpeechRequest(_Request):
    """`POST /v1/audio/speech`."""

    model: str
    input: str
    voice: str | Voice | None = None
    response_format: Literal["mp3", "opus", "flac", "wav"] | None = None
    speed: Annotated[float, Field(allow_inf_nan=False)] | None = None
    stream_format: Literal["audio"] | None = None

    def to_request(self, catalogue: Catalogue) -> GenerationRequest:
        """Return the request. Raises `ModelNotFound`."""
        provider = find_provider(catalogue, self.model, GenerationType.AUDIO)
        voice = self.voice.id if isinstance(self.voice, Voice) else self.voice
        options = self._options(voice=voice, format=self.response_format, speed=self.speed)
        return GenerationRequest(GenerationType.AUDIO, {"text": self.input}, provider=provider.id, options=options)


class Reference(BaseModel):
    """The image that a video starts with, by URL."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    image_url: str


class VideoRequest(_Request):
    """`POST /v1/videos`."""

    prompt: str
    model: str | None = None
    seconds: Annotated[int, BeforeValidator(_seconds)] | None = None
    size: str | None = None
    input_reference: Reference | None = None

    def to_request(self, catalogue: Catalogue, image: str | None = None) -> GenerationRequest:
        """Return the request. Raises `ModelNotFound` and `InvalidInput`."""
        provider = find_provider(catalogue, self.model or DEFAULT_VIDEO_MODEL, GenerationType.VIDEO)
        options = self._options(duration=self.seconds, **_shape(provider, self.size))
        image = self.input_reference.image_url if self.input_reference is not None else image
        content: JSONObject = {"text": self.prompt} if image is None else {"text": self.prompt, "image": image}
        return GenerationRequest(GenerationType.VIDEO, content, provider=provider.id, options=options)


class ListQuery(BaseModel):
    """The query of `GET /v1/videos`."""

    model_config = ConfigDict(extra="ignore")

    after: str | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    order: Literal["asc", "desc"] = "desc"


def find_provider(catalogue: Catalogue, model: str, type: GenerationType) -> Provider:
    """Return the provider with this id or alias. Raises `ModelNotFound`."""
    try:
        return catalogue.get(model, type=type, field="model")
    except InvalidInput as error:
        raise ModelNotFound(error.message, **error.extensions) from None


def published_field(path: str) -> str:
    """Return the field of a request for the path of a field of `generate`."""
    if path.startswith("input.input.image"):
        return "image"
    published = FIELDS.get(path)
    if published is not None:
        return published
    return _snake(path.removeprefix(OPTIONS)) if path.startswith(OPTIONS) else path


def _shape(provider: Provider, size: str | None) -> dict[str, object]:
    """Return the options of a size such as `1280x720`: width and height, or aspect ratio and resolution."""
    if size in (None, "auto"):
        return {}
    match = SIZE.fullmatch(size or "")
    if match is None:
        raise InvalidInput(
            f"`size` is {truncate(size)}: give width and height in pixels, such as 1024x1024.", field="size"
        )
    width, height = int(match[1]), int(match[2])
    if "width" in provider.options and "height" in provider.options:
        return {"width": width, "height": height}
    divisor = math.gcd(width, height)
    shape = {"aspectRatio": f"{width // divisor}:{height // divisor}", "resolution": f"{min(width, height)}p"}
    if provider.type is GenerationType.IMAGE:
        shape.pop("resolution")
    return {name: value for name, value in shape.items() if name in provider.options}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
