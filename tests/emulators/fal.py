"""An emulator of fal's queue (queue.fal.run)."""

import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tests.emulators.base import Disconnect, EmulatedJob, Emulator, Scenario, busy

KEY = "fal-key-id:fal-key-secret"
Handler = Callable[[Request, bytes], Response]
Failed = tuple[int, dict[str, object]]

CANCELLED: Failed = (499, {"detail": "The request was cancelled", "error_type": "client_cancelled"})
FLAGGED: dict[str, object] = {
    "loc": ["body", "prompt"],
    "msg": "The content could not be processed because it was flagged by a content checker.",
    "type": "content_policy_violation",
    "url": "https://docs.fal.ai/errors#content_policy_violation",
    "input": "A red kite",
}
MODERATED: Failed = (422, {"detail": [FLAGGED]})
TIMED_OUT: Failed = (504, {"detail": "Request timed out", "error_type": "request_timeout"})
UNITS = 1.5  # billable units of a request


@dataclass(frozen=True, slots=True)
class Model:
    """The required parameters of a model, with their types, and the field and media type of its result."""

    required: Mapping[str, type]
    field: str
    media_type: str


TEXT: Mapping[str, type] = {"prompt": str}
MODELS: Mapping[str, Model] = {
    "fal-ai/flux/dev": Model(TEXT, "images", "image/png"),
    "fal-ai/flux/dev/image-to-image": Model({**TEXT, "image_url": str}, "images", "image/jpeg"),
    "fal-ai/flux-pro/v1.1": Model(TEXT, "images", "image/jpeg"),
    "fal-ai/nano-banana-2/edit": Model({**TEXT, "image_urls": list}, "images", "image/png"),
    "fal-ai/ideogram/upscale": Model({"image_url": str}, "image", "image/png"),
    "fal-ai/kling-video/v2.1/standard/image-to-video": Model({**TEXT, "image_url": str}, "video", "video/mp4"),
    "fal-ai/kling-video/ai-avatar/v2/standard": Model({"image_url": str, "audio_url": str}, "video", "video/mp4"),
    "fal-ai/elevenlabs/tts/multilingual-v2": Model({"text": str}, "audio", "audio/mpeg"),
    "cassetteai/music-generator": Model({**TEXT, "duration": int}, "audio_file", "audio/wav"),
    "workflows/doitong/kite/draft": Model(TEXT, "images", "image/png"),
}

VIDEO = "kling-video|seedance|hailuo-02|veo3|vidu|wan/|ray-2|minimax/h3"
# Other models, by the family in their path: the first pattern that matches.
FAMILIES: tuple[tuple[re.Pattern[str], Model], ...] = (
    (re.compile("/tts/|gemini-tts"), Model({}, "audio", "audio/mpeg")),
    (re.compile("reference-to-video|elements"), Model(TEXT, "video", "video/mp4")),
    (re.compile("heygen/.*/image-to-video"), Model({"image_url": str}, "video", "video/mp4")),
    (
        re.compile("(kling-video|seedance|hailuo-02|veo3|vidu|wan|ray-2).*/image-to-video"),
        Model({"image_url": str}, "video", "video/mp4"),
    ),
    (re.compile("animate/move"), Model({"image_url": str, "video_url": str}, "video", "video/mp4")),
    (re.compile(VIDEO), Model(TEXT, "video", "video/mp4")),
    (re.compile("flux|seedream|nano-banana|qwen-image|stable-diffusion"), Model({}, "images", "image/png")),
)


def model_at(path: str) -> Model | None:
    """Return the model at a path, or None if there is none."""
    family = (model for pattern, model in FAMILIES if path.startswith("fal-ai/") and pattern.search(path))
    return MODELS.get(path) or next(family, None)


