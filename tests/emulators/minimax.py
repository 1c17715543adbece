"""An emulator of MiniMax: errors with HTTP status 200, a file lookup, and results in base64 and hexadecimal."""

import base64
from collections.abc import Iterable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tests.emulators.base import EmulatedJob
from tests.emulators.media import media_file
from tests.emulators.tasks import Phase, Refusal, TaskEmulator, unknown_fields

CODES: Mapping[Refusal, tuple[int, str, int]] = {  # code of v1; type and HTTP status of v2
    Refusal.UNAUTHORIZED: (2049, "authorized_error", 401),
    Refusal.INVALID: (2013, "bad_request_error", 400),
    Refusal.MODERATED: (1026, "content_policy_error", 422),
    Refusal.BUSY: (1002, "rate_limit_error", 429),
    Refusal.BILLING: (1008, "insufficient_balance_error", 402),
    Refusal.UNAVAILABLE: (1033, "overloaded_error", 503),
    Refusal.SERVER_ERROR: (1024, "api_error", 500),
    Refusal.NOT_FOUND: (2013, "not_found_error", 404),
}
STATES_1: Mapping[Phase, str] = {
    Phase.QUEUED: "Queueing",
    Phase.RUNNING: "Processing",
    Phase.SUCCEEDED: "Success",
    Phase.EMPTY: "Success",
    Phase.FAILED: "Fail",
    Phase.MODERATED: "Fail",
}
STATES_2: Mapping[Phase, str] = {
    Phase.QUEUED: "queued",
    Phase.RUNNING: "running",
    Phase.SUCCEEDED: "succeeded",
    Phase.EMPTY: "succeeded",
    Phase.FAILED: "failed",
    Phase.MODERATED: "failed",
    Phase.CANCELLED: "cancelled",
}
FIELDS: Mapping[str, tuple[str, str]] = {  # known and required fields, by path
    "/v1/video_generation": (
        "prompt first_frame_image last_frame_image subject_reference duration resolution prompt_optimizer "
        "fast_pretreatment callback_url aigc_watermark",
        "model",
    ),
    "/v2/video_generation": ("resolution duration ratio callback_url aigc_watermark", "model content"),
    "/v1/image_generation": (
        "aspect_ratio width height response_format seed n prompt_optimizer aigc_watermark style subject_reference",
        "model prompt",
    ),
    "/v1/t2a_v2": (
        "stream voice_setting audio_setting pronunciation_dict timber_weights language_boost voice_modify "
        "subtitle_enable output_format",
        "model text",
    ),
    "/v1/music_generation": ("prompt stream output_format audio_setting aigc_watermark", "model lyrics"),
}
OK = {"status_code": 0, "status_msg": "success"}


