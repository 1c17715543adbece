"""What the emulators of task APIs share: the scenarios of submissions and polls. A vendor adds its own shapes."""

from collections.abc import Mapping
from enum import Enum, auto

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.emulators.base import Disconnect, EmulatedJob, Emulator, Scenario, busy

KEY = "key-0123456789abcdef"


class Phase(Enum):
    """What a job has come to."""

    QUEUED = auto()
    RUNNING = auto()
    SUCCEEDED = auto()
    EMPTY = auto()
    """Success without an output."""
    FAILED = auto()
    MODERATED = auto()
    CANCELLED = auto()


class Refusal(Enum):
    """Why a request is refused."""

    UNAUTHORIZED = auto()
    INVALID = auto()
    MODERATED = auto()
    BUSY = auto()
    BILLING = auto()
    UNAVAILABLE = auto()
    SERVER_ERROR = auto()
    NOT_FOUND = auto()


SUBMISSION_REFUSALS: Mapping[Scenario, Refusal] = {
    Scenario.UNAUTHORIZED: Refusal.UNAUTHORIZED,
    Scenario.INVALID_INPUT: Refusal.INVALID,
    Scenario.MODERATED_AT_SUBMISSION: Refusal.MODERATED,
    Scenario.BILLING_AS_429: Refusal.BILLING,
}
ENDS: Mapping[Scenario, Phase] = {
    Scenario.EMPTY_SUCCESS: Phase.EMPTY,
    Scenario.FAILED_LATER: Phase.FAILED,
    Scenario.MODERATED_LATER: Phase.MODERATED,
}


class TaskEmulator(Emulator):
    """A base class of task APIs: a subclass has the vendor's routes, checks and shapes."""

    key = KEY
    callback_field = "callback_url"

    def is_authorized(self, request: Request) -> bool:
        return request.headers.get("authorization") == f"Bearer {self.key}"

    def problem(self, request: Request, body: dict[str, object]) -> str | None:
        """Return what the vendor would complain about, or None."""
        raise NotImplementedError

    def refusal(self, why: Refusal, message: str) -> Response:
        """Return the vendor's response to a request that it refuses."""
        raise NotImplementedError

    def accepted(self, job: EmulatedJob) -> dict[str, object]:
        """Return the response to a submission."""
        raise NotImplementedError

    def state(self, job: EmulatedJob, phase: Phase) -> dict[str, object]:
        """Return the response to a poll."""
        raise NotImplementedError

    async def submit(self, request: Request) -> Response:
        """Serve a submission."""
        body, refusal = await self._open(request)
        if refusal is not None or body is None:
            return refusal or self.refusal(Refusal.INVALID, "The body is not a JSON object.")
        job = self._buy(request, body)
        if self.happens(Scenario.LOST_ANSWER):
            return Disconnect()
        return JSONResponse(self.accepted(job))

    async def submit_and_wait(self, request: Request) -> Response:
        """Serve a submission whose response is the result."""
        body, refusal = await self._open(request)
        if refusal is not None or body is None:
            return refusal or self.refusal(Refusal.INVALID, "The body is not a JSON object.")
        job = self._buy(request, body)
        if self.happens(Scenario.LOST_ANSWER):
            return Disconnect()
        return self.result(job, ENDS.get(self.scenario, Phase.SUCCEEDED))

    def result(self, job: EmulatedJob, phase: Phase) -> Response:
        """Return the response to a submission that is the result."""
        return JSONResponse(self.state(job, phase))

    async def poll(self, request: Request) -> Response:
        """Serve a poll; the job's ID is the path parameter or the query parameter `id`."""
        await self.record(request)
        if not self.is_authorized(request):
            return self.refusal(Refusal.UNAUTHORIZED, "The key is invalid.")
        if self.happens_once(Scenario.POLL_ERROR_ONCE):
            return self.refusal(Refusal.SERVER_ERROR, "Try again.")
        job = self.job_of(request)
        if job is None:
            return self.refusal(Refusal.NOT_FOUND, "There is no such task.")
        return JSONResponse(self.state(job, self.phase(job)))

    def callback(self, job: EmulatedJob) -> dict[str, object]:
        """Return the body of the callback that reports the end of a job."""
        return self.state(job, Phase.SUCCEEDED)

    async def cancel(self, request: Request) -> Response:
        """Serve a cancellation."""
        await self.record(request)
        if not self.is_authorized(request):
            return self.refusal(Refusal.UNAUTHORIZED, "The key is invalid.")
        job = self.job_of(request)
        if job is None:
            return self.refusal(Refusal.NOT_FOUND, "There is no such task.")
        job.is_cancelled = True
        return self.cancelled(job)

    def cancelled(self, job: EmulatedJob) -> Response:
        """Return the response to a cancellation."""
        return JSONResponse({})

    def job_of(self, request: Request) -> EmulatedJob | None:
        return self.jobs.get(str(request.path_params.get("id", request.query_params.get("id"))))

    def phase(self, job: EmulatedJob) -> Phase:
        """Count a poll and return what the job has come to."""
        if job.is_cancelled:
            return Phase.CANCELLED
        if not self.is_done(job):
            return Phase.QUEUED if job.polls == 1 else Phase.RUNNING
        return ENDS.get(self.scenario, Phase.SUCCEEDED)

    async def _open(self, request: Request) -> tuple[dict[str, object] | None, Response | None]:
        """Read a submission; return its body and the response if it is refused."""
        content = await self.record(request)
        try:
            body = orjson.loads(content)
        except orjson.JSONDecodeError:
            body = None
        if not self.is_authorized(request):
            return body, self.refusal(Refusal.UNAUTHORIZED, "The key is invalid.")
        if self.happens_once(Scenario.BUSY_ONCE):
            return body, busy(retry_after="1")
        if self.happens_once(Scenario.BUSY_WITHOUT_RETRY_AFTER):
            return body, self.refusal(Refusal.BUSY, "Too many requests.")
        if self.happens_once(Scenario.UNAVAILABLE_ONCE):
            return body, self.refusal(Refusal.UNAVAILABLE, "The service is overloaded.")
        if self.happens_once(Scenario.SERVER_ERROR_ONCE):
            return body, self.refusal(Refusal.SERVER_ERROR, "Something went wrong.")
        if self.scenario in SUBMISSION_REFUSALS:
            return body, self.refusal(SUBMISSION_REFUSALS[self.scenario], self.scenario.value)
        if not isinstance(body, dict):
            return None, None
        problem = self.problem(request, body)
        return body, None if problem is None else self.refusal(Refusal.INVALID, problem)

    def _buy(self, request: Request, body: dict[str, object]) -> EmulatedJob:
        url = body.get(self.callback_field)
        job = self.buy(body, callback_url=url if isinstance(url, str) else None)
        job.details["path"] = request.url.path
        return job


def unknown_fields(body: Mapping[str, object], known: str, required: str) -> str | None:
    """Return a complaint about fields that are missing or not known, given as words."""
    missing, unknown = set(required.split()) - body.keys(), body.keys() - set(known.split()) - set(required.split())
    if missing:
        return f"Field required: {', '.join(sorted(missing))}"
    return f"Extra inputs are not permitted: {', '.join(sorted(unknown))}" if unknown else None
