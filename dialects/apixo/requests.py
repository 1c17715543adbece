"""The body of `POST /api/v1/generateTask/{model}`, and its conversion to a request."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from generations.generation import Routing
from generations.requests.generation_request import GenerationRequest
from kit.errors import InvalidInput
from kit.text import truncate
from providers.backend import GenerationType, JSONObject
from providers.catalogue import Provider
from web.image_sizes import tier_size
from web.json_api import WHOLE
from webhooks.event import MessageFormat

ALIASES: Mapping[str, str] = {"veo-3-1": "veo3", "seedance-2-0": "seedance-2", "vidu-q3": "vidu"}
"""The names of models that are not a name of the provider as well."""
SEEDREAM, SUNO = "seedream-4-5", "suno"
SIZE = re.compile(r"(\d{2,5})[xX*](\d{2,5})")
RATIOS = ("1:1", "2:3", "3:2", "3:4", "4:3", "9:16", "16:9", "21:9")
_PUBLISHED = {
    "2K": "2048x2048 1664x2496 2496x1664 1728x2304 2304x1728 1600x2848 2848x1600 3136x1344",
    "4K": "4096x4096 3328x4992 4992x3328 3520x4704 4704x3520 3040x5504 5504x3040 6240x2656",
}
SIZES: Mapping[str, Mapping[str, tuple[int, int]]] = {
    tier: {ratio: (int(w), int(h)) for ratio, (w, h) in zip(RATIOS, SIZE.findall(sizes), strict=True)}
    for tier, sizes in _PUBLISHED.items()
}
"""Width and height of Seedream 4.5 by resolution and aspect ratio, as published."""
RANDOM_SEED = -1
TIERS = ("1K", "2K", "4K")
MAX_IMAGES, MAX_REFERENCES, MAX_PROMPT = 10, 14, 5000
# The modes that say what the input is. Other modes are values of an option of that name, such as `fast` of veo-3-1.
TEXT_MODES = ("text-to-image", "text-to-video", "turbo-text-to-video", "TEXT_2_VIDEO")
FRAME_MODES = ("image-to-image", "image-to-video", "turbo-image-to-video", "first_and_last_frames")
REFERENCE_MODES = ("omni_reference", "REFERENCE_2_VIDEO")
VOCALS = {"m": "male vocals", "f": "female vocals"}
MOTION: Mapping[str, str | None] = {"auto": None, "small": "low", "medium": "medium", "large": "high"}
# Of Suno, in characters.
MAX_SIMPLE_PROMPT, MAX_LYRICS_V4, MAX_LYRICS, MAX_STYLE_V4, MAX_STYLE, MAX_TITLE = 500, 3000, 5000, 200, 1000, 80
Fraction = Annotated[float | None, Field(ge=0, le=1)]

OPTIONS: Mapping[str, str] = {
    "aspect_ratio": "aspectRatio",
    "negative_prompt": "negativePrompt",
    "output_format": "format",
    "max_images": "n",
    "sound": "silent",
}
"""Options with another name."""
CONTENT: Mapping[str, str] = {"text": "prompt", "image": "image_urls", "images": "image_urls", "lyrics": "prompt"}


class TaskRequest(BaseModel):
    """A task to create, with the parameters of its model in `input`."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    request_type: Literal["async", "callback"] = "async"
    callback_url: str | None = None
    provider: Literal["auto", "value", "official"] | None = None
    input: dict[str, Any] | None = None


