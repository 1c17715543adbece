"""The body of `POST /api/v1/generateTask/{model}`, and its conversion to a request."""

import math
import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from generations.generation import Routing
from generations.requests.generation_request import GenerationRequest
from kit.errors import InvalidInput
from kit.text import truncate
from providers.backend import GenerationType, JSONObject
from providers.catalogue import Provider
from web.json_api import Whole
from webhooks.event import MessageFormat

ALIASES: Mapping[str, str] = {"veo-3-1": "veo3", "seedance-2-0": "seedance-2"}
"""The names of models that are not a name of the provider as well."""
SEEDREAM = "seedream-4-5"
# Width and height by resolution and aspect ratio, as published.
SIZES: Mapping[str, Mapping[str, tuple[int, int]]] = {
    "2K": {
        "1:1": (2048, 2048),
        "2:3": (1664, 2496),
        "3:2": (2496, 1664),
        "3:4": (1728, 2304),
        "4:3": (2304, 1728),
        "9:16": (1600, 2848),
        "16:9": (2848, 1600),
        "21:9": (3136, 1344),
    },
    "4K": {
        "1:1": (4096, 4096),
        "2:3": (3328, 4992),
        "3:2": (4992, 3328),
        "3:4": (3520, 4704),
        "4:3": (4704, 3520),
        "9:16": (3040, 5504),
        "16:9": (5504, 3040),
        "21:9": (6240, 2656),
    },
}
SIDES: Mapping[str, int] = {"1K": 1024, "2K": 2048, "4K": 4096}
"""Pixels of a side of a square image of other models."""
STEP, MAX_SIDE = 8, 4096  # pixels
SIZE = re.compile(r"(\d{2,5})[xX*](\d{2,5})")
MAX_IMAGES, MAX_REFERENCES, MAX_PROMPT = 10, 14, 5000

OPTIONS: Mapping[str, str] = {
    "aspect_ratio": "aspectRatio",
    "negative_prompt": "negativePrompt",
    "output_format": "format",
    "max_images": "n",
    "negativeTags": "negativePrompt",
}
"""Options with another name."""
CONTENT: Mapping[str, str] = {"text": "prompt", "image": "image_urls", "images": "image_urls", "lyrics": "prompt"}
IGNORED = frozenset({"mode", "prompt", "image_urls", "customMode", "generationType", "prompt_optimize_mode"})
"""Fields that are not options: converted to content, or said by the content as well."""


