"""The types of a spec, which describes an upstream: `specs/*.toml` are files of `Spec`, read by `loading`.

The table `defaults` of a file holds keys of all its endpoints.

Paths are those of `json_paths`. Templates hold `{id}`, `{path}` (of the submission), `{model}`, `{mode}`,
`{client_id}` and the values that `keep` names.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NewType

from providers.backend import BackendState, GenerationType

JsonPath = NewType("JsonPath", str)
"""A path of `json_paths` into a response."""
PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Scheme(StrEnum):
    """The authorization scheme of requests."""

    BEARER = "bearer"
    HEADER = "header"
    KLING_JWT = "kling_jwt"


class FailureKind(StrEnum):
    """The meaning of an error code of the upstream."""

    CONTENT_VIOLATION = "CONTENT_VIOLATION"
    INVALID_INPUT = "INVALID_INPUT"
    BUSY = "BUSY"
    """A rate or concurrency limit; no job was created."""
    BILLING = "BILLING"
    CREDENTIALS = "CREDENTIALS"
    UNAVAILABLE = "UNAVAILABLE"
    """A fault of the upstream; no job was created, unless the HTTP status is 5xx."""
    UNKNOWN_OUTCOME = "UNKNOWN_OUTCOME"
    """A fault of the upstream; a job may have been created."""
    NOT_FOUND = "NOT_FOUND"
    FAILED = "FAILED"


class MediaForm(StrEnum):
    """The form of a media input."""

    BASE64 = "base64"
    DATA_URI = "data_uri"
    LINK = "link"
    """A URL of this server, which needs a public base URL."""


class Encoding(StrEnum):
    """The form of an output."""

    URL = "url"
    BASE64 = "base64"
    HEX = "hex"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """The scheme, and the header's name for the scheme `header`."""

    scheme: Scheme = Scheme.BEARER
    header: str = "Authorization"