class FalEmulator(Emulator):
    """Accepts a request, and reports failures as its result.

    `named_url` is the base of the URLs that it names. `failure` is the status and the body of the result, if set, and
    `status_error` says whether the status names it too, with `status_kind` if set. `result` replaces the result.
    """

    name = "fal"

    def __init__(self, url: str, *, scenario: Scenario = Scenario.HAPPY) -> None:
        super().__init__(url, scenario=scenario)
        self.named_url = self.url
        self.is_locked = False
        self.failure: Failed | None = None
        self.status_error = False
        self.status_kind: str | None = None
        self.result: dict[str, object] | None = None
        self.nsfw: list[bool] | None = None

    def api_routes(self) -> Iterable[BaseRoute]:
        app = "/{app:path}/requests/{id}"
        return [
            Route(f"{app}/status", self._checked(self._status), methods=["GET"]),
            Route(f"{app}/cancel", self._checked(self._cancel), methods=["PUT"]),
            Route(app, self._checked(self._result), methods=["GET"]),
            Route("/{model:path}", self._checked(self._submit), methods=["POST"]),
        ]

    def _checked(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            body = await self.record(request)
            if self.happens(Scenario.UNAUTHORIZED) or request.headers.get("authorization") != f"Key {KEY}":
                return JSONResponse({"detail": "No user found for Key ID and Secret"}, 401)
            return handler(request, body)

        return handle

    def _submit(self, request: Request, raw: bytes) -> Response:
        if self.is_locked:
            reason = "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing."
            return JSONResponse({"detail": reason}, 403)
        if self.happens_once(Scenario.BUSY_ONCE):
            return busy(retry_after="1")
        if self.happens_once(Scenario.BUSY_WITHOUT_RETRY_AFTER):
            return busy(retry_after=None)
        if self.happens_once(Scenario.UNAVAILABLE_ONCE):
            return JSONResponse({"detail": "Service unavailable"}, 503)
        if self.happens_once(Scenario.SERVER_ERROR_ONCE):
            return JSONResponse({"detail": "Internal server error"}, 500)
        path = request.path_params["model"]
        model = model_at(path)
        if model is None:
            return JSONResponse({"detail": f"Path /{path} not found"}, 404)
        if self.happens(Scenario.MODERATED_AT_SUBMISSION):
            return _failed(MODERATED)
        webhook = request.query_params.get("fal_webhook")
        if webhook is not None and not webhook.startswith(("http://", "https://")):
            return JSONResponse({"detail": "Invalid webhook URL"}, 400)
        body = orjson.loads(raw)
        job = self.buy(body, callback_url=webhook)
        job.details["model"] = path
        if issues := list(_issues(model, body)):
            job.details["failure"] = (422, {"detail": issues})
        return Disconnect() if self.happens(Scenario.LOST_ANSWER) else JSONResponse(self._submitted(job))

    def _submitted(self, job: EmulatedJob) -> dict[str, object]:
        parts = str(job.details["model"]).split("/")
        app = "/".join(parts[: 3 if parts[0] == "workflows" else 2])
        url = self.foreign_url if self.happens(Scenario.FOREIGN_STATUS_URL) else self.named_url
        base = f"{url}/{app}/requests/{job.id}"
        job.details["app"] = app
        return {
            "status": "IN_QUEUE",
            "request_id": job.id,
            "response_url": base,
            "status_url": f"{base}/status",
            "cancel_url": f"{base}/cancel",
            "logs": None,
            "metrics": {},
            "queue_position": 0,
        }

    def _job(self, request: Request) -> EmulatedJob | None:
        job = self.jobs.get(request.path_params["id"])
        return job if job is not None and job.details.get("app") in (None, request.path_params["app"]) else None

    def _failure(self, job: EmulatedJob) -> Failed | None:
        """The status and the body of the result of a request that failed."""
        if job.is_cancelled:
            return CANCELLED
        if self.happens(Scenario.MODERATED_LATER):
            return MODERATED
        if self.happens(Scenario.FAILED_LATER):
            return self.failure or TIMED_OUT
        invalid = job.details.get("failure")
        return invalid if isinstance(invalid, tuple) else self.failure

    def _status(self, request: Request, _: bytes) -> Response:
        if self.happens_once(Scenario.POLL_ERROR_ONCE):
            return JSONResponse({"detail": "Internal server error"}, 500)
        job = self._job(request)
        if job is None:
            return JSONResponse({"detail": "Request not found"}, 404)
        named = {"request_id": job.id, "response_url": f"{self.named_url}{request.url.path.removesuffix('/status')}"}
        if not self.is_done(job) and not job.is_cancelled:
            queued = job.polls == 1
            early = {"status": "IN_QUEUE", "queue_position": 3} if queued else {"status": "IN_PROGRESS"}
            logs = {} if queued else {"logs": self._logs(request)}
            return JSONResponse({**named, **early, **logs}, 202)
        failure = self._failure(job)
        told = (
            {"error": _detail(failure), "error_type": self.status_kind or _kind(failure)}
            if failure and self.status_error
            else {}
        )
        metrics = {"inference_time": 1.25}
        return JSONResponse({**named, "status": "COMPLETED", "logs": self._logs(request), "metrics": metrics, **told})

    def _logs(self, request: Request) -> list[dict[str, str]] | None:
        if request.query_params.get("logs") not in ("1", "true", "True"):
            return None
        lines = ["loading", "  0%|          | 0/28", " 43%|████▎     | 12/28 [00:01<00:01]", "saving a checkpoint"]
        return [{"message": line, "level": "INFO", "timestamp": "2026-01-01T00:00:00Z"} for line in lines]

    def _result(self, request: Request, _: bytes) -> Response:
        job = self._job(request)
        if job is None:
            return JSONResponse({"detail": "Request not found"}, 404)
        if failure := self._failure(job):
            return _failed(failure)
        model = model_at(str(job.details["model"]))
        assert model is not None
        count = job.body.get("num_images", 1)
        items = [
            {"url": self.output_url(model.media_type, number=n), "content_type": model.media_type, "file_size": 100}
            for n in range(1, (count if isinstance(count, int) else 1) + 1)
        ]
        empty = self.happens(Scenario.EMPTY_SUCCESS)
        result = {model.field: ([] if empty else items) if model.field == "images" else None if empty else items[0]}
        flags = {"has_nsfw_concepts": self.nsfw or [False] * len(items)} if model.field == "images" else {}
        headers = {"x-fal-request-id": job.id, "x-fal-billable-units": str(UNITS)}
        return JSONResponse(self.result or {**result, **flags, "seed": 7}, headers=headers)

    def _cancel(self, request: Request, _: bytes) -> Response:
        job = self._job(request)
        if job is None:
            return JSONResponse({"status": "NOT_FOUND"}, 404)
        if not self.happens(Scenario.SLOW) or job.polls > self.polls_when_slow:
            return JSONResponse({"status": "ALREADY_COMPLETED"}, 400)
        job.is_cancelled = True
        return JSONResponse({"status": "CANCELLATION_REQUESTED"}, 202)


def callback_body(job: EmulatedJob) -> bytes:
    """Return the body that fal sends to `fal_webhook` when a request has ended."""
    return orjson.dumps(
        {"request_id": job.id, "gateway_request_id": job.id, "status": "OK", "payload": {"images": []}, "error": None}
    )


def _issues(model: Model, body: object) -> Iterator[dict[str, object]]:
    given = body if isinstance(body, dict) else {}
    for name, type_ in model.required.items():
        if name not in given:
            yield {"loc": ["body", name], "msg": "field required", "type": "value_error.missing", "input": None}
        elif not isinstance(given[name], type_):
            yield {"loc": ["body", name], "msg": f"must be a {type_.__name__}", "type": "type_error", "input": None}
        elif name.startswith("image_url"):
            for url in given[name] if isinstance(given[name], list) else [given[name]]:
                if not str(url).startswith(("https://", "data:image/")):
                    yield {"loc": ["body", name], "msg": "Failed to load the image.", "type": "image_load_error"}


def _failed(failure: Failed) -> Response:
    status, body = failure
    kind = {"X-Fal-Error-Type": str(body["error_type"])} if "error_type" in body else {"X-Fal-Retryable": "false"}
    return JSONResponse(body, status, headers=kind)


def _kind(failure: Failed) -> object:
    detail = failure[1]["detail"]
    return detail[0]["type"] if isinstance(detail, list) else failure[1].get("error_type")


def _detail(failure: Failed) -> object:
    detail = failure[1]["detail"]
    return detail[0]["msg"] if isinstance(detail, list) else detail