class TaskRequest(BaseModel):
    """A task to create, with the parameters of its model in `input`."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    request_type: Literal["async", "callback"] = "async"
    callback_url: str | None = None
    provider: Literal["auto", "value", "official"] = "auto"
    input: dict[str, Any] | None = None


class _Input(BaseModel):
    """The parameters that models have in common. All others are options, by their names in camel case."""

    model_config = ConfigDict(strict=True, frozen=True, extra="allow")

    mode: str | None = None
    prompt: str | None = None
    image_urls: list[str] | None = None
    aspect_ratio: str | None = None
    resolution: str | None = None
    sound: bool | None = None


class _Seedream(_Input):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    mode: Literal["text-to-image", "image-to-image"] | None = None
    prompt: str | None = Field(None, max_length=MAX_PROMPT)
    image_urls: list[str] | None = Field(None, max_length=MAX_REFERENCES)
    aspect_ratio: Literal["1:1", "2:3", "3:2", "3:4", "4:3", "9:16", "16:9", "21:9"] | None = None
    resolution: Literal["2K", "4K"] | None = None
    max_images: Whole | None = Field(None, ge=1, le=MAX_IMAGES)
    sequential_image_generation: Literal["disabled", "auto"] | None = None
    size: str | None = None
    prompt_optimize_mode: Literal["standard"] | None = None
    seed: Whole | None = None
    negative_prompt: str | None = None
    output_format: Literal["png", "jpeg"] | None = None

    def options(self) -> JSONObject:
        """Return the options of the provider."""
        width, height = self._size()
        return {
            "width": width,
            "height": height,
            "n": self.max_images or 1,
            "sequential": self.sequential_image_generation == "auto" or None,
            "seed": self.seed,
            "negativePrompt": self.negative_prompt,
            "format": self.output_format,
        }

    def _size(self) -> tuple[int, int]:
        size = SIZE.fullmatch(self.size or "")
        if size is not None:
            return int(size[1]), int(size[2])
        if self.size is not None and self.size not in SIZES:
            given = truncate(self.size)
            message = f"`input.size` must be 2K, 4K, or a width and height such as 2048x2048, not {given}."
            raise InvalidInput(message, field="input.size")
        return SIZES[self.size or self.resolution or "2K"][self.aspect_ratio or "1:1"]


class WrappedInput(BaseModel):
    """An input in its place, so that errors name the fields as the client does."""

    model_config = ConfigDict(strict=True, frozen=True)

    input: _Input


class WrappedSeedream(WrappedInput):
    """An input of Seedream 4.5."""

    input: _Seedream


def missing(field: str) -> InvalidInput:
    """Return the error for a field that is required."""
    return InvalidInput(f"Missing required field: {field}", field=field)


def to_request(provider: Provider, given: _Input, *, callback_url: str | None, routing: Routing) -> GenerationRequest:
    """Return the request of an input. Raises `InvalidInput`."""
    options = given.options() if isinstance(given, _Seedream) else _options(provider, given)
    return GenerationRequest(
        type=provider.type,
        provider=provider.id,
        input=_given(_content(provider, given)),
        options=_given(options),
        webhook_url=callback_url,
        webhook_format=None if callback_url is None else MessageFormat.APIXO,
        routing=routing,
    )


def _given(values: JSONObject) -> JSONObject:
    return {name: value for name, value in values.items() if value is not None}


def _content(provider: Provider, given: _Input) -> JSONObject:
    extra: JSONObject = given.__pydantic_extra__ or {}
    images = given.image_urls or []
    if given.mode == "image-to-image" and not images:
        raise missing("input.image_urls")
    if given.mode == "text-to-image" and images:
        raise InvalidInput("`input.image_urls` needs the mode image-to-image.", field="input.image_urls")
    if not given.prompt:
        raise missing("input.prompt")
    if provider.type is GenerationType.MUSIC and extra.get("customMode") and not extra.get("instrumental"):
        return {"text": extra.get("style"), "lyrics": given.prompt, "title": extra.get("title")}
    content: JSONObject = {"text": given.prompt}
    if "title" in provider.content:
        content["title"] = extra.get("title")
    match images:
        case []:
            return content
        case [image]:
            return {**content, "image": image}
        case _:
            return {**content, "images": [*images]}


def _options(provider: Provider, given: _Input) -> JSONObject:
    others: JSONObject = given.__pydantic_extra__ or {}
    options = {_option(name): value for name, value in others.items() if name not in IGNORED | provider.content.keys()}
    if given.sound is not None:
        options["silent"] = not given.sound
    if given.mode in ("fast", "standard") and "mode" in provider.options:
        options["mode"] = given.mode
    ratio = None if given.aspect_ratio == "auto" else given.aspect_ratio
    if provider.type is GenerationType.IMAGE and given.resolution is not None:
        return {**options, **_image_size(given.resolution, ratio)}
    return {**options, "aspectRatio": ratio, "resolution": given.resolution}


def _image_size(resolution: str, ratio: str | None) -> JSONObject:
    """Return the sides with the area of a square of that resolution."""
    side = SIDES.get(resolution.upper())
    if side is None:
        message = "`input.resolution` must be 1K, 2K or 4K."
        raise InvalidInput(message, field="input.resolution", allowed=list(SIDES), given=resolution)
    match = re.fullmatch(r"([1-9]\d?):([1-9]\d?)", ratio or "1:1")
    if match is None:
        raise InvalidInput("`input.aspect_ratio` must be a ratio such as 16:9.", field="input.aspect_ratio")
    across = math.sqrt(int(match[1]) / int(match[2]))
    scale = min(side, MAX_SIDE / max(across, 1 / across))
    return {"width": _stepped(scale * across), "height": _stepped(scale / across)}


def _stepped(pixels: float) -> int:
    return max(STEP, round(pixels / STEP) * STEP)


def _option(name: str) -> str:
    first, *words = name.split("_")
    return OPTIONS.get(name, first + "".join(word.capitalize() for word in words))


def published_field(path: str) -> str:
    """Return the field of a task for the path of a field of `generate`."""
    parent, _, name = path.rpartition(".")
    if path == "input.webhookUrl":
        return "callback_url"
    if path == "input.idempotencyKey":
        return "Idempotency-Key"
    if path.startswith("input.input."):
        kind, *index = path.removeprefix("input.input.").split(".")
        return ".".join(["input", CONTENT.get(kind, kind), *(index or (["0"] if kind == "image" else []))])
    if parent == "input.options":
        return f"input.{next((ours for ours, option in OPTIONS.items() if option == name), name)}"
    return path
