"""The backend protocol: submit a job, poll it, cancel it."""

import zlib
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
    """A job for a backend: one attempt to run a generation on one route."""

    id: str
    """The ID of the generation."""
    client_request_id: str
    """The ID of this attempt, for upstreams that accept a client-chosen ID: `gen_…-2` is the second attempt."""
    type: GenerationType
    provider: str
    model: str | None
    """The upstream model of the route."""
    mode: str
    """The mode of the request, such as `image-to-video`."""
    input: JSONObject
    options: JSONObject
    seed: int
    workspace: Path
    """A directory of this generation, deleted after its end. It may not exist yet."""
    parameters: JSONObject = field(default_factory=dict)
    """The upstream request parameters of text and options on the route; see `providers.catalogue.routes`."""
    media_fields: Mapping[str, str] = field(default_factory=dict)
    """The upstream field of each kind of media input of the route: `image`, `images`, `audio`, `video`."""
    files: Mapping[str, Path] = field(default_factory=dict)
    """Local input files by field: `image`, `images.0`, `images.1`, `audio`, `video`."""
    links: Mapping[str, str] = field(default_factory=dict)
    """The same inputs as URLs that the upstream can download; empty without a public base URL."""
    test_mode: bool = False
    callback_url: str | None = None
    """The callback URL, the same for every call. None when the server has no public URL."""


@dataclass(frozen=True, slots=True)
class Adjustment:
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
    """The state of a job. `progress` is 0 to 100; `adjustments` are those of the request."""

    state: BackendState
    progress: int | None = None
    outputs: tuple[Output, ...] = ()
    error: DoitongError | None = None
    adjustments: tuple[Adjustment, ...] = ()
    poll_after: timedelta | None = None
    """When to poll again, if the upstream says so; otherwise the poll schedule of the backend applies."""
    cost: JSONObject | None = None
    """What the upstream charged the operator: `amount` and `unit`."""
    diagnostics: JSONObject | None = None
    """What operators need to ask the upstream about the job: status, error code, request ID. Never shown to clients."""


@dataclass(frozen=True, slots=True)
class AcceptedJob:
    """An accepted submission. `result` is the final state if the response to the submission was already the result."""

    reference: JSONObject
    result: Snapshot | None = None


@dataclass(frozen=True, slots=True)
class Callback:
    """A parsed callback. `verified` only if its signature over these exact bytes was checked."""

    verified: bool
    snapshot: Snapshot
    reference: JSONObject | None = None
    """The reference in the callback, for a job whose submission got no response."""
    response: JSONObject | None = None
    """The body that the upstream expects as the response, such as an echoed challenge."""


@dataclass(frozen=True, slots=True)
class PollSchedule:
    """When to poll: after `first`, then at intervals of a `fraction` of the job's age, from `minimum` to `maximum`.

    Each interval is varied by up to 20 %, differently for every job, so that jobs submitted together are not polled
    together.
    """

    first: timedelta = timedelta(seconds=2)
    minimum: timedelta = timedelta(seconds=1)
    maximum: timedelta = timedelta(seconds=15)
    fraction: float = 0.1

    def delay(self, job_id: str, *, age: timedelta) -> timedelta:
        """Return the time to the next poll of a job that was submitted `age` ago."""
        base = self.first if age < self.first else min(max(age * self.fraction, self.minimum), self.maximum)
        variation = zlib.crc32(f"{job_id}/{age.total_seconds():.1f}".encode()) / 0xFFFFFFFF
        return base * (0.8 + 0.4 * variation)


class SubmissionRefused(Exception):
    """The upstream rejected the job: nothing is billed, so another route may be tried. `error` is the reason."""

    def __init__(self, error: DoitongError, *, diagnostics: JSONObject | None = None) -> None:
        super().__init__(error.message)
        self.error, self.diagnostics = error, diagnostics


class UpstreamBusy(Exception):
    """The upstream did not take the job because of its rate or concurrency limit, or because it is overloaded.

    Nothing is billed. It may take the job later, at the earliest after `retry_after`.
    """

    def __init__(
        self, message: str, *, retry_after: timedelta | None = None, diagnostics: JSONObject | None = None
    ) -> None:
        super().__init__(message)
        self.message, self.retry_after, self.diagnostics = message, retry_after, diagnostics


class SubmissionLost(Exception):
    """The upstream may have taken the job: the response is missing, and it cannot be looked up."""


class Backend(Protocol):
    """An upstream API. Stateless across processes: `reference` is all that later calls need.

    Every method may raise `ProviderUnavailable` when the upstream does not respond; the call is then repeated, except
    for `submit`, which is never repeated unless the upstream certainly did not take the job.
    """

    name: str
    is_local: bool
    """Whether jobs run in this process: no limits apply, and `poll` may start one again, which needs its files."""
    takes_callbacks: bool
    """Whether `submit` sends `Job.callback_url` to the upstream."""
    max_concurrent_jobs: int | None
    """The number of jobs that the upstream account may have at a time, if known."""
    poll_schedule: PollSchedule

    def unavailable_because(self) -> str | None:
        """Return what the backend lacks, as a clause such as `FAL_KEY is not set`, or None if it can be used."""
        ...

    def submits_synchronously(self, job: Job) -> bool:
        """Whether `submit` returns only when this job has ended. Cancelling the call then closes the connection."""
        ...

    async def submit(self, job: Job) -> AcceptedJob:
        """Submit the job. Raises `SubmissionRefused`, `UpstreamBusy` or `SubmissionLost`."""
        ...

    async def find_job(self, job: Job) -> AcceptedJob | None:
        """Look up a job whose submission got no response.

        None means that the caller may submit: the upstream has no such job, or submitting again returns the first one,
        or a second one costs nothing. Raises `SubmissionLost` if that cannot be known: the caller must not submit.
        """
        ...

    async def poll(self, job: Job, reference: JSONObject) -> Snapshot:
        """Return the state of the job. Raises `UpstreamBusy` when the upstream limits polling."""
        ...

    def parse_callback(
        self, job: Job, reference: JSONObject | None, *, headers: Mapping[str, str], body: bytes
    ) -> Callback | None:
        """Parse a callback; header names are in lower case. `reference` is None if the submission got no response.

        Returns None for anything unreadable or about another job than `reference`. Pure; never raises.
        """
        ...

    async def cancel(self, job: Job, reference: JSONObject) -> None:
        """Cancel the job if possible; no error if it is not."""
        ...

    async def clean_up(self, job: Job, reference: JSONObject) -> None:
        """Delete temporary data of the job: its outputs are stored or discarded."""
        ...

    async def check_credentials(self) -> bool:
        """Call a free endpoint with the credentials; return False if there is none. Raises `ProviderUnavailable`."""
        ...

    async def aclose(self) -> None:
        """Close connections and stop timers."""
        ...
