"""An emulator of Black Forest Labs: polling URLs, moderation as a state, delivery by URL."""

import base64
import binascii
from collections.abc import Iterable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tests.emulators.base import EmulatedJob, Scenario
from tests.emulators.tasks import Phase, Refusal, TaskEmulator, unknown_fields

MODELS = {"flux-dev", "flux-pro", "flux-pro-1.1", "flux-pro-1.1-ultra", "flux-kontext-pro", "flux-kontext-max"}
FIELDS = (
    "width height aspect_ratio seed prompt_upsampling safety_tolerance output_format steps guidance raw interval "
    "input_image input_image_2 input_image_3 input_image_4 image_prompt image_prompt_strength "
    "webhook_url webhook_secret"
)
STATES: Mapping[Phase, str] = {
    Phase.QUEUED: "Pending",
    Phase.RUNNING: "Processing",
    Phase.SUCCEEDED: "Ready",
    Phase.EMPTY: "Ready",
    Phase.FAILED: "Error",
    Phase.MODERATED: "Content Moderated",
}
STATUSES: Mapping[Refusal, int] = {
    Refusal.UNAUTHORIZED: 403,
    Refusal.INVALID: 422,
    Refusal.MODERATED: 422,
    Refusal.BUSY: 429,
    Refusal.BILLING: 402,
    Refusal.UNAVAILABLE: 503,
    Refusal.SERVER_ERROR: 500,
    Refusal.NOT_FOUND: 404,
}


class BflEmulator(TaskEmulator):
    name = "bfl"
    callback_field = "webhook_url"

    def api_routes(self) -> Iterable[BaseRoute]:
        yield Route("/v1/get_result", self.poll, methods=["GET"])
        yield Route("/v1/{model}", self.submit, methods=["POST"])

    def is_authorized(self, request: Request) -> bool:
        return request.headers.get("x-key") == self.key

    def problem(self, request: Request, body: dict[str, object]) -> str | None:
        if request.path_params["model"] not in MODELS:
            return "There is no such model."
        for name in ("width", "height"):
            side = body.get(name, 1024)
            if not isinstance(side, int) or side % 32:
                return f"{name}: Input should be a multiple of 32"
        for name in ("input_image", "input_image_2", "image_prompt"):
            try:
                base64.b64decode(str(body.get(name) or ""), validate=True)
            except binascii.Error:
                return f"{name}: Input should be valid base64"
        return unknown_fields(body, FIELDS, "prompt")

    def refusal(self, why: Refusal, message: str) -> Response:
        detail: object = message
        if why is Refusal.INVALID:
            detail = [{"type": "value_error", "loc": ["body"], "msg": message}]
        if why is Refusal.MODERATED:
            detail = "Request Moderated"
        return JSONResponse({"detail": detail}, STATUSES[why])

    def accepted(self, job: EmulatedJob) -> dict[str, object]:
        host = self.foreign_url if self.happens(Scenario.FOREIGN_STATUS_URL) else self.url
        return {"id": job.id, "polling_url": f"{host}/v1/get_result?id={job.id}", "cost": 4.0}

    def state(self, job: EmulatedJob, phase: Phase) -> dict[str, object]:
        result = {
            Phase.SUCCEEDED: {"sample": self.output_url("image/png"), "prompt": job.body["prompt"], "seed": 1},
            Phase.EMPTY: {},
        }
        return {
            "id": job.id,
            "status": STATES[phase],
            "result": result.get(phase),
            "progress": 0.5 if phase is Phase.RUNNING else None,
            "details": {"Moderation Reasons": ["Safety Filter"]} if phase is Phase.MODERATED else None,
        }
