"""The parameters of Seedream 4.5."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from dialects.apixo_inputs.base import RANDOM_SEED, TaskInput
from kit.errors import InvalidInput
from kit.text import truncate
from providers.backend import JSONObject
from providers.catalogue import Provider
from web.json_api import WHOLE

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
MAX_IMAGES, MAX_REFERENCES, MAX_PROMPT = 10, 14, 5000


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