class TaskInput(BaseModel):
    """The parameters that models have in common. All others are options, by their names in camel case."""

    model_config = ConfigDict(strict=True, frozen=True, extra="allow")

    mode: str | None = None
    prompt: str | None = None
    image_urls: list[str] | None = None
    aspect_ratio: str | None = None
    resolution: str | None = None
    seed: Annotated[int, Field(ge=RANDOM_SEED), WHOLE] | None = None

    def content(self, provider: Provider) -> JSONObject:
        """Return the content, null where it is not set. Raises `InvalidInput`."""
        if not self.prompt:
            raise missing("input.prompt")
        title = (self.__pydantic_extra__ or {}).get("title") if "title" in provider.content else None
        return {"text": self.prompt, "title": title, **self._images()}

    def options(self, provider: Provider) -> JSONObject:
        """Return the options, null where they are not set. Raises `InvalidInput`."""
        others: JSONObject = self.__pydantic_extra__ or {}
        ratio = None if self.aspect_ratio == "auto" else self.aspect_ratio
        return {
            **{_option(name): value for name, value in others.items() if name not in provider.content},
            "mode": None if self.mode in (*TEXT_MODES, *FRAME_MODES, *REFERENCE_MODES) else self.mode,
            "seed": None if self.seed == RANDOM_SEED else self.seed,
            "aspectRatio": ratio,
            **self._size(provider, ratio),
        }

    def _input_mode(self) -> str | None:
        """Return the mode that says what the input is."""
        return self.mode

    def _images(self) -> JSONObject:
        mode, images = self._input_mode(), self.image_urls or []
        if mode in (*FRAME_MODES, *REFERENCE_MODES) and not images:
            raise missing("input.image_urls")
        if mode in TEXT_MODES and images:
            raise InvalidInput(f"The mode {mode} takes no `input.image_urls`.", field="input.image_urls")
        if mode == "first_and_last_frames" and len(images) > 1:
            raise InvalidInput("A video is made from its first frame alone: give one image.", field="input.image_urls")
        if len(images) == 1 and mode not in REFERENCE_MODES:
            return {"image": images[0]}
        return {"images": [*images] or None}

    def _size(self, provider: Provider, ratio: str | None) -> JSONObject:
        if provider.type is not GenerationType.IMAGE or self.resolution is None:
            return {"resolution": self.resolution}
        size = tier_size(provider, self.resolution, ratio) if self.resolution.upper() in TIERS else None
        if size is None:
            message = "`input.resolution` must be 1K, 2K or 4K."
            raise InvalidInput(message, field="input.resolution", allowed=TIERS, given=self.resolution)
        return size


class _Video(TaskInput):
    generationType: Literal["TEXT_2_VIDEO", "REFERENCE_2_VIDEO"] | None = None
    sound: bool | None = None
    movement: Literal["auto", "small", "medium", "large"] | None = None
    # No model here takes these: the lists must be empty, and the switches have no effect.
    video_urls: list[str] | None = Field(None, max_length=0)
    audio_urls: list[str] | None = Field(None, max_length=0)
    bgm: bool | None = None
    web_search: bool | None = None
    enable_prompt_expansion: bool | None = None

    def options(self, provider: Provider) -> JSONObject:
        silent = None if self.sound is None else not self.sound
        return {**super().options(provider), "silent": silent, "motionIntensity": MOTION[self.movement or "auto"]}

    def _input_mode(self) -> str | None:
        return self.generationType or self.mode


class SeedreamInput(TaskInput):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    mode: Literal["text-to-image", "image-to-image"] | None = None
    prompt: str | None = Field(None, max_length=MAX_PROMPT)
    image_urls: list[str] | None = Field(None, max_length=MAX_REFERENCES)
    aspect_ratio: Literal["1:1", "2:3", "3:2", "3:4", "4:3", "9:16", "16:9", "21:9"] | None = None
    resolution: Literal["2K", "4K"] | None = None
    max_images: Annotated[int, Field(ge=1, le=MAX_IMAGES), WHOLE] | None = None
    sequential_image_generation: Literal["disabled", "auto"] | None = None
    size: str | None = None
    prompt_optimize_mode: Literal["standard"] | None = None
    negative_prompt: str | None = None
    output_format: Literal["png", "jpeg"] | None = None

    def options(self, provider: Provider) -> JSONObject:
        width, height = self._sides()
        return {
            "width": width,
            "height": height,
            "n": self.max_images or 1,
            "sequential": self.sequential_image_generation == "auto" or None,
            "seed": None if self.seed == RANDOM_SEED else self.seed,
            "negativePrompt": self.negative_prompt,
            "format": self.output_format,
        }

    def _sides(self) -> tuple[int, int] | tuple[None, None]:
        size = SIZE.fullmatch(self.size or "")
        if size is not None:
            return int(size[1]), int(size[2])
        if self.size is not None and self.size not in SIZES:
            given = truncate(self.size)
            message = f"`input.size` must be 2K, 4K, or a width and height such as 2048x2048, not {given}."
            raise InvalidInput(message, field="input.size")
        tier = self.size or self.resolution or "2K"
        if self.image_urls and self.aspect_ratio is None and tier == "2K":
            return None, None  # the shape of the image
        return SIZES[tier][self.aspect_ratio or "1:1"]


