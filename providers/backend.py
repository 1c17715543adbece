"""The backend protocol: submit a job, poll it, cancel it."""

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
    """The type of a generation."""

    IMAGE = "IMAGE"
    VIDEO = "VIDEO"
    AUDIO = "AUDIO"
    AVATAR = "AVATAR"
    MUSIC = "MUSIC"


class BackendState(StrEnum):
    """The upstream state of a job."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Job:
    """A job for a backend. `id` is that of the generation and is sent upstream as the client id."""

    id: str
    type: GenerationType
    provider: str
    model: str | None
    input: JSONObject
    options: JSONObject
    seed: int
    files: Mapping[str, Path] = field(default_factory=dict)
    """Local input files by field: `image`, `images.0`, `images.1`, `audio`, `video`."""
    test_mode: bool = False
    callback_url: str | None = None
    """The callback URL, the same for every call. None when the server has no public URL."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """A requested value that was changed or had no effect: the reason, the field, the requested and the used value."""

    reason: str
    field: str | None = None
    requested: JSON = None
    used: JSON = None


@dataclass(frozen=True, slots=True)
class Output:
    """An output file. Exactly one of `path` and `url` is set. `role` is `output` or `cover`."""

    media_type: str
    path: Path | None = None
    url: str | None = None
    role: str = "output"
    title: str | None = None
    lyrics: str | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of a job. `progress` is 0 to 100; `notes` list deviations from the request."""

    state: BackendState
    progress: int | None = None
    outputs: tuple[Output, ...] = ()
    error: DoitongError | None = None
    notes: tuple[Deviation, ...] = ()
    poll_after: timedelta = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Callback:
    """A parsed callback. `verified` only if its signature over these exact bytes was checked."""

    verified: bool
    snapshot: Snapshot


class SubmissionRefused(Exception):
    """The upstream rejected the job: nothing was bought, so another route may be tried. `error` is the reason."""

    def __init__(self, error: DoitongError) -> None:
        super().__init__(error.message)
        self.error = error


class SubmissionLost(Exception):
    """The upstream may have taken the job and cannot be asked: it is never submitted again."""


class Backend(Protocol):
    """An upstream API. Stateless across processes: `reference` is all that later calls need."""

    name: str
    resubmits_safely: bool
    """Whether submitting the same job id twice cannot buy twice."""
    takes_callbacks: bool
    """Whether `submit` sends `Job.callback_url` to the upstream."""

    def missing_setting(self) -> str | None:
        """Return what the backend lacks, as a clause such as `FAL_KEY is not set`, or None if it can be used."""
        ...

    async def submit(self, job: Job) -> JSONObject:
        """Submit the job and return the reference. Raises `SubmissionRefused` or `SubmissionLost`."""
        ...

    async def poll(self, job: Job, reference: JSONObject) -> Snapshot:
        """Return the state of the job."""
        ...

    def parse_callback(
        self, job: Job, reference: JSONObject, *, headers: Mapping[str, str], body: bytes
    ) -> Callback | None:
        """Parse a callback; header names are in lower case.

        Returns None for anything unreadable or about another job than `reference`. Pure; never raises.
        """
        ...

    async def cancel(self, job: Job, reference: JSONObject) -> None:
        """Cancel the job if possible; no error if it is not."""
        ...

    async def forget(self, job: Job, reference: JSONObject) -> None:
        """Delete temporary data of the job: its outputs are stored or discarded."""
        ...