@dataclass(frozen=True, slots=True, kw_only=True)
class Success:
    """The status field of every response body, and its values on success."""

    path: JsonPath
    values: tuple[str, ...]
    is_status: bool = False
    """Whether the value is an HTTP status, which counts instead of the response's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """How failures are recognized: by code, then by text, then by HTTP status."""

    ok_when: Success | None = None
    code: tuple[JsonPath, ...] = ()
    """The paths of the error code."""
    text: tuple[JsonPath, ...] = ()
    """The paths of the error message."""
    request_id: tuple[JsonPath, ...] = ()
    codes: Mapping[FailureKind, tuple[re.Pattern[str], ...]] = field(default_factory=dict)
    """Patterns of whole codes."""
    texts: Mapping[FailureKind, tuple[re.Pattern[str], ...]] = field(default_factory=dict)
    """Patterns of parts of the message, for failures without a code."""
    not_accepted_on: tuple[int, ...] = ()
    """The 5xx statuses of a submission that certainly created no job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """The path of the charged amount in a response, and its unit."""

    path: JsonPath
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit:
    """The request that submits a job. Its body has the job's parameters and the fields below."""

    path: str
    id: tuple[JsonPath, ...] = ()
    """The paths of the job's ID in the response."""
    model: str | None = None
    """The field of the model; absent if the path has it."""
    modes: Mapping[str, str] = field(default_factory=dict)
    """The upstream's name of each mode of the catalogue, for `{mode}`."""
    wrap: str | None = None
    """The object of the body that holds the job's parameters."""
    move: Mapping[str, str] = field(default_factory=dict)
    """Parameters that belong elsewhere in the body, by name."""
    constants: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the body that are sent unless a parameter sets them."""
    headers: Mapping[str, str] = field(default_factory=dict)
    client_id: str | None = None
    """The field for `Job.client_request_id`."""
    keep: Mapping[str, JsonPath] = field(default_factory=dict)
    """Further values of the response that later requests need, by name."""
    cost: Cost | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InputPlacement:
    """The place and the form of one kind of input in the body. The catalogue's route names its field."""

    form: MediaForm | None = None
    """The form of a file; None for a text."""
    within: str | None = None
    """The object of the body that holds the field; by default the one that holds the parameters."""
    is_list: bool = False
    list_fields: re.Pattern[str] | None = None
    """The fields that are lists, for an upstream whose models differ."""
    is_numbered: bool = False
    """Whether several files are sent as `field`, `field_2`, `field_3`."""
    item: Any = "{value}"
    """A template of what is sent for a value, with `{value}`, `{field}` and `{media_type}`."""
    append_to: str | None = None
    """The list of the body that the item is appended to; the field's name is then only used in the item."""
    parameter: str | None = None
    """The parameter that is sent as this input, for a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputPath:
    """The place of outputs in a response. With `url`, `path` leads to objects, where the other paths start."""

    path: JsonPath
    encoding: Encoding = Encoding.URL
    url: JsonPath | None = None
    cover: JsonPath | None = None
    title: JsonPath | None = None
    lyrics: JsonPath | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A further request for the outputs, when the job has succeeded."""

    address: str
    keep: Mapping[str, JsonPath]
    """The values of the state's response that the address needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """The request for the state of a job."""

    address: str
    state: JsonPath
    states: Mapping[BackendState, tuple[str, ...]]
    """The upstream's states; numbers are compared as text, in lower case."""
    method: str = "GET"
    address_from_id: str | None = None
    """The address of a job of which only the ID is known."""
    progress: JsonPath | None = None
    progress_scale: float = 1
    """The factor that makes a percentage of the upstream's progress."""
    failure_code: tuple[JsonPath, ...] = ()
    failure_text: tuple[JsonPath, ...] = ()
    cost: Cost | None = None
    then: FollowUp | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """The request that looks up a job by `Job.client_request_id`."""

    address: str
    client_id: JsonPath | None = None
    """The path of the client ID in the response, which must be that of the job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """The request that cancels a job, sent only in one of the states `when`, if any are named."""

    method: str
    address: str
    when: tuple[BackendState, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackSpec:
    """`url` is the field of the callback URL, `id` the job's ID in a callback. A callback only causes a poll."""

    url: str
    id: tuple[JsonPath, ...]
    submit_constants: Mapping[str, Any] = field(default_factory=dict)
    """Fields that the body of a submission has when it has a callback URL."""
    challenge: JsonPath | None = None
    """The member that the response to the callback repeats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One kind of job of the upstream. Without `poll`, the response to the submission is the result."""

    name: str
    types: tuple[GenerationType, ...] = ()
    """The types of generations that it runs; empty for all."""
    models: re.Pattern[str] | None = None
    modes: tuple[str, ...] = ()
    host: str | None = None
    """A name of `Spec.hosts`; by default the base URL."""
    submit: Submit
    inputs: Mapping[str, InputPlacement] = field(default_factory=dict)
    """The inputs by kind: `image`, `images`, `audio`, `video`, `text`."""
    outputs: tuple[OutputPath, ...]
    poll: Poll | None = None
    find: Find | None = None
    cancel: Cancel | None = None
    callback: CallbackSpec | None = None

    def serves(self, type: GenerationType, model: str, mode: str) -> bool:
        if (self.types and type not in self.types) or (self.modes and mode not in self.modes):
            return False
        return self.models is None or self.models.fullmatch(model) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A poll schedule, in seconds."""

    first: float = 2
    minimum: float = 1
    maximum: float = 15
    fraction: float = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """An upstream."""

    name: str
    title: str
    base_url: str
    hosts: Mapping[str, str] = field(default_factory=dict)
    """Base URLs of further APIs of the upstream, by name."""
    origins: tuple[str, ...] = ()
    """Patterns of further origins that get the credentials."""
    authorization: Authorization = Authorization()
    headers: Mapping[str, str] = field(default_factory=dict)
    errors: Errors = Errors()
    endpoints: tuple[Endpoint, ...]
    max_concurrent_jobs: int | None = None
    poll_schedule: Schedule = Schedule()
    credentials_check: str | None = None
    """The address of a free GET request that proves the credentials."""
