"""An emulator of BytePlus ModelArk: video tasks, and images whose response is the result."""

from collections.abc import Iterable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tests.emulators.base import EmulatedJob
from tests.emulators.tasks import Phase, Refusal, TaskEmulator, unknown_fields

VIDEOS = "/api/v3/contents/generations/tasks"
ROLES = {"first_frame", "last_frame", "reference_image", None}
VIDEO_FIELDS = (
    "callback_url return_last_frame service_tier execution_expires_after generate_audio safety_identifier resolution "
    "ratio duration frames seed camera_fixed watermark draft priority tools"
)
IMAGE_FIELDS = (
    "image size seed sequential_image_generation sequential_image_generation_options stream guidance_scale "
    "response_format watermark optimize_prompt optimize_prompt_options output_format tools"
)
STATES: Mapping[Phase, str] = {
    Phase.QUEUED: "queued",
    Phase.RUNNING: "running",
    Phase.SUCCEEDED: "succeeded",
    Phase.EMPTY: "succeeded",
    Phase.FAILED: "failed",
    Phase.MODERATED: "failed",
    Phase.CANCELLED: "cancelled",
}
CODES: Mapping[Refusal, tuple[int, str]] = {
    Refusal.UNAUTHORIZED: (401, "AuthenticationError"),
    Refusal.INVALID: (400, "InvalidParameter"),
    Refusal.MODERATED: (400, "InputTextSensitiveContentDetected"),
    Refusal.BUSY: (429, "ModelAccountRpmRateLimitExceeded"),
    Refusal.BILLING: (403, "AccountOverdueError"),
    Refusal.UNAVAILABLE: (503, "ServerOverloaded"),
    Refusal.SERVER_ERROR: (500, "InternalServiceError"),
    Refusal.NOT_FOUND: (404, "ResourceNotFound"),
}
ERRORS: Mapping[Phase, dict[str, object]] = {
    Phase.MODERATED: {"code": "OutputVideoSensitiveContentDetected", "message": "The output may be sensitive."},
    Phase.FAILED: {"code": "InternalServiceError", "message": "The service failed."},
}


class ArkEmulator(TaskEmulator):
    name = "ark"

    def api_routes(self) -> Iterable[BaseRoute]:
        yield Route(VIDEOS, self.submit, methods=["POST"])
        yield Route(f"{VIDEOS}/{{id}}", self.poll, methods=["GET"])
        yield Route(f"{VIDEOS}/{{id}}", self.cancel, methods=["DELETE"])
        yield Route("/api/v3/images/generations", self.submit_and_wait, methods=["POST"])

    def problem(self, request: Request, body: dict[str, object]) -> str | None:
        sent = {name: value for name, value in body.items() if value is not None}  # the SDK sends nulls
        if request.url.path.endswith("images/generations"):
            return unknown_fields(sent, IMAGE_FIELDS, "model prompt")
        content = sent.get("content")
        if not isinstance(content, list) or not all(is_part(part) for part in content):
            return "content is not a list of texts and images"
        return unknown_fields(sent, VIDEO_FIELDS, "model content")

    def refusal(self, why: Refusal, message: str) -> Response:
        status, code = CODES[why]
        return JSONResponse({"error": {"code": code, "message": message, "param": "", "type": "BadRequest"}}, status)

    def accepted(self, job: EmulatedJob) -> dict[str, object]:
        return {"id": job.id}

    def state(self, job: EmulatedJob, phase: Phase) -> dict[str, object]:
        return {
            "id": job.id,
            "model": job.body["model"],
            "status": STATES[phase],
            "error": ERRORS.get(phase),
            "content": {"video_url": self.output_url("video/mp4")} if phase is Phase.SUCCEEDED else None,
            "usage": {"completion_tokens": 246840, "total_tokens": 246840} if phase is Phase.SUCCEEDED else None,
            "created_at": 1_780_000_000,
            "updated_at": 1_780_000_001,
            "seed": 1,
        }

    def result(self, job: EmulatedJob, phase: Phase) -> Response:
        item: dict[str, object] = {"url": self.output_url("image/jpeg"), "size": "2048x2048"}
        if phase is Phase.MODERATED:
            item = {"error": {"code": "OutputImageSensitiveContentDetected", "message": "The image may be sensitive."}}
        data = [] if phase is Phase.EMPTY else [item]
        usage = {"generated_images": len(data), "output_tokens": 16384, "total_tokens": 16384}
        return JSONResponse({"model": job.body["model"], "created": 1_780_000_000, "data": data, "usage": usage})

    def cancelled(self, job: EmulatedJob) -> Response:
        if job.polls > 2:
            return self.refusal(Refusal.INVALID, "The task is running and cannot be deleted.")
        return JSONResponse({})


def is_part(part: object) -> bool:
    """Whether it is a text or an image with a role."""
    if not isinstance(part, dict):
        return False
    if part.get("type") == "text":
        return isinstance(part.get("text"), str)
    image = part.get("image_url")
    url = image.get("url") if isinstance(image, dict) else None
    return (
        part.get("type") == "image_url"
        and str(url).startswith(("https://", "data:image/"))
        and part.get("role") in ROLES
    )
