"""A generation: its states, its deadline, its outputs and its price."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kit.errors import ErrorCode
from providers.backend import GenerationType, JSONObject, Snapshot
from webhooks.event import MessageFormat


class Status(StrEnum):
    """The public status."""

    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class Stage(StrEnum):
    """The progress of the work while the status is PROCESSING."""

    QUEUED = "QUEUED"
    SUBMITTED = "SUBMITTED"
    RUNNING = "RUNNING"
    STORING = "STORING"
    DONE = "DONE"


class Routing(StrEnum):
    """The routes of a provider that may run the job."""

    AUTO = "AUTO"
    """Resellers first, which are cheaper; then the vendor."""
    VALUE = "VALUE"
    """Resellers."""
    OFFICIAL = "OFFICIAL"
    """The vendor's own API."""


class Priority(StrEnum):
    """The criterion of automatic provider selection."""

    BALANCED = "BALANCED"
    QUALITY = "QUALITY"
    SPEED = "SPEED"
    COST = "COST"


State = tuple[Status, Stage]

QUEUED: State = (Status.PROCESSING, Stage.QUEUED)
SUBMITTED: State = (Status.PROCESSING, Stage.SUBMITTED)
RUNNING: State = (Status.PROCESSING, Stage.RUNNING)
STORING: State = (Status.PROCESSING, Stage.STORING)
COMPLETED: State = (Status.COMPLETED, Stage.DONE)
FAILED: State = (Status.FAILED, Stage.DONE)
CANCELLED: State = (Status.CANCELLED, Stage.DONE)

DEADLINES: Mapping[GenerationType, timedelta] = {
    GenerationType.IMAGE: timedelta(minutes=15),
    GenerationType.VIDEO: timedelta(minutes=60),
    GenerationType.AUDIO: timedelta(minutes=15),
    GenerationType.AVATAR: timedelta(minutes=60),
    GenerationType.MUSIC: timedelta(minutes=30),
}
DEFAULT_RETENTION = 15  # days


class SubmissionOutcome(StrEnum):
    """The outcome of a submission to a backend."""

    PENDING = "submitting"
    """None yet: the request is being sent, or was interrupted."""
    ACCEPTED = "accepted"
    REFUSED = "refused"
    BUSY = "busy"
    """Not accepted because of a limit of the upstream; the route is tried again."""
    LOST = "lost"
    """It may have been accepted: its response was lost."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a generation failed."""

    code: ErrorCode
    message: str
    retryable: bool


@dataclass(frozen=True, slots=True)
class Dispatch:
    """The backend and model that the job was submitted to."""

    backend: str
    model: str | None


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another provider for a request without a provider, with the request completed for it."""

    provider: str
    model: str | None
    input: JSONObject
    options: JSONObject
    price: int
    """In credits; not more than what was held at acceptance."""
    estimated_time: int
    adjustments: list[JSONObject]


@dataclass(frozen=True, slots=True)
class StoredOutput:
    """One output file, by its key in the media store."""

    key: str
    media_type: str
    bytes: int
    sha256: str
    format: str
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    thumbnail_key: str | None = None
    optimized_key: str | None = None
    role: str = "output"
    title: str | None = None
    lyrics: str | None = None

    @property
    def is_result(self) -> bool:
        """Whether it was asked for, unlike the cover of a song."""
        return self.role == "output"


@dataclass(frozen=True, slots=True)
class Generation:
    """A generation in one version: what was requested, its state, its outputs and its price."""

    id: str
    account_id: str
    key_id: str
    test_mode: bool
    type: GenerationType
    status: Status
    stage: Stage
    progress: int
    version: int
    provider: str
    model: str | None
    priority: Priority
    input: JSONObject
    options: JSONObject
    seed: int
    adjustments: list[JSONObject]
    attempts: list[JSONObject]
    """The submissions to backends, oldest first: `provider`, `backend`, `model`, `at`, and `outcome`.

    `outcome` is a `SubmissionOutcome`, `error` the reason of a rejection. `retryAt`, `fetches`, `cost` and `evidence`
    (the diagnostics of the snapshot) are for the worker and for operators.
    """
    dispatch: Dispatch | None
    """The route that was chosen for the current attempt; None before the first one and between two."""
    job_reference: JSONObject | None
    """The reference that the backend returned for the job, such as the upstream's ID; `poll` and `cancel` need it."""
    credit_cost: int
    """The credits held at acceptance: the price of the provider chosen then, and the most that can be charged."""
    credits_charged: int | None
    """The credits captured at the end: `price_of` what was delivered, 0 unless completed; None until the end."""
    estimated_time: int
    webhook_url: str | None
    retry_of: str | None
    outputs: tuple[StoredOutput, ...]
    error: Failure | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    deadline_at: datetime
    has_pending_work: bool
    """Whether the worker has anything left to do, including cleanup after the end."""
    pending_snapshot: Snapshot | None = None
    """The final state from a verified callback, or from the response to the submission, until a step processes it."""
    retention_days: int = DEFAULT_RETENTION
    """Days to retain its files after the end."""
    deleted_at: datetime | None = None
    """When it was deleted; from then on it is not visible."""
    fencing_token: int = 0
    """Incremented by every write of a step. A step that read an older value writes nothing more."""
    alternatives: list[JSONObject] | None = None
    """Providers that may take over, best first; see `Alternative`."""
    alternative_price: int | None = None
    """The price of the alternative provider that has taken over, in credits; None if none has."""
    webhook_format: MessageFormat | None = None
    """The format of the messages to `webhook_url`; None for the format of this server's webhooks."""
    routing: Routing | None = None
    """The routes that may run it, as requested; None for all, in the order of the catalogue."""

    @property
    def state(self) -> State:
        return (self.status, self.stage)

    @property
    def is_over(self) -> bool:
        return self.stage is Stage.DONE

    @property
    def requested_outputs(self) -> int:
        asked = self.options.get("n")
        return asked if isinstance(asked, int) else 1

    def price_of(self, delivered: int) -> int:
        """Return the credits to charge for `delivered` outputs: for fewer than `n`, the proportional part, rounded up.

        The whole price is `credit_cost`, or `alternative_price` if that is lower.
        """
        full = self.credit_cost if self.alternative_price is None else min(self.alternative_price, self.credit_cost)
        asked = self.requested_outputs
        return full if delivered >= asked else math.ceil(full * delivered / asked)

    @property
    def expires_at(self) -> datetime | None:
        return None if self.completed_at is None else self.completed_at + timedelta(days=self.retention_days)


def storage_keys_of(outputs: Iterable[StoredOutput]) -> list[str]:
    """Return the storage keys of all files of the outputs, with repetitions."""
    keys = (key for output in outputs for key in (output.key, output.thumbnail_key, output.optimized_key))
    return [key for key in keys if key is not None]
