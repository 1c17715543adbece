"""What all upstream emulators share: scenarios, recorded requests, counted purchases, and output files."""

import itertools
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from tests.emulators.media import media_file

FILES = "/files"


class Scenario(StrEnum):
    """How an emulator behaves. Those that end in `_ONCE` affect the first request that they can affect."""

    HAPPY = "happy"
    SLOW = "slow"
    """The job is queued and running for several polls."""
    MODERATED_AT_SUBMISSION = "moderated at submission"
    MODERATED_LATER = "moderated later"
    INVALID_INPUT = "invalid input"
    FAILED_LATER = "failed later"
    BUSY_ONCE = "busy once"
    """429 with `Retry-After`."""
    BUSY_WITHOUT_RETRY_AFTER = "busy without retry-after"
    BILLING_AS_429 = "billing as 429"
    UNAUTHORIZED = "unauthorized"
    UNAVAILABLE_ONCE = "unavailable once"
    """503 to the submission, which is not taken."""
    SERVER_ERROR_ONCE = "server error once"
    """500 to the submission, which may have been taken; it is not."""
    POLL_ERROR_ONCE = "poll error once"
    """500 to a poll."""
    LOST_ANSWER = "lost answer"
    """The submission is taken, and the connection is closed without a complete response."""
    EMPTY_SUCCESS = "empty success"
    """Success without an output."""
    OUTPUT_EXPIRED = "output expired"
    """403 to every download."""
    OUTPUT_UNAVAILABLE_ONCE = "output unavailable once"
    """503 to the first download."""
    OUTPUT_TRUNCATED = "output truncated"
    OUTPUT_WRONG_TYPE = "output of a wrong type"
    FOREIGN_STATUS_URL = "foreign status url"
    """The status URL is on another host."""


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """A request that an emulator received. Header names are in lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass
class EmulatedJob:
    """A job that was bought. `polls` counts the polls so far."""

    id: str
    body: dict[str, object]
    callback_url: str | None = None
    polls: int = 0
    is_cancelled: bool = False
    details: dict[str, object] = field(default_factory=dict)


class Emulator:
    """A base class. A subclass adds the routes of the vendor's API in `api_routes`."""

    name = ""
    polls_when_slow = 3
    """The number of polls that a SLOW job takes."""

    def __init__(self, url: str, *, scenario: Scenario = Scenario.HAPPY) -> None:
        self.url = url.rstrip("/")
        self.scenario = scenario
        self.requests: list[RecordedRequest] = []
        self.jobs: dict[str, EmulatedJob] = {}
        self.purchases: Counter[str] = Counter()
        """Purchases by job ID."""
        self.foreign_url = "http://198.51.100.7"
        """The host of FOREIGN_STATUS_URL."""
        self._numbers = itertools.count(1)
        self._happened: Counter[Scenario] = Counter()

    def api_routes(self) -> Iterable[BaseRoute]:
        raise NotImplementedError

    def asgi(self) -> Starlette:
        """The application: the vendor's API, and the output files under `/files`."""
        return Starlette(routes=[*self.api_routes(), Route(f"{FILES}/{{name}}", self._file)])

    async def record(self, request: Request) -> bytes:
        """Remember a request and return its body."""
        body = await request.body()
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append(RecordedRequest(request.method, request.url.path, request.url.query, headers, body))
        return body

    def buy(self, body: dict[str, object], *, id: str | None = None, callback_url: str | None = None) -> EmulatedJob:
        """Create a job and count the purchase."""
        job = EmulatedJob(id or f"{self.name}-job-{next(self._numbers)}", body, callback_url)
        self.jobs[job.id] = job
        self.purchases[job.id] += 1
        return job

    def happens(self, scenario: Scenario) -> bool:
        """Whether this scenario is active."""
        return self.scenario is scenario

    def happens_once(self, scenario: Scenario) -> bool:
        """Whether this scenario is active and has not happened yet; then it has."""
        if self.scenario is not scenario or self._happened[scenario]:
            return False
        self._happened[scenario] += 1
        return True

    def is_done(self, job: EmulatedJob) -> bool:
        """Count a poll and return whether the job has ended."""
        job.polls += 1
        return not self.happens(Scenario.SLOW) or job.polls > self.polls_when_slow

    def output_url(self, media_type: str, *, number: int = 1) -> str:
        """Return the URL of an output file. The name says what is served: `image-1.png`."""
        kind, _, subtype = media_type.partition("/")
        suffix = {"mpeg": "mp3", "jpeg": "jpg"}.get(subtype, subtype)
        return f"{self.url}{FILES}/{kind}-{number}.{suffix}"

    async def _file(self, request: Request) -> Response:
        await self.record(request)
        if self.happens(Scenario.OUTPUT_EXPIRED):
            return JSONResponse({"error": "expired"}, 403)
        if self.happens_once(Scenario.OUTPUT_UNAVAILABLE_ONCE):
            return Response(status_code=503)
        media_type, content = media_file(request.path_params["name"])
        if self.happens(Scenario.OUTPUT_WRONG_TYPE):
            return Response("<html><body>Sorry</body></html>", media_type="text/html")
        if self.happens(Scenario.OUTPUT_TRUNCATED):
            content = content[: len(content) // 3]
        return Response(content, media_type=media_type)


class Disconnect(Response):
    """A response that ends before its body is complete: the connection is closed."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100000")]})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})
        raise ConnectionAbortedError("the emulator closes the connection")


def busy(*, retry_after: str | None) -> Response:
    """429, with `Retry-After` in seconds if given."""
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return JSONResponse({"detail": "Too many requests"}, 429, headers=headers)
