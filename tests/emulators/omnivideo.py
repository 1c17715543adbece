"""An emulator of OmniVideo: states are numbers, and failures have HTTP status 200."""

from collections.abc import Iterable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tests.emulators.base import EmulatedJob
from tests.emulators.tasks import Phase, Refusal, TaskEmulator, unknown_fields

BASE = "/api/v1"
MODELS = {"seedance-2", "gpt-image-2", "nano-banana-2"}
STATES: Mapping[Phase, int] = {
    Phase.QUEUED: 1,
    Phase.RUNNING: 2,
    Phase.SUCCEEDED: 3,
    Phase.EMPTY: 3,
    Phase.FAILED: 4,
    Phase.MODERATED: 4,
}
HTTP_STATUSES: Mapping[Refusal, int] = {
    Refusal.UNAUTHORIZED: 401,
    Refusal.UNAVAILABLE: 503,
    Refusal.SERVER_ERROR: 500,
    Refusal.BUSY: 429,
}
MESSAGES: Mapping[Refusal, str] = {
    Refusal.BILLING: "余额不足",
    Refusal.MODERATED: "内容违规",
    Refusal.NOT_FOUND: "任务不存在",
}


class OmniVideoEmulator(TaskEmulator):
    name = "omnivideo"
    callback_field = ""

    def api_routes(self) -> Iterable[BaseRoute]:
        yield Route(f"{BASE}/tasks/create", self.submit, methods=["POST"])
        yield Route(f"{BASE}/tasks/{{id}}", self.poll, methods=["GET"])

    def problem(self, request: Request, body: dict[str, object]) -> str | None:
        if body.get("model_id") not in MODELS:
            return "unsupported model_id"
        links = body.get("image_urls", [])
        if not isinstance(links, list) or not all(str(link).startswith("https://") for link in links):
            return "image_urls is not a list of URLs"
        return unknown_fields(body, "image_urls aspect_ratio", "model_id prompt")

    def refusal(self, why: Refusal, message: str) -> Response:
        status = HTTP_STATUSES.get(why, 200)
        return JSONResponse({"code": 0, "msg": MESSAGES.get(why, message), "data": None}, status)

    def accepted(self, job: EmulatedJob) -> dict[str, object]:
        return {
            "code": 200,
            "msg": "任务已提交",
            "data": {"task_id": job.id, "request_id": f"kie_{job.id}", "credits": 15},
            "task_id": job.id,  # also at the top level, where the published SDK looks for it
            "task_status": 1,
        }

    def state(self, job: EmulatedJob, phase: Phase) -> dict[str, object]:
        is_video = job.body["model_id"] == "seedance-2"
        url = self.output_url("video/mp4" if is_video else "image/png") if phase is Phase.SUCCEEDED else None
        data = {
            "task_id": job.id,
            "task_status": STATES[phase],
            "task_type": "video" if is_video else "image",
            "model_id": job.body["model_id"],
            "image_url": None if is_video else url,
            "video_url": url if is_video else None,
            "audio_url": None,
            "credits": 15,
            "created_at": 1_780_000_000,
        }
        if phase is Phase.MODERATED:
            data["error"] = "内容违规"
        return {"code": 200, "msg": "ok", "data": data, **data}
