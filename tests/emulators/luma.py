"""Emulators of Luma: Dream Machine, and the agents API."""

import base64
import binascii
from collections.abc import Iterable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tests.emulators.base import EmulatedJob
from tests.emulators.tasks import Phase, Refusal, TaskEmulator, unknown_fields

STATUSES: Mapping[Refusal, int] = {
    Refusal.UNAUTHORIZED: 401,
    Refusal.INVALID: 422,
    Refusal.MODERATED: 400,
    Refusal.BUSY: 429,
    Refusal.BILLING: 400,
    Refusal.UNAVAILABLE: 503,
    Refusal.SERVER_ERROR: 500,
    Refusal.NOT_FOUND: 404,
}
MESSAGES: Mapping[Refusal, str] = {
    Refusal.MODERATED: "Prompt not allowed because advanced moderation failed",
    Refusal.BILLING: "Insufficient credits",
}
CREATED = "2026-11-28T12:00:00Z"


class LumaEmulator(TaskEmulator):
    """Dream Machine."""

    name = "luma"
    states: Mapping[Phase, str] = {
        Phase.QUEUED: "queued",
        Phase.RUNNING: "dreaming",
        Phase.SUCCEEDED: "completed",
        Phase.EMPTY: "completed",
        Phase.FAILED: "failed",
        Phase.MODERATED: "failed",
        Phase.CANCELLED: "failed",
    }

    def api_routes(self) -> Iterable[BaseRoute]:
        base = "/dream-machine/v1"
        yield Route(f"{base}/generations/video", self.submit, methods=["POST"])
        yield Route(f"{base}/generations/image", self.submit, methods=["POST"])
        yield Route(f"{base}/generations/{{id}}", self.poll, methods=["GET"])
        yield Route(f"{base}/generations/{{id}}", self.cancel, methods=["DELETE"])
        yield Route(f"{base}/credits", self._credits, methods=["GET"])

    def problem(self, request: Request, body: dict[str, object]) -> str | None:
        if request.url.path.endswith("image"):
            known = "aspect_ratio callback_url format image_ref modify_image_ref style_ref character_ref sync"
            return unknown_fields(body, known, "model prompt")
        frames = body.get("keyframes") or {}
        for frame in frames.values() if isinstance(frames, dict) else []:
            if not (
                isinstance(frame, dict) and frame.get("type") == "image" and str(frame.get("url")).startswith("http")
            ):
                return "keyframes: Input should be an image with a URL or a generation"
        if body.get("duration", "5s") not in ("5s", "9s"):
            return "duration: Input should be '5s' or '9s'"
        known = "prompt aspect_ratio duration resolution loop keyframes concepts callback_url generation_type"
        return unknown_fields(body, known, "model")

    def refusal(self, why: Refusal, message: str) -> Response:
        return JSONResponse({"detail": MESSAGES.get(why, message)}, STATUSES[why])

    def accepted(self, job: EmulatedJob) -> dict[str, object]:
        return self.state(job, Phase.QUEUED)

    def state(self, job: EmulatedJob, phase: Phase) -> dict[str, object]:
        is_image = str(job.details["path"]).endswith("image")
        file = {"image": self.output_url("image/jpeg")} if is_image else {"video": self.output_url("video/mp4")}
        reasons = {Phase.MODERATED: "Image moderation failed", Phase.FAILED: "Something went wrong"}
        return {
            "id": job.id,
            "generation_type": "image" if is_image else "video",
            "state": self.states[phase],
            "failure_reason": reasons.get(phase),
            "created_at": CREATED,
            "assets": file if phase is Phase.SUCCEEDED else None,
            "model": job.body["model"],
            "request": job.body,
        }

    def cancelled(self, job: EmulatedJob) -> Response:
        return Response(status_code=204)

    async def _credits(self, request: Request) -> Response:
        await self.record(request)
        if not self.is_authorized(request):
            return self.refusal(Refusal.UNAUTHORIZED, "Not authenticated")
        return JSONResponse({"credit_balance": 1000})


class LumaAgentsEmulator(LumaEmulator):
    """The agents API. It has no callbacks and no cancellation."""

    callback_field = ""
    states: Mapping[Phase, str] = {**LumaEmulator.states, Phase.RUNNING: "processing"}

    def api_routes(self) -> Iterable[BaseRoute]:
        yield Route("/v1/generations", self.submit, methods=["POST"])
        yield Route("/v1/generations/{id}", self.poll, methods=["GET"])

    def problem(self, request: Request, body: dict[str, object]) -> str | None:
        if body.get("type", "image") not in ("image", "image_edit", "video", "video_edit", "video_reframe", "layering"):
            return "type: Input should be one of the known types"
        video = body.get("video") or {}
        frame = video.get("start_frame") if isinstance(video, dict) else None
        if frame is not None and not is_reference(frame):
            return "video.start_frame: exactly one of url, data, generation_id or file_id"
        references = body.get("image_ref", [])
        if not isinstance(references, list) or not all(is_reference(each) for each in references):
            return "image_ref: Input should be a list of references"
        known = "aspect_ratio image_ref layering model output_format source style type user_id video web_search"
        return unknown_fields(body, known, "prompt")

    def refusal(self, why: Refusal, message: str) -> Response:
        codes = {
            Refusal.MODERATED: "content_moderated",
            Refusal.BILLING: "budget_exhausted",
            Refusal.BUSY: "rate_limited",
        }
        return JSONResponse({"detail": message, "code": codes.get(why, "invalid_request")}, STATUSES[why])

    def state(self, job: EmulatedJob, phase: Phase) -> dict[str, object]:
        kind = str(job.body.get("type", "image"))
        url = self.output_url("video/mp4" if kind.startswith("video") else "image/png")
        codes = {Phase.MODERATED: "content_moderated", Phase.FAILED: "generation_failed"}
        return {
            "id": job.id,
            "created_at": CREATED,
            "model": job.body.get("model", "uni-1"),
            "state": self.states[phase],
            "type": kind,
            "failure_code": codes.get(phase),
            "failure_reason": None,
            "output": [{"type": kind, "url": url}] if phase is Phase.SUCCEEDED else [],
        }


def is_reference(value: object) -> bool:
    """Whether it refers to one image: by URL, or by data with its media type."""
    if not isinstance(value, dict) or len(value.keys() & {"url", "data", "generation_id", "file_id"}) != 1:
        return False
    try:
        base64.b64decode(value.get("data", ""), validate=True)
    except binascii.Error:
        return False
    return "data" not in value or str(value.get("media_type")).startswith("image/")
