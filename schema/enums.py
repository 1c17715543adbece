"""The enums of the domain, as GraphQL shows them. The other modules of this package take them from here."""

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

import strawberry

from accounts.keys import Scope
from accounts.plans import PlanName
from credits.ledger import TransferKind
from generations.generation import Priority, Stage, Status
from kit.errors import ErrorCode
from providers.backend import GenerationType
from providers.catalogue import OptionType
from webhooks.deliveries import DeliveryStatus as WebhookDeliveryStatus
from webhooks.event import EventType as WebhookEvent

__all__ = [
    "ErrorCode",
    "GenerationType",
    "OptionType",
    "PlanName",
    "Priority",
    "Scope",
    "Stage",
    "Status",
    "TransferKind",
    "WebhookDeliveryStatus",
    "WebhookEvent",
]

E = TypeVar("E", bound=Enum)


def _expose(enum: type[E], *, name: str, description: str, values: Mapping[E, str]) -> None:
    """Make a domain enum a GraphQL enum; every member needs its description."""
    strawberry.enum(enum, name=name, description=description)
    definition = enum.__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        value.description = values[enum(value.value)]


_expose(
    GenerationType,
    name="GenerationType",
    description="The kinds of media that can be made.",
    values={
        GenerationType.IMAGE: "A picture, or several.",
        GenerationType.VIDEO: "A video from text or from pictures.",
        GenerationType.AUDIO: "Speech from text.",
        GenerationType.AVATAR: "A talking person.",
        GenerationType.MUSIC: "A piece of music with title, lyrics and cover.",
    },
)
_expose(
    Scope,
    name="Scope",
    description="What a key may be used for.",
    values={
        Scope.GENERATE: "Generating, cancelling and retrying.",
        Scope.READ: "Reading generations and the account.",
        Scope.WEBHOOKS: "Looking after webhooks.",
        Scope.KEYS: "Looking after keys.",
        Scope.ADMIN: "Everything.",
    },
)
_expose(
    Status,
    name="GenerationStatus",
    description="How a generation stands.",
    values={
        Status.PROCESSING: "Accepted and not yet ended; `stage` says how far it is.",
        Status.COMPLETED: "Delivered and paid.",
        Status.FAILED: "Ended with an error; the credits were released.",
        Status.CANCELLED: "Cancelled by its owner; the credits were released.",
    },
)
_expose(
    Stage,
    name="GenerationStage",
    description="How far the work is.",
    values={
        Stage.QUEUED: "Accepted, waiting for its turn.",
        Stage.SUBMITTED: "On its way to the provider.",
        Stage.RUNNING: "The provider is at work.",
        Stage.STORING: "Made; its files are being checked and stored.",
        Stage.DONE: "Ended, whichever way.",
    },
)
_expose(
    Priority,
    name="Priority",
    description="What matters most when the provider is chosen for you.",
    values={
        Priority.BALANCED: "Quality, speed and price alike.",
        Priority.QUALITY: "The best result.",
        Priority.SPEED: "The quickest result.",
        Priority.COST: "The cheapest result.",
    },
)
_expose(
    ErrorCode,
    name="ErrorCode",
    description="Every code an error can carry, in `errors[].extensions.code` and on a failed generation.",
    values={
        ErrorCode.INVALID_INPUT: "A value the provider or a rule does not allow; see `field` and `allowedValues`.",
        ErrorCode.INVALID_MEDIA_URL: "An input address that is unreachable, private, too large or not what it says.",
        ErrorCode.UNAUTHENTICATED: "No key, or a wrong one.",
        ErrorCode.INSUFFICIENT_CREDITS: "Too few credits; see `creditsRequired` and `creditsAvailable`.",
        ErrorCode.SPEND_CAP_REACHED: "The price is over the most that may be spent.",
        ErrorCode.FORBIDDEN: "The key lacks the scope.",
        ErrorCode.NOT_FOUND: "There is no such thing of yours.",
        ErrorCode.IDEMPOTENCY_MISMATCH: "The idempotency key was used for another request.",
        ErrorCode.QUOTE_EXPIRED: "The quote is unknown or past its time.",
        ErrorCode.CONTENT_VIOLATION: "Refused by moderation.",
        ErrorCode.RATE_LIMIT: "A limit of the plan was reached; see `limit` and `retryAfter`.",
        ErrorCode.INTERNAL: "Our fault; the request id helps us find it.",
        ErrorCode.PROVIDER_UNAVAILABLE: "Not configured or down: the provider, the media store or the database.",
        ErrorCode.GENERATION_FAILED: "The provider tried and did not deliver.",
        ErrorCode.DEADLINE_EXCEEDED: "It took longer than its type is given.",
    },
)
_expose(
    PlanName,
    name="PlanName",
    description="The plans an account can be on.",
    values={
        PlanName.FREE: "10 generations a minute, 1 at a time, 100 a day.",
        PlanName.STARTER: "30 generations a minute, 3 at a time, 1,000 a day.",
        PlanName.PRO: "60 generations a minute, 10 at a time, 10,000 a day.",
        PlanName.ENTERPRISE: "No limits but those agreed.",
    },
)
_expose(
    TransferKind,
    name="TransactionKind",
    description="Why credits moved.",
    values={
        TransferKind.ISSUE: "Granted to the account.",
        TransferKind.HOLD: "Set aside for a generation that was accepted.",
        TransferKind.CAPTURE: "Spent on a generation that was delivered.",
        TransferKind.RELEASE: "Given back by a generation that was not delivered, or cost less.",
    },
)
_expose(
    OptionType,
    name="OptionType",
    description="What kind of value an option takes.",
    values={
        OptionType.STRING: "Text, often one of `allowedValues`.",
        OptionType.INTEGER: "A whole number.",
        OptionType.FLOAT: "A number.",
        OptionType.BOOLEAN: "True or false.",
    },
)
_expose(
    WebhookEvent,
    name="WebhookEvent",
    description="What webhooks tell of; in a message's `type` they are written as `generation.completed`.",
    values={
        WebhookEvent.GENERATION_COMPLETED: "A generation was delivered.",
        WebhookEvent.GENERATION_FAILED: "A generation ended with an error.",
        WebhookEvent.GENERATION_CANCELLED: "A generation was cancelled.",
        WebhookEvent.GENERATION_PROGRESS: "A generation that runs has changed. Tried once.",
        WebhookEvent.CREDITS_LOW: "A generation took the available credits below the mark set with `setCreditsLowAt`.",
        WebhookEvent.ENDPOINT_DISABLED: "Another endpoint of the account was disabled because it failed, or is gone.",
    },
)
_expose(
    WebhookDeliveryStatus,
    name="WebhookDeliveryStatus",
    description="How a delivery stands.",
    values={
        WebhookDeliveryStatus.PENDING: "To be attempted, or to be attempted again.",
        WebhookDeliveryStatus.DELIVERED: "The receiver answered with a status of 200 to 299.",
        WebhookDeliveryStatus.FAILED: "Given up; `replayWebhook` tries it again.",
    },
)