class MiniMaxEmulator(TaskEmulator):
    name = "minimax"

    def api_routes(self) -> Iterable[BaseRoute]:
        yield Route("/v1/video_generation", self.submit, methods=["POST"])
        yield Route("/v1/query/video_generation", self.poll, methods=["GET"])
        yield Route("/v1/files/retrieve", self._retrieve, methods=["GET"])
        for path in ("/v1/image_generation", "/v1/t2a_v2", "/v1/music_generation"):
            yield Route(path, self.submit_and_wait, methods=["POST"])

    def problem(self, request: Request, body: dict[str, object]) -> str | None:
        if "content" in body and not is_content(body["content"]):
            return "content is not a list of texts and media"
        if not str(body.get("first_frame_image", "data:image/")).startswith(("https://", "data:image/")):
            return "first_frame_image is neither a URL nor a data URL"
        return unknown_fields(body, *FIELDS[request.url.path])

    def refusal(self, why: Refusal, message: str) -> Response:
        return JSONResponse({"base_resp": {"status_code": CODES[why][0], "status_msg": message}, "trace_id": "trace-1"})

    def accepted(self, job: EmulatedJob) -> dict[str, object]:
        return {"task_id": job.id, "base_resp": OK}

    def state(self, job: EmulatedJob, phase: Phase) -> dict[str, object]:
        failure = {Phase.MODERATED: (1027, "output new_sensitive"), Phase.FAILED: (1000, "unknown error")}.get(phase)
        return {
            "task_id": job.id,
            "status": STATES_1[phase],
            "file_id": f"file-{job.id}" if phase is Phase.SUCCEEDED else "",
            "video_width": 1366,
            "video_height": 768,
            "base_resp": OK if failure is None else {"status_code": failure[0], "status_msg": failure[1]},
        }

    def result(self, job: EmulatedJob, phase: Phase) -> Response:
        if phase is Phase.MODERATED:
            return JSONResponse({"base_resp": {"status_code": 1027, "status_msg": "output new_sensitive"}})
        is_empty, is_image = phase is Phase.EMPTY, str(job.details["path"]).endswith("image_generation")
        image, sound = base64.b64encode(media_file("x.jpg")[1]).decode(), media_file("x.mp3")[1].hex()
        data: object = (
            {"image_base64": [] if is_empty else [image]} if is_image else {"audio": "" if is_empty else sound}
        )
        extra = {"extra_info": {"usage_characters": 5, "audio_length": 1000}, "trace_id": "trace-1"}
        return JSONResponse({"id": job.id, "data": data, "base_resp": OK, **extra})

    def job_of(self, request: Request) -> EmulatedJob | None:
        return self.jobs.get(str(request.path_params.get("id", request.query_params.get("task_id"))))

    async def _retrieve(self, request: Request) -> Response:
        await self.record(request)
        file_id = request.query_params.get("file_id", "")
        if not self.is_authorized(request):
            return self.refusal(Refusal.UNAUTHORIZED, "invalid api key")
        if file_id.removeprefix("file-") not in self.jobs:
            return self.refusal(Refusal.INVALID, "invalid file_id")
        file = {"file_id": file_id, "bytes": 1, "filename": "output.mp4", "download_url": self.output_url("video/mp4")}
        return JSONResponse({"file": file, "base_resp": OK})


class MiniMax2Emulator(MiniMaxEmulator):
    """Version 2 of the video API."""

    def api_routes(self) -> Iterable[BaseRoute]:
        yield Route("/v2/video_generation", self.submit, methods=["POST"])
        yield Route("/v2/query/video_generation/{id}", self.poll, methods=["GET"])
        yield Route("/v2/video_generation/{id}", self.cancel, methods=["DELETE"])

    def refusal(self, why: Refusal, message: str) -> Response:
        _, kind, status = CODES[why]
        error = {"type": kind, "message": message, "http_code": str(status)}
        return JSONResponse({"type": "error", "error": error, "request_id": "request-1"}, status)

    def accepted(self, job: EmulatedJob) -> dict[str, object]:
        return {"task_id": job.id}

    def cancelled(self, job: EmulatedJob) -> Response:
        return JSONResponse({"task_id": job.id, "status": "cancelled"})

    def state(self, job: EmulatedJob, phase: Phase) -> dict[str, object]:
        task: dict[str, object] = {"id": job.id, "model": job.body["model"], "status": STATES_2[phase]}
        codes = {Phase.MODERATED: (1027, "output new_sensitive"), Phase.FAILED: (1000, "unknown error")}
        if phase is Phase.SUCCEEDED:
            task["content"] = {"url": self.output_url("video/mp4")}
        if phase in codes:
            task["error"] = dict(zip(("code", "message"), codes[phase], strict=True))
        return {"task": task}


def is_content(content: object) -> bool:
    """Whether it is a list of a text and of images with a role."""
    if not isinstance(content, list) or not all(isinstance(part, dict) for part in content):
        return False
    roles = {part.get("role") for part in content if part.get("type") != "text"}
    return any(part.get("type") == "text" for part in content) and roles <= {
        "first_frame",
        "last_frame",
        "reference_image",
    }
