"""An emulator of DashScope: asynchronous tasks by header, and images whose response is the result."""

from collections.abc import Iterable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tests.emulators.base import EmulatedJob
from tests.emulators.tasks import Phase, Refusal, TaskEmulator, unknown_fields

BASE = "/api/v1"
VIDEOS = f"{BASE}/services/aigc/video-generation/video-synthesis"
IMAGE_TASKS = f"{BASE}/services/aigc/text2image/image-synthesis"
IMAGES = f"{BASE}/services/aigc/multimodal-generation/generation"
PARAMETERS = (
    "size resolution duration n seed watermark prompt_extend negative_prompt audio shot_type ratio max_images ref_mode"
)
INPUTS = "prompt negative_prompt img_url audio_url template media extend_prompt function"
STATES: Mapping[Phase, str] = {
    Phase.QUEUED: "PENDING",
    Phase.RUNNING: "RUNNING",
    Phase.SUCCEEDED: "SUCCEEDED",
    Phase.EMPTY: "SUCCEEDED",
    Phase.FAILED: "FAILED",
    Phase.MODERATED: "FAILED",
    Phase.CANCELLED: "CANCELED",
}
CODES: Mapping[Refusal, tuple[int, str]] = {
    Refusal.UNAUTHORIZED: (401, "InvalidApiKey"),
    Refusal.INVALID: (400, "InvalidParameter"),
    Refusal.MODERATED: (400, "DataInspectionFailed"),
    Refusal.BUSY: (429, "Throttling.RateQuota"),
    Refusal.BILLING: (400, "Arrearage"),
    Refusal.UNAVAILABLE: (503, "ServiceUnavailable"),
    Refusal.SERVER_ERROR: (500, "InternalError"),
}
ERRORS: Mapping[Phase, dict[str, object]] = {
    Phase.MODERATED: {"code": "DataInspectionFailed", "message": "Output data may contain inappropriate content."},
    Phase.FAILED: {"code": "InternalError.Algo", "message": "An algorithm failed."},
}


class DashScopeEmulator(TaskEmulator):
    name = "dashscope"
    callback_field = ""

    def api_routes(self) -> Iterable[BaseRoute]:
        yield Route(VIDEOS, self.submit, methods=["POST"])
        yield Route(IMAGE_TASKS, self.submit, methods=["POST"])
        yield Route(IMAGES, self.submit_and_wait, methods=["POST"])
        yield Route(f"{BASE}/tasks/{{id}}", self.poll, methods=["GET"])
        yield Route(f"{BASE}/tasks/{{id}}/cancel", self.cancel, methods=["POST"])

    def problem(self, request: Request, body: dict[str, object]) -> str | None:
        given, parameters = body.get("input"), body.get("parameters", {})
        if not isinstance(given, dict) or not isinstance(parameters, dict):
            return "input and parameters must be objects"
        is_task = request.url.path != IMAGES
        if is_task != (request.headers.get("x-dashscope-async") == "enable"):
            return "current user api does not support synchronous calls."
        if is_task:
            problem = unknown_fields(given, INPUTS, "")
        else:
            problem = None if is_conversation(given.get("messages")) else "messages is not a conversation"
        if "x" in str(parameters.get("size", "")):
            return "size must be of the form 1024*1024"
        return (
            problem
            or unknown_fields(parameters, PARAMETERS, "")
            or unknown_fields(body, "parameters task task_group function", "model input")
        )

    def refusal(self, why: Refusal, message: str) -> Response:
        if why is Refusal.NOT_FOUND:  # an unknown task is a state
            return JSONResponse({"request_id": "request-1", "output": {"task_id": "x", "task_status": "UNKNOWN"}})
        status, code = CODES[why]
        return JSONResponse({"code": code, "message": message, "request_id": "request-1"}, status)

    def accepted(self, job: EmulatedJob) -> dict[str, object]:
        return {"request_id": "request-1", "output": {"task_id": job.id, "task_status": "PENDING"}}

    def state(self, job: EmulatedJob, phase: Phase) -> dict[str, object]:
        output: dict[str, object] = {"task_id": job.id, "task_status": STATES[phase], **ERRORS.get(phase, {})}
        is_image = job.details["path"] == IMAGE_TASKS
        if phase is Phase.SUCCEEDED:
            blocked = {"code": "DataInspectionFailed", "message": "Blocked."}
            results = [{"url": self.output_url("image/png")}, blocked]
            output |= {"results": results} if is_image else {"video_url": self.output_url("video/mp4")}
        usage = {"image_count": 1} if is_image else {"duration": 5, "video_count": 1}
        return {"request_id": "request-1", "output": output, **({"usage": usage} if phase is Phase.SUCCEEDED else {})}

    def result(self, job: EmulatedJob, phase: Phase) -> Response:
        if phase is Phase.MODERATED:
            return self.refusal(Refusal.MODERATED, "Output data may contain inappropriate content.")
        content = [] if phase is Phase.EMPTY else [{"image": self.output_url("image/png")}]
        choice = {"finish_reason": "stop", "message": {"role": "assistant", "content": content}}
        usage = {"width": 1024, "height": 1024, "image_count": len(content)}
        return JSONResponse({"output": {"choices": [choice]}, "usage": usage, "request_id": "request-1"})

    def cancelled(self, job: EmulatedJob) -> Response:
        return JSONResponse({"request_id": "request-1"})


def is_conversation(messages: object) -> bool:
    """Whether it is one message of a user, of texts and images."""
    if not isinstance(messages, list) or len(messages) != 1 or not isinstance(messages[0], dict):
        return False
    content = messages[0].get("content")
    if messages[0].get("role") != "user" or not isinstance(content, list):
        return False
    return all(isinstance(part, dict) and part.keys() <= {"text", "image"} for part in content) and any(
        "text" in part for part in content
    )
