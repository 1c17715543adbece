"""An emulator of APIXO: envelopes with a code, and a result that is JSON in a string."""

from collections.abc import Iterable, Mapping

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tests.emulators.base import EmulatedJob
from tests.emulators.tasks import Phase, Refusal, TaskEmulator, unknown_fields

BASE = "/api/v1"
MODELS = {"seedream-4-5", "nano-banana-2", "gpt-image-2", "seedance-2-0", "kling-2-6", "suno"}
FIELDS = (
    "prompt negative_prompt image_urls video_urls audio_urls aspect_ratio resolution output_format duration sound "
    "max_images sequential_image_generation size seed"
)
STATES: Mapping[Phase, str] = {
    Phase.QUEUED: "pending",
    Phase.RUNNING: "processing",
    Phase.SUCCEEDED: "success",
    Phase.EMPTY: "success",
    Phase.FAILED: "failed",
    Phase.MODERATED: "failed",
}
CODES: Mapping[Refusal, int] = {
    Refusal.UNAUTHORIZED: 401,
    Refusal.INVALID: 400,
    Refusal.MODERATED: 403,
    Refusal.BUSY: 429,
    Refusal.BILLING: 400,
    Refusal.UNAVAILABLE: 503,
    Refusal.SERVER_ERROR: 500,
    Refusal.NOT_FOUND: 404,
}
MESSAGES: Mapping[Refusal, str] = {
    Refusal.BILLING: "Insufficient credits",
    Refusal.MODERATED: "The content violates the usage policy",
}
FAILURES: Mapping[Phase, dict[str, object]] = {
    Phase.MODERATED: {"failCode": "CONTENT_VIOLATION", "failMsg": "The prompt was rejected."},
    Phase.FAILED: {"failCode": "GENERATION_FAILED", "failMsg": "The model failed."},
}


class ApixoEmulator(TaskEmulator):
    name = "apixo"

    def api_routes(self) -> Iterable[BaseRoute]:
        yield Route(f"{BASE}/generateTask/{{model}}", self.submit, methods=["POST"])
        yield Route(f"{BASE}/statusTask/{{model}}", self.poll, methods=["GET"])
        yield Route(f"{BASE}/apikeys/current-balance", self._balance, methods=["GET"])

    def problem(self, request: Request, body: dict[str, object]) -> str | None:
        given = body.get("input")
        if request.path_params["model"] not in MODELS:
            return "Model not found"
        if not isinstance(given, dict):
            return "Missing required field: input"
        links = [link for name in ("image_urls", "video_urls", "audio_urls") for link in given.get(name, [])]
        if not all(str(link).startswith("https://") for link in links):
            return "image_urls must be public HTTPS URLs"
        if (body.get("request_type") == "callback") != ("callback_url" in body):
            return "callback_url is for the request_type callback, which requires it"
        return unknown_fields(given, FIELDS, "mode prompt") or unknown_fields(
            body, "request_type callback_url provider source", "input"
        )

    def refusal(self, why: Refusal, message: str) -> Response:
        code = CODES[why]
        detail = {"error": message} if why is Refusal.INVALID else None
        return JSONResponse({"code": code, "message": MESSAGES.get(why, "Invalid request"), "data": detail}, code)

    def accepted(self, job: EmulatedJob) -> dict[str, object]:
        return {"code": 200, "message": "success", "data": {"taskId": job.id}}

    def state(self, job: EmulatedJob, phase: Phase) -> dict[str, object]:
        is_video = "seedance" in str(job.details["path"])
        urls = [self.output_url("video/mp4" if is_video else "image/png")] if phase is Phase.SUCCEEDED else []
        data: dict[str, object] = {
            "taskId": job.id,
            "state": STATES[phase],
            "createTime": 1_780_000_000_000,
            **FAILURES.get(phase, {}),
        }
        if phase in (Phase.SUCCEEDED, Phase.EMPTY):
            data |= {"resultJson": orjson.dumps({"resultUrls": urls}).decode(), "costTime": 1000}
        return {"code": 200, "message": "success", "data": data}

    def job_of(self, request: Request) -> EmulatedJob | None:
        job = self.jobs.get(request.query_params.get("taskId", ""))
        is_same = job is not None and str(job.details["path"]).endswith(f"/{request.path_params['model']}")
        return job if is_same else None

    async def _balance(self, request: Request) -> Response:
        await self.record(request)
        if not self.is_authorized(request):
            return self.refusal(Refusal.UNAUTHORIZED, "Invalid or missing API key")
        return JSONResponse({"code": 200, "message": "success", "data": {"balance": 10}})
