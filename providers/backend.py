"""What a backend is: something that can be given a job, asked how it goes, and told to stop."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from kit.errors import DoitongError

JSON = str | int | float | bool | None | list["JSON"] | dict[str, "JSON"]
JSONObject = dict[str, JSON]


class GenerationType(StrEnum):
    """The kinds of media that can be made."""

    IMAGE = "IMAGE"
    VIDEO = "VIDEO"
    AUDIO = "AUDIO"
    AVATAR = "AVATAR"
    MUSIC = "MUSIC"


class BackendState(StrEnum):
    """Where a job stands upstream."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Job:
    """What a backend is asked to make. `id` is the generation's and is sent upstream as the client's own id."""

    id: str
    type: GenerationType
    provider: str
    model: str | None
    input: JSONObject
    options: JSONObject
    seed: int
    files: Mapping[str, Path] = field(default_factory=dict)
    """Inputs already fetched and checked, by field: `image`, `images.0`, `images.1`, `audio`, `video`."""
    test_mode: bool = False
    callback_url: str | None = None
    """Where the upstream may report; the same at every call. None when nobody out there could reach us."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """Something that was not done as asked: why, and where it is known the field, what it was and what was used."""

    reason: str
    field: str | None = None
    requested: JSON = None
    used: JSON = None


@dataclass(frozen=True, slots=True)
class Output:
    """One file made. Exactly one of `path` and `url` is set. `role` is `output` or `cover`."""

    media_type: str
    path: Path | None = None
    url: str | None = None
    role: str = "output"
    title: str | None = None
    lyrics: str | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How a job stands. `progress` is 0 to 100; `notes` tell what was not done as asked."""

    state: BackendState
    progress: int | None = None
    outputs: tuple[Output, ...] = ()
    error: DoitongError | None = None
    notes: tuple[Deviation, ...] = ()
    poll_after: timedelta = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Callback:
    """What an upstream called to tell. `verified` only when its own signature was checked, over these very bytes."""

    verified: bool
    snapshot: Snapshot


class SubmissionRefused(Exception):
    """The upstream certainly did not take the job: nothing was bought, another may be tried. `error` says why."""

    def __init__(self, error: DoitongError) -> None:
        super().__init__(error.message)
        self.error = error


class SubmissionLost(Exception):
    """The upstream may or may not have taken the job, and it cannot be looked up: it is never sent again."""


class Backend(Protocol):
    """One upstream. It holds no state that another process would miss: `reference` is all that later calls need."""

    name: str
    resubmits_safely: bool
    """True when submitting the same job id twice can never buy twice."""
    takes_callbacks: bool
    """True when `submit` passes `Job.callback_url` on to the upstream."""

    def missing_setting(self) -> str | None:
        """The name of the setting that must be given before this backend can be used."""
        ...

    async def submit(self, job: Job) -> JSONObject:
        """Hand the job over and return the reference. Raises `SubmissionRefused` or `SubmissionLost`."""
        ...

    async def poll(self, job: Job, reference: JSONObject) -> Snapshot:
        """Say how the job stands."""
        ...

    def parse_callback(
        self, job: Job, reference: JSONObject, *, headers: Mapping[str, str], body: bytes
    ) -> Callback | None:
        """Read what the upstream posted to the job's `callback_url`; header names are in lower case.

        None for what cannot be read or is about another job than `reference` names. It waits for nothing, changes
        nothing, and never raises for anything that a stranger could send.
        """
        ...

    async def cancel(self, job: Job, reference: JSONObject) -> None:
        """Stop the job if that is still possible; not an error when it is not."""
        ...

    async def forget(self, job: Job, reference: JSONObject) -> None:
        """Let go of what was kept for the job: its outputs have been stored, or are not wanted."""
        ...
