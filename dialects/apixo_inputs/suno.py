"""The parameters of songs by Suno."""

from typing import Annotated, Literal

from pydantic import Field

from dialects.apixo_inputs.base import TaskInput, missing
from kit.errors import InvalidInput
from providers.backend import JSONObject
from providers.catalogue import Provider

VOCALS = {"m": "male vocals", "f": "female vocals"}
# In characters.
MAX_SIMPLE_PROMPT, MAX_LYRICS_V4, MAX_LYRICS, MAX_STYLE_V4, MAX_STYLE, MAX_TITLE = 500, 3000, 5000, 200, 1000, 80
Fraction = Annotated[float | None, Field(ge=0, le=1)]


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
