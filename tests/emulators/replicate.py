"""An emulator of Replicate's HTTP API: predictions, files, and the account."""

import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from datetime import datetime

import orjson
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from kit.webhook_signature import sign
from tests.emulators.base import Disconnect, EmulatedJob, Emulator, Scenario

KEY = "r8_replicate_emulator"
WEBHOOK_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
VERSION = "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa"
CREATED_AT = "2026-01-01T00:00:00.000Z"
PREDICT_TIME = 2.5  # seconds
EVENTS = frozenset({"start", "output", "logs", "completed"})
LOGS = "Using seed: 7\n  0%|          | 0/28 [00:00<?, ?it/s]\n 64%|██████▍   | 18/28 [00:01<00:00, 12.03it/s]\n"
FLAGGED = "The input or output was flagged as sensitive. Please try again with different inputs. (E005)"
THROTTLED = "Request was throttled. Your rate limit resets in ~30s."
LOW_CREDIT = (
    "Request was throttled. Your rate limit for creating predictions is reduced to 6 requests per minute with a burst "
    "of 1 requests while you have less than $5.0 in credit. Your rate limit resets in ~5s."
)

Handler = Callable[[Request, bytes], Response]

# The required inputs of official models, with their types, and the media type and form of the output.
MODELS: Mapping[str, tuple[Mapping[str, type], str, str]] = {
    "black-forest-labs/flux-dev": ({"prompt": str}, "image/webp", "list"),
    "black-forest-labs/flux-kontext-pro": ({"prompt": str, "input_image": str}, "image/png", "string"),
    "google/nano-banana-2": ({"prompt": str, "image_input": list}, "image/jpeg", "string"),
    "kwaivgi/kling-v2.1": ({"prompt": str, "start_image": str}, "video/mp4", "string"),
    "wan-video/wan-2.2-animate-animation": ({"video": str}, "video/mp4", "string"),
    "minimax/speech-02-hd": ({"text": str}, "audio/mpeg", "string"),
}
VERSIONS: Mapping[str, tuple[Mapping[str, type], str, str]] = {
    VERSION: ({"prompt_a": str}, "audio/wav", "object"),
}