class SunoInput(TaskInput):
    """A song from a prompt; with `customMode`, from a title, a style and its lyrics, which are the prompt."""

    mode: Literal["V4", "V4_5", "V4_5ALL", "V4_5PLUS", "V5", "V5_5"] | None = None
    customMode: bool | None = None
    instrumental: bool | None = None
    style: str | None = None
    title: str | None = Field(None, max_length=MAX_TITLE)
    negativeTags: str | None = None
    vocalGender: Literal["m", "f"] | None = None
    styleWeight: Fraction = None
    weirdnessConstraint: Fraction = None
    audioWeight: Fraction = None

    def content(self, provider: Provider) -> JSONObject:
        self._check_lengths()
        if not self.customMode:
            return {**super().content(provider), "title": self.title}
        for name in ("title", "style") if self.instrumental else ("title", "style", "prompt"):
            if not getattr(self, name):
                raise missing(f"input.{name}")
        lyrics, words = (None, self.prompt or self.title) if self.instrumental else (self.prompt, None)
        text = ", ".join(part for part in (words, self._style()) if part)
        return {"text": text, "lyrics": lyrics, "title": self.title, **self._images()}

    def options(self, provider: Provider) -> JSONObject:
        style = None if self.customMode else self._style()  # part of the text of a custom song
        named = {"style": style, "instrumental": self.instrumental, "negativePrompt": self.negativeTags}
        return {**super().options(provider), "mode": None, **named}

    def _check_lengths(self) -> None:
        lyrics, style = (MAX_LYRICS_V4, MAX_STYLE_V4) if self.mode == "V4" else (MAX_LYRICS, MAX_STYLE)
        limits = {"prompt": lyrics if self.customMode else MAX_SIMPLE_PROMPT, "style": style}
        for name, limit in limits.items():
            length = len(getattr(self, name) or "")
            if length > limit:
                message = f"`input.{name}` has at most {limit:,} characters here, not {length:,}."
                raise InvalidInput(message, field=f"input.{name}")

    def _style(self) -> str | None:
        vocals = None if self.instrumental else VOCALS.get(self.vocalGender or "")
        return ", ".join(text for text in (self.style, vocals) if text) or None


def input_model(provider: Provider) -> type[TaskInput]:
    """Return the model of the inputs of a provider."""
    own: Mapping[str, type[TaskInput]] = {SEEDREAM: SeedreamInput, SUNO: SunoInput}
    return own.get(provider.id, _Video if provider.type is GenerationType.VIDEO else TaskInput)


def missing(field: str) -> InvalidInput:
    """Return the error for a field that is required."""
    return InvalidInput(f"Missing required field: {field}", field=field)


def to_request(
    provider: Provider, given: TaskInput, *, callback_url: str | None, routing: Routing
) -> GenerationRequest:
    """Return the request of an input. Raises `InvalidInput`."""
    return GenerationRequest(
        type=provider.type,
        provider=provider.id,
        input=_without_nulls(given.content(provider)),
        options=_without_nulls(given.options(provider)),
        webhook_url=callback_url,
        webhook_format=None if callback_url is None else MessageFormat.APIXO,
        routing=routing,
    )


def _without_nulls(values: JSONObject) -> JSONObject:
    return {name: value for name, value in values.items() if value is not None}


def _option(name: str) -> str:
    first, *words = name.split("_")
    return OPTIONS.get(name, first + "".join(word.capitalize() for word in words))


def _snake_case(name: str) -> str:
    return re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


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
        return f"input.{next((ours for ours, option in OPTIONS.items() if option == name), _snake_case(name))}"
    return path
