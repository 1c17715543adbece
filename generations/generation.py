"""A generation, and the one table that says how it may change."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kit.errors import ErrorCode
from providers.backend import GenerationType, JSONObject, Snapshot


class Status(StrEnum):
    """What a client sees."""

    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class Stage(StrEnum):
    """How far the work is."""

    QUEUED = "QUEUED"
    SUBMITTED = "SUBMITTED"
    RUNNING = "RUNNING"
    STORING = "STORING"
    DONE = "DONE"


class Priority(StrEnum):
    """What matters most when the provider is chosen for the client."""

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

TRANSITIONS: Mapping[State, frozenset[State]] = {
    QUEUED: frozenset({SUBMITTED, FAILED, CANCELLED}),
    # Back to QUEUED only when nothing was bought, to try another route.
    SUBMITTED: frozenset({QUEUED, RUNNING, FAILED, CANCELLED}),
    RUNNING: frozenset({RUNNING, STORING, FAILED, CANCELLED}),
    STORING: frozenset({COMPLETED, FAILED, CANCELLED}),
    COMPLETED: frozenset(),
    FAILED: frozenset(),
    CANCELLED: frozenset(),
}

DEADLINES: Mapping[GenerationType, timedelta] = {
    GenerationType.IMAGE: timedelta(minutes=15),
    GenerationType.VIDEO: timedelta(minutes=60),
    GenerationType.AUDIO: timedelta(minutes=15),
    GenerationType.AVATAR: timedelta(minutes=60),
    GenerationType.MUSIC: timedelta(minutes=30),
}
DEFAULT_RETENTION = 15  # days


class IllegalTransition(Exception):
    """A change that the transition table does not allow: a defect of ours, never of a client."""

    def __init__(self, current: State, wanted: State) -> None:
        super().__init__(f"{'/'.join(current)} may not become {'/'.join(wanted)}")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a generation failed."""

    code: ErrorCode
    message: str
    retryable: bool


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Where the work was sent."""

    backend: str
    model: str | None


@dataclass(frozen=True, slots=True)
class StoredOutput:
    """One file of a finished generation, by its key in the media store."""

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


@dataclass(frozen=True, slots=True)
class Generation:
    """One row: everything that is known of a generation at one version."""

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
    route: Dispatch | None
    reference: JSONObject | None
    credit_cost: int
    """The hold."""
    credits_charged: int | None
    """What of the hold was spent in the end."""
    estimated_time: int
    webhook_url: str | None
    retry_of: str | None
    outputs: tuple[StoredOutput, ...]
    error: Failure | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    deadline_at: datetime
    active: bool
    """Whether the worker still has something to do for it, which outlasts its end by the tidying up upstream."""
    callback: Snapshot | None = None
    """The end that the upstream called to tell, until the worker has acted on it."""
    retention_days: int = DEFAULT_RETENTION
    """How long its files are kept once it has ended."""
    deleted_at: datetime | None = None
    """When its owner had it deleted; from then on nobody can read it."""

    @property
    def state(self) -> State:
        return (self.status, self.stage)

    @property
    def is_over(self) -> bool:
        return self.stage is Stage.DONE

    def price_of(self, delivered: int) -> int:
        """What so many outputs cost: all that was held, or the part of it when fewer than the `n` asked for came."""
        asked = self.options.get("n")
        if not isinstance(asked, int) or delivered >= asked:
            return self.credit_cost
        return math.ceil(self.credit_cost * delivered / asked)

    @property
    def expires_at(self) -> datetime | None:
        return None if self.completed_at is None else self.completed_at + timedelta(days=self.retention_days)


def keys_of(outputs: Iterable[StoredOutput]) -> list[str]:
    """The keys of every file of the outputs, a key as often as it is named."""
    keys = (key for output in outputs for key in (output.key, output.thumbnail_key, output.optimized_key))
    return [key for key in keys if key is not None]


def check_transition(current: State, wanted: State) -> None:
    """Raise `IllegalTransition` unless the table has it."""
    if wanted not in TRANSITIONS[current]:
        raise IllegalTransition(current, wanted)
