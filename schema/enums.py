"""GraphQL enums, built from the domain's enums. The other modules of this package import the enums from here."""

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

import strawberry

from accounts.plans import PlanName
from accounts.principal import Scope
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
    """Register a domain enum as a GraphQL enum; raise `KeyError` if a member has no description."""
    strawberry.enum(enum, name=name, description=description)
    definition = enum.__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        value.description = values[enum(value.value)]


_expose(
    GenerationType,
    name="GenerationType",
    description="The type of media to generate.",
    values={
        GenerationType.IMAGE: "One or more images, from text or from other images.",
        GenerationType.VIDEO: "A video, from text or from an image.",
        GenerationType.AUDIO: "Speech synthesized from text.",
        GenerationType.AVATAR: "A video of a person who speaks the text.",
        GenerationType.MUSIC: "A piece of music with a title, lyrics and a cover image.",
    },
)
_expose(
    Scope,
    name="Scope",
    description="A permission of an API key or client token.",
    values={
        Scope.GENERATE: "Create, retry, cancel and delete generations, and upload input files.",
        Scope.READ: "Query and subscribe to generations, and query providers, estimates and the account.",
        Scope.WEBHOOKS: "Manage webhook endpoints, webhook secrets and deliveries.",
        Scope.KEYS: "Create, list and revoke API keys.",
        Scope.ADMIN: "All permissions.",
    },
)
_expose(
    Status,
    name="GenerationStatus",
    description="The status of a generation. All values except `PROCESSING` are final. A selection set that also "
    "selects `error` without subfields gets `status` in lower case, such as `completed`: this is the published "
    "contract of Doitong's documents.",
    values={
        Status.PROCESSING: "Accepted and not finished; `stage` has the details.",
        Status.COMPLETED: "Finished successfully: the outputs are stored and the credits are charged.",
        Status.FAILED: "Finished with an error, see `error`; the held credits were released.",
        Status.CANCELLED: "Cancelled with `cancelGeneration`; the held credits were released.",
    },
)
_expose(
    Stage,
    name="GenerationStage",
    description="The processing stage of a generation.",
    values={
        Stage.QUEUED: "Waiting to be processed, or for another generation whose output is an input of this one.",
        Stage.SUBMITTED: "Being submitted to the backend.",
        Stage.RUNNING: "The backend is processing it; see `progress`.",
        Stage.STORING: "The output files are being validated and stored.",
        Stage.DONE: "Finished; `status` is `COMPLETED`, `FAILED` or `CANCELLED`.",
    },
)
_expose(
    Priority,
    name="Priority",
    description="The criterion for the automatic choice of a provider.",
    values={
        Priority.BALANCED: "Weigh quality, speed and price equally.",
        Priority.QUALITY: "Prefer the highest quality.",
        Priority.SPEED: "Prefer the shortest processing time.",
        Priority.COST: "Prefer the lowest price.",
    },
)
_expose(
    ErrorCode,
    name="ErrorCode",
    description="The code of an error, in `errors[].extensions.code` and in the `error` of a failed generation.",
    values={
        ErrorCode.INVALID_INPUT: "A value is not allowed by the provider or the API; see `field` and `allowedValues`.",
        ErrorCode.INVALID_MEDIA_URL: "An input file is unreachable, on a private network, too large, damaged or of an "
        "unsupported type.",
        ErrorCode.UNAUTHENTICATED: "The API key is missing, unknown, expired or revoked.",
        ErrorCode.INSUFFICIENT_CREDITS: "Too few available credits; see `creditsRequired` and `creditsAvailable`.",
        ErrorCode.SPEND_CAP_REACHED: "The price exceeds `maxCredits`, or what is left of the spend cap of the key.",
        ErrorCode.FORBIDDEN: "The key or token does not permit this operation; `scope` names a missing scope.",
        ErrorCode.NOT_FOUND: "The object does not exist, or belongs to another account or mode.",
        ErrorCode.IDEMPOTENCY_MISMATCH: "The idempotency key was already used with a different request.",
        ErrorCode.QUOTE_EXPIRED: "The quote is unknown, expired or was issued for a different request.",
        ErrorCode.CONTENT_VIOLATION: "The content was rejected by moderation.",
        ErrorCode.RATE_LIMIT: "A limit of the plan was reached; see `limit` and `retryAfter` (seconds).",
        ErrorCode.INTERNAL: "An unexpected error of the server; quote the `requestId` when you report it.",
        ErrorCode.PROVIDER_UNAVAILABLE: "The provider is not configured, is busy or does not respond, or the media "
        "store or the database does not respond.",
        ErrorCode.GENERATION_FAILED: "The provider failed to produce a result.",
        ErrorCode.DEADLINE_EXCEEDED: "The generation exceeded the time limit of its type.",
    },
)
_expose(
    PlanName,
    name="PlanName",
    description="The plan of an account, which sets its limits; see `account { limits }`.",
    values={
        PlanName.FREE: "Up to 10 generations per minute, 1 concurrently and 100 per day.",
        PlanName.STARTER: "Up to 30 generations per minute, 3 concurrently and 1,000 per day.",
        PlanName.PRO: "Up to 60 generations per minute, 10 concurrently and 10,000 per day.",
        PlanName.ENTERPRISE: "No limits on generations.",
    },
)
_expose(
    TransferKind,
    name="TransactionKind",
    description="The kind of a credit transaction.",
    values={
        TransferKind.ISSUE: "Credits were granted to the account.",
        TransferKind.HOLD: "Credits were held for an accepted generation.",
        TransferKind.CAPTURE: "Held credits were charged for a completed generation.",
        TransferKind.RELEASE: "Held credits became available again: the generation failed, was cancelled, or delivered "
        "fewer outputs than requested.",
    },
)
_expose(
    OptionType,
    name="OptionType",
    description="The data type of a provider option.",
    values={
        OptionType.STRING: "A string; `allowedValues` lists the accepted values if they are restricted.",
        OptionType.INTEGER: "An integer.",
        OptionType.FLOAT: "A floating-point number.",
        OptionType.BOOLEAN: "A boolean.",
    },
)
_expose(
    WebhookEvent,
    name="WebhookEvent",
    description="The type of a webhook event. In the `type` of a message it is written like `generation.completed`.",
    values={
        WebhookEvent.GENERATION_COMPLETED: "A generation completed.",
        WebhookEvent.GENERATION_FAILED: "A generation failed.",
        WebhookEvent.GENERATION_CANCELLED: "A generation was cancelled.",
        WebhookEvent.GENERATION_PROGRESS: "A running generation changed. Its deliveries are attempted only once.",
        WebhookEvent.CREDITS_LOW: "A generation reduced the available credits below the threshold set with "
        "`setCreditsLowAt`.",
        WebhookEvent.ENDPOINT_DISABLED: "The server disabled another endpoint of the account, because its deliveries "
        "failed for five days or it responded with status 410.",
    },
)
_expose(
    WebhookDeliveryStatus,
    name="WebhookDeliveryStatus",
    description="The status of a webhook delivery.",
    values={
        WebhookDeliveryStatus.PENDING: "Waiting for its first or next attempt.",
        WebhookDeliveryStatus.DELIVERED: "The receiver responded with a status from 200 to 299.",
        WebhookDeliveryStatus.FAILED: "No further attempts are made; `replayWebhook` starts again.",
    },
)