class ReplicateEmulator(Emulator):
    """Accepts predictions. `output` replaces the output of successful ones, `status` their state."""

    name = "replicate"

    def __init__(self, url: str, *, scenario: Scenario = Scenario.HAPPY) -> None:
        super().__init__(url, scenario=scenario)
        self.has_no_credit = False
        self.status: str | None = None
        self.error: str = "CUDA out of memory (E1001)"
        self.output: object = None
        self.uploads: dict[str, bytes] = {}

    def api_routes(self) -> Iterable[BaseRoute]:
        return [
            Route("/v1/account", self._checked(self._account), methods=["GET"]),
            Route("/v1/webhooks/default/secret", self._checked(self._secret), methods=["GET"]),
            Route("/v1/files", self._upload, methods=["POST"]),
            Route("/v1/files/{id}", self._checked(self._delete_file), methods=["DELETE"]),
            Route("/v1/models/{owner}/{name}/predictions", self._checked(self._submit_to_model), methods=["POST"]),
            Route("/v1/predictions", self._checked(self._submit_to_version), methods=["POST"]),
            Route("/v1/predictions/{id}", self._checked(self._get), methods=["GET"]),
            Route("/v1/predictions/{id}/cancel", self._checked(self._cancel), methods=["POST"]),
        ]

    def callback(self, job: EmulatedJob, *, at: datetime, secret: str = WEBHOOK_SECRET) -> tuple[dict[str, str], bytes]:
        """Return the signed headers and the body of a callback about a prediction."""
        body = orjson.dumps(self._prediction(job))
        signed = sign([secret], message_id="msg_1", timestamp=int(at.timestamp()), body=body)
        return {name: value for name, value in signed.items() if name.startswith("webhook-")}, body

    def _checked(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            body = await self.record(request)
            return self._unauthorized(request) or handler(request, body)

        return handle

    def _unauthorized(self, request: Request) -> Response | None:
        if self.happens(Scenario.UNAUTHORIZED) or request.headers.get("authorization") != f"Bearer {KEY}":
            return _problem(401, "Unauthenticated", "You did not pass a valid authentication token")
        return None

    def _submit_to_model(self, request: Request, raw: bytes) -> Response:
        model = f"{request.path_params['owner']}/{request.path_params['name']}"
        if model not in MODELS:
            return _problem(404, "Not found", "The requested resource could not be found.")
        return self._submit(model, MODELS[model], orjson.loads(raw))

    def _submit_to_version(self, request: Request, raw: bytes) -> Response:
        body = orjson.loads(raw)
        version = body.get("version")
        if version not in VERSIONS:
            return _problem(422, "Invalid version or not permitted", "The specified version does not exist.")
        return self._submit(str(version), VERSIONS[str(version)], body)

    def _submit(self, model: str, form: tuple[Mapping[str, type], str, str], body: dict[str, object]) -> Response:
        if refused := self._refused():
            return refused
        if issues := list(_issues(form[0], body)):
            detail = "- input: invalid"
            return _problem(422, "Input validation failed", detail, invalid_fields=issues)
        webhook = body.get("webhook")
        job = self.buy(body, callback_url=str(webhook) if webhook else None)
        job.details |= {"model": model, "media_type": form[1], "form": form[2]}
        return (
            Disconnect() if self.happens(Scenario.LOST_ANSWER) else JSONResponse(self._prediction(job, new=True), 201)
        )

    def _refused(self) -> Response | None:
        if self.has_no_credit:
            return _problem(402, "Insufficient credit", "You have insufficient credit to run this model.")
        if self.happens_once(Scenario.BUSY_ONCE):
            return JSONResponse({"detail": THROTTLED}, 429, headers={"Retry-After": "1"})
        if self.happens_once(Scenario.BUSY_WITHOUT_RETRY_AFTER):
            return JSONResponse({"detail": THROTTLED}, 429)
        if self.happens_once(Scenario.BILLING_AS_429):
            return JSONResponse({"detail": LOW_CREDIT, "status": 429, "retry_after": 5}, 429)
        if self.happens_once(Scenario.UNAVAILABLE_ONCE):
            return Response(status_code=503)
        if self.happens_once(Scenario.SERVER_ERROR_ONCE):
            return _problem(500, "Internal server error", "Something went wrong.")
        return None

    def _get(self, request: Request, _: bytes) -> Response:
        if self.happens_once(Scenario.POLL_ERROR_ONCE):
            return _problem(500, "Internal server error", "Something went wrong.")
        job = self.jobs.get(request.path_params["id"])
        if job is None:
            return _problem(404, "Not found", "The requested resource could not be found.")
        early = None if self.is_done(job) else ["starting", "processing", "processing"][min(job.polls, 3) - 1]
        return JSONResponse(self._prediction(job, early=early))

    def _prediction(self, job: EmulatedJob, *, new: bool = False, early: str | None = None) -> dict[str, object]:
        status = "starting" if new else early or self._end(job)
        base = f"{self.foreign_url if self.happens(Scenario.FOREIGN_STATUS_URL) else self.url}/v1/predictions/{job.id}"
        is_version = job.details["model"] in VERSIONS
        return {
            "id": job.id,
            "model": "doitong/riffusion" if is_version else job.details["model"],
            "version": VERSION if is_version else "hidden",
            "status": status,
            "input": job.body.get("input"),
            "output": self._output(job) if status == "succeeded" else None,
            "error": self._error(status),
            "logs": "" if status == "starting" else LOGS,
            "metrics": {"predict_time": PREDICT_TIME} if status in ("succeeded", "failed") else {},
            "data_removed": False,
            "created_at": CREATED_AT,
            "started_at": None if status == "starting" else CREATED_AT,
            "completed_at": None if status in ("starting", "processing") else CREATED_AT,
            "urls": {"get": base, "cancel": f"{base}/cancel", "web": f"https://replicate.com/p/{job.id}"},
        }

    def _end(self, job: EmulatedJob) -> str:
        if job.is_cancelled:
            return "canceled"
        if self.happens(Scenario.MODERATED_LATER) or self.happens(Scenario.FAILED_LATER):
            return "failed"
        return self.status or "succeeded"

    def _error(self, status: str) -> str | None:
        if status != "failed":
            return None
        return FLAGGED if self.happens(Scenario.MODERATED_LATER) else self.error

    def _output(self, job: EmulatedJob) -> object:
        if self.happens(Scenario.EMPTY_SUCCESS):
            return None
        if self.output is not None:
            return self.output
        media_type, given = str(job.details["media_type"]), job.body.get("input")
        count = given.get("num_outputs", 1) if isinstance(given, dict) else 1
        match job.details["form"]:
            case "list":
                return [self.output_url(media_type, number=number) for number in range(1, count + 1)]
            case "object":
                return {"audio": self.output_url(media_type), "spectrogram": self.output_url("image/jpeg")}
        return self.output_url(media_type)

    def _cancel(self, request: Request, _: bytes) -> Response:
        job = self.jobs.get(request.path_params["id"])
        if job is None:
            return _problem(404, "Not found", "The requested resource could not be found.")
        job.is_cancelled = self.happens(Scenario.SLOW) and job.polls <= self.polls_when_slow
        return JSONResponse(self._prediction(job))

    async def _upload(self, request: Request) -> Response:
        await self.record(request)
        if refused := self._unauthorized(request) or self._refused():
            return refused
        async with request.form() as form:
            content = form.get("content")
            if not isinstance(content, UploadFile):
                return _problem(400, "Bad request", "Missing content")
            id = f"file-{len(self.uploads) + 1}"
            self.uploads[id] = await content.read()
            url = f"{self.url}/v1/files/{id}"
            named = {"name": content.filename, "content_type": content.content_type}
        dates = {"created_at": CREATED_AT, "expires_at": "2026-01-02T00:00:00.000Z"}
        details = {"size": len(self.uploads[id]), "etag": "e", "checksums": {}, "metadata": {}, "urls": {"get": url}}
        return JSONResponse({"id": id, **named, **details, **dates}, 201)

    def _delete_file(self, request: Request, _: bytes) -> Response:
        removed = self.uploads.pop(request.path_params["id"], None)
        return Response(status_code=204 if removed is not None else 404)

    def _account(self, request: Request, _: bytes) -> Response:
        return JSONResponse(
            {
                "type": "organization",
                "username": "doitong",
                "name": "Doitong",
                "github_url": "https://github.com/doitong",
            }
        )

    def _secret(self, request: Request, _: bytes) -> Response:
        return JSONResponse({"key": WEBHOOK_SECRET})


def _issues(required: Mapping[str, type], body: dict[str, object]) -> Iterator[dict[str, str]]:
    given = body.get("input")
    if not isinstance(given, dict):
        yield {"type": "required", "field": "input", "description": "input is required"}
        return
    for name in required.keys() - given.keys():
        yield {"type": "required", "field": f"input.{name}", "description": f"{name} is required"}
    for name, type_ in required.items():
        if name in given and not isinstance(given[name], type_):
            yield {"type": "invalid_type", "field": f"input.{name}", "description": "Invalid type."}
    webhook, events = body.get("webhook"), body.get("webhook_events_filter", [])
    if webhook is not None and not re.match(r"https?://", str(webhook)):
        yield {"type": "format", "field": "webhook", "description": "Does not match format 'uri'"}
    if not isinstance(events, list) or not EVENTS.issuperset(events):
        yield {"type": "enum", "field": "webhook_events_filter", "description": "Unknown event"}
    for name in body.keys() - {"input", "version", "webhook", "webhook_events_filter", "stream"}:
        yield {"type": "additional_property_not_allowed", "field": name, "description": f"{name} is not allowed"}


def _problem(status: int, title: str, detail: str, **more: object) -> Response:
    return JSONResponse(
        {"title": title, "detail": detail, "status": status, **more}, status, media_type="application/problem+json"
    )
