"""An emulator of Kling: envelopes with a code, tokens or keys, lookup by the client's own task ID."""

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Iterable, Mapping

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tests.emulators.base import EmulatedJob
from tests.emulators.tasks import Phase, Refusal, TaskEmulator, unknown_fields

ACCESS_KEY, SECRET_KEY = "access-key-0123456789", "secret-key-0123456789"
VIDEO_FIELDS = (
    "negative_prompt cfg_scale mode aspect_ratio duration sound camera_control image_tail callback_url external_task_id"
)
IMAGE_FIELDS = "negative_prompt image image_reference aspect_ratio n resolution callback_url external_task_id"
STATES: Mapping[Phase, str] = {
    Phase.QUEUED: "submitted",
    Phase.RUNNING: "processing",
    Phase.SUCCEEDED: "succeed",
    Phase.EMPTY: "succeed",
    Phase.FAILED: "failed",
    Phase.MODERATED: "failed",
}
MESSAGES: Mapping[Phase, str] = {
    Phase.FAILED: "internal failure",
    Phase.MODERATED: "Failure to pass the risk control system",
}
CODES: Mapping[Refusal, tuple[int, int]] = {  # HTTP status and code
    Refusal.UNAUTHORIZED: (401, 1002),
    Refusal.INVALID: (400, 1201),
    Refusal.MODERATED: (400, 1301),
    Refusal.BUSY: (429, 1303),
    Refusal.BILLING: (429, 1102),
    Refusal.UNAVAILABLE: (503, 5001),
    Refusal.SERVER_ERROR: (500, 5000),
    Refusal.NOT_FOUND: (404, 1203),
}


class KlingEmulator(TaskEmulator):
    name = "kling"

    def api_routes(self) -> Iterable[BaseRoute]:
        for path in ("/v1/videos/text2video", "/v1/videos/image2video", "/v1/images/generations"):
            yield Route(path, self.submit, methods=["POST"])
            yield Route(f"{path}/{{id}}", self.poll, methods=["GET"])

    def is_authorized(self, request: Request) -> bool:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        return token == self.key or is_valid_token(token)

    def problem(self, request: Request, body: dict[str, object]) -> str | None:
        if body.get("external_task_id") in {job.body.get("external_task_id") for job in self.jobs.values()} - {None}:
            return "external_task_id is not unique"
        if "images" in request.url.path:
            return unknown_fields(body, IMAGE_FIELDS, "model_name prompt")
        if body.get("duration", "5") not in ("5", "10"):
            return "duration must be one of the strings 5, 10"
        if body.get("mode", "std") not in ("std", "pro"):
            return "mode must be std or pro"
        if not request.url.path.endswith("image2video"):
            return unknown_fields(body, VIDEO_FIELDS, "model_name prompt")
        try:
            base64.b64decode(str(body.get("image")), validate=True)
        except binascii.Error:
            return "image is not valid Base64"
        return unknown_fields(body, f"{VIDEO_FIELDS} prompt", "model_name image")

    def refusal(self, why: Refusal, message: str) -> Response:
        status, code = CODES[why]
        return JSONResponse({"code": code, "message": message, "request_id": "request-1"}, status)

    def accepted(self, job: EmulatedJob) -> dict[str, object]:
        return self._envelope(job, Phase.QUEUED)

    def state(self, job: EmulatedJob, phase: Phase) -> dict[str, object]:
        return self._envelope(job, phase)

    def callback(self, job: EmulatedJob) -> dict[str, object]:
        return self.task(job, Phase.SUCCEEDED)

    def job_of(self, request: Request) -> EmulatedJob | None:
        given, path = request.path_params["id"], request.url.path.rpartition("/")[0]
        for job in self.jobs.values():
            if given in (job.id, job.body.get("external_task_id")) and job.details["path"] == path:
                return job
        return None

    def task(self, job: EmulatedJob, phase: Phase) -> dict[str, object]:
        """Return the task object: it is the body of callbacks too."""
        is_image = "images" in str(job.details["path"])
        file = (
            {"images": [{"index": 0, "url": self.output_url("image/png")}]}
            if is_image
            else {"videos": [{"id": "video-1", "url": self.output_url("video/mp4"), "duration": "5"}]}
        )
        result: dict[str, object] = {}
        if phase is Phase.SUCCEEDED:
            result = {"task_result": file, "final_unit_deduction": "2"}
        return {
            "task_id": job.id,
            "task_status": STATES[phase],
            "task_status_msg": MESSAGES.get(phase, ""),
            "task_info": {"external_task_id": job.body.get("external_task_id")},
            "created_at": 1_780_000_000_000,
            "updated_at": 1_780_000_000_000,
            **result,
        }

    def _envelope(self, job: EmulatedJob, phase: Phase) -> dict[str, object]:
        return {"code": 0, "message": "SUCCEED", "request_id": "request-1", "data": self.task(job, phase)}


def is_valid_token(token: str) -> bool:
    """Whether it is a token of the emulated account, valid now by this machine's clock."""
    parts = token.split(".")
    if len(parts) != 3:
        return False
    try:
        header, claims, signature = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in parts)
        said, claimed = orjson.loads(header), orjson.loads(claims)
    except (binascii.Error, orjson.JSONDecodeError):
        return False
    expected = hmac.digest(SECRET_KEY.encode(), ".".join(parts[:2]).encode(), hashlib.sha256)
    is_current = claimed.get("nbf", 0) <= time.time() < claimed.get("exp", 0)
    is_ours = said == {"alg": "HS256", "typ": "JWT"} and claimed.get("iss") == ACCESS_KEY
    return is_ours and is_current and hmac.compare_digest(signature, expected)
