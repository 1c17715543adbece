"""The input schemas of the tools, which validate their arguments."""

from typing import Annotated, Literal

from pydantic import AliasChoices, ConfigDict, Field

from dialects.kubeez.requests import (
    AdCopyRequest,
    DialogueRequest,
    KubeezModel,
    MediaOptions,
    MediaRequest,
    MusicRequest,
    Text,
)
from web.json_api import WHOLE

MAX_WAIT = 45  # seconds
IDEMPOTENCY_KEY = (
    "A unique text of 1 to 255 characters for this request, such as a UUID. Repeat the call with the same key after a "
    "time-out or a lost connection: it returns the first generation and charges nothing again. Use a new key for a "
    "new request."
)
IdempotencyKey = Annotated[Text | None, Field(description=IDEMPOTENCY_KEY, max_length=255)]


class ToolInput(KubeezModel):
    """The arguments of a tool; others are rejected."""

    model_config = ConfigDict(extra="forbid")


class NoInput(ToolInput):
    """No arguments."""


class ModelsInput(ToolInput):
    """Which models to list."""

    model_type: Annotated[
        Literal["image", "video", "music", "speech", "other"] | None,
        Field(description="Only models of this type; all by default."),
    ] = None


class GenerateMediaInput(MediaRequest, ToolInput):
    """A request for an image, a video or an avatar."""

    idempotency_key: IdempotencyKey = None


class GenerateMusicInput(MusicRequest, ToolInput):
    """A request for music."""

    idempotency_key: IdempotencyKey = None


class GenerateDialogueInput(DialogueRequest, ToolInput):
    """A request for speech."""

    idempotency_key: IdempotencyKey = None


class CreateAdCopyInput(AdCopyRequest, ToolInput):
    """A request for variants of an ad."""

    idempotency_key: IdempotencyKey = None


class EstimateInput(MediaOptions, ToolInput):
    """The request to price."""

    prompt: Annotated[
        Text | None, Field(description="The prompt; it determines the price of speech only.", max_length=10_000)
    ] = None


class IdInput(ToolInput):
    """Which generation."""

    id: Annotated[
        Text,
        Field(
            description="The generation_id.",
            validation_alias=AliasChoices("id", "generation_id"),
            min_length=1,
            max_length=100,
        ),
    ]


class StatusInput(IdInput):
    """Which generation, and how long to wait for its end."""

    wait_seconds: Annotated[
        int,
        Field(
            description="How long to wait for the end before answering. With a progress token, changes are reported "
            "meanwhile.",
            ge=0,
            le=MAX_WAIT,
        ),
        WHOLE,
    ] = 0


class AnyStatusInput(StatusInput):
    """Which generation of any kind."""

    kind: Annotated[Literal["media", "music"] | None, Field(description="The kind of generation, if known.")] = None
