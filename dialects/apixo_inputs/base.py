"""The parameters that models have in common, and those of videos."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from kit.errors import InvalidInput
from kit.names import camel_case
from providers.backend import GenerationType, JSONObject
from providers.catalogue import Provider
from web.image_sizes import tier_size
from web.json_api import WHOLE
from web.request_model import RequestModel

RANDOM_SEED = -1
TIERS = ("1K", "2K", "4K")
# The modes that say what the input is. Other modes are values of an option of that name, such as `fast` of veo-3-1.
TEXT_MODES = ("text-to-image", "text-to-video", "turbo-text-to-video", "TEXT_2_VIDEO")
FRAME_MODES = ("image-to-image", "image-to-video", "turbo-image-to-video", "first_and_last_frames")
REFERENCE_MODES = ("omni_reference", "REFERENCE_2_VIDEO")
MOTION: Mapping[str, str | None] = {"auto": None, "small": "low", "medium": "medium", "large": "high"}

OPTIONS: Mapping[str, str] = {
    "aspect_ratio": "aspectRatio",
    "negative_prompt": "negativePrompt",
    "output_format": "format",
    "max_images": "n",
    "sound": "silent",
}
"""Options with another name."""


class TaskInput(RequestModel):
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


class VideoInput(TaskInput):
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


def missing(field: str) -> InvalidInput:
    """Return the error for a field that is required."""
    return InvalidInput(f"Missing required field: {field}", field=field)


def _option(name: str) -> str:
    return OPTIONS.get(name, camel_case(name))
