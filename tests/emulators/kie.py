"""Emulators of kie.ai: the task API of all models, and Suno."""

from collections.abc import Iterable, Mapping

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tests.emulators.base import EmulatedJob
from tests.emulators.tasks import Phase, Refusal, TaskEmulator, unknown_fields

BASE = "/api/v1"
STATES: Mapping[Phase, str] = {
    Phase.QUEUED: "waiting",
    Phase.RUNNING: "generating",
    Phase.SUCCEEDED: "success",
    Phase.EMPTY: "success",
    Phase.FAILED: "fail",
    Phase.MODERATED: "fail",
}
SUNO_STATES: Mapping[Phase, str] = {
    Phase.QUEUED: "PENDING",
    Phase.RUNNING: "TEXT_SUCCESS",
    Phase.SUCCEEDED: "SUCCESS",
    Phase.EMPTY: "SUCCESS",
    Phase.FAILED: "GENERATE_AUDIO_FAILED",
    Phase.MODERATED: "SENSITIVE_WORD_ERROR",
}
CODES: Mapping[Refusal, int] = {  # with HTTP status 200
    Refusal.UNAUTHORIZED: 401,
    Refusal.INVALID: 422,
    Refusal.MODERATED: 400,
    Refusal.BUSY: 429,
    Refusal.BILLING: 402,
    Refusal.UNAVAILABLE: 455,
    Refusal.SERVER_ERROR: 500,
    Refusal.NOT_FOUND: 404,
}
MESSAGES: Mapping[Refusal, str] = {
    Refusal.UNAUTHORIZED: "You do not have access permissions",
    Refusal.MODERATED: "Your prompt was flagged as violating content policies.",
}
FAILURES: Mapping[Phase, tuple[str, str]] = {
    Phase.MODERATED: ("400", "The content was blocked by our safety filter."),
    Phase.FAILED: ("500", "Internal error"),
}
LINKS = ("first_frame_url", "last_frame_url", "image_urls", "image_input", "input_urls")


class KieEmulator(TaskEmulator):
    name = "kie"
    callback_field = "callBackUrl"

    def api_routes(self) -> Iterable[BaseRoute]:
        yield Route(f"{BASE}/jobs/createTask", self.submit, methods=["POST"])
        yield Route(f"{BASE}/jobs/recordInfo", self.poll, methods=["GET"])
        yield Route(f"{BASE}/chat/credit", self._credit, methods=["GET"])

    def problem(self, request: Request, body: dict[str, object]) -> str | None:
        given = body.get("input")
        if not isinstance(given, dict):
            return "input is required"
        for name in LINKS:
            value = given.get(name)
            is_list = name in ("image_urls", "image_input", "input_urls")
            if value is not None and isinstance(value, list) != is_list:
                return f"{name} is {'not ' if is_list else ''}a list"
            links = value if isinstance(value, list) else [value or "https://"]
            if not all(str(link).startswith("https://") for link in links):
                return f"{name} is not a URL"
        known = "aspect_ratio resolution output_format duration quality generate_audio google_search " + " ".join(LINKS)
        return unknown_fields(given, known, "prompt") or unknown_fields(body, "callBackUrl", "model input")

    def refusal(self, why: Refusal, message: str) -> Response:
        return JSONResponse({"code": CODES[why], "msg": MESSAGES.get(why, message), "data": None})

    def accepted(self, job: EmulatedJob) -> dict[str, object]:
        return {"code": 200, "msg": "success", "data": {"taskId": job.id}}

    def state(self, job: EmulatedJob, phase: Phase) -> dict[str, object]:
        given = job.body["input"]
        is_video = isinstance(given, dict) and "duration" in given
        urls = [self.output_url("video/mp4" if is_video else "image/png")] if phase is Phase.SUCCEEDED else []
        code, message = FAILURES.get(phase, ("", ""))
        is_success = phase in (Phase.SUCCEEDED, Phase.EMPTY)
        data = {
            "taskId": job.id,
            "model": job.body["model"],
            "state": STATES[phase],
            "param": orjson.dumps(job.body).decode(),
            "resultJson": orjson.dumps({"resultUrls": urls}).decode() if is_success else "",
            "failCode": code,
            "failMsg": message,
            "createTime": 1_780_000_000_000,
        }
        return {"code": 200, "message": "success", "data": data}

    def job_of(self, request: Request) -> EmulatedJob | None:
        return self.jobs.get(request.query_params.get("taskId", ""))

    async def _credit(self, request: Request) -> Response:
        await self.record(request)
        if not self.is_authorized(request):
            return self.refusal(Refusal.UNAUTHORIZED, "")
        return JSONResponse({"code": 200, "msg": "success", "data": 100})


class KieSunoEmulator(KieEmulator):
    """Suno: two tracks a job."""

    def api_routes(self) -> Iterable[BaseRoute]:
        yield Route(f"{BASE}/generate", self.submit, methods=["POST"])
        yield Route(f"{BASE}/generate/record-info", self.poll, methods=["GET"])

    def problem(self, request: Request, body: dict[str, object]) -> str | None:
        known = "callBackUrl style title negativeTags vocalGender styleWeight weirdnessConstraint audioWeight personaId"
        return unknown_fields(body, known, "prompt customMode instrumental model")

    def state(self, job: EmulatedJob, phase: Phase) -> dict[str, object]:
        response = {"taskId": job.id, "sunoData": self._tracks() if phase is Phase.SUCCEEDED else []}
        is_failure = phase in (Phase.FAILED, Phase.MODERATED)
        data = {
            "taskId": job.id,
            "status": SUNO_STATES[phase],
            "type": "GENERATE",
            "response": response,
            "errorCode": None,
            "errorMessage": "It failed." if is_failure else None,
        }
        return {"code": 200, "msg": "success", "data": data}

    def callback(self, job: EmulatedJob) -> dict[str, object]:
        return {"code": 200, "msg": "success", "data": {"callbackType": "complete", "task_id": job.id, "data": []}}

    def _tracks(self) -> list[dict[str, object]]:
        return [
            {
                "id": f"track-{number}",
                "audioUrl": self.output_url("audio/mpeg", number=number),
                "imageUrl": self.output_url("image/jpeg", number=number),
                "prompt": "[Verse] la la la",
                "title": "A waltz",
                "tags": "waltz",
                "duration": 1.0,
            }
            for number in (1, 2)
        ]
