"""An emulator of HeyGen's API v3: videos with idempotency keys, and signed callbacks.

HeyGen has no SDK for Python: what it checks is from the schemas of its own command line client and its reference.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tests.emulators.base import Disconnect, EmulatedJob, Emulator, Scenario, busy

KEY, WEBHOOK_SECRET = "sk_heygen_emulator_0123456789", "whsec_heygen_emulator_0123456789"
AVATAR, VOICE = "Abigail_expressive_2024112501", "1bd001e7e50f421d891986aad5158bc8"
KEY_FORM = re.compile(r"[A-Za-z0-9_\-:.]{1,255}")
COMMON_FIELDS = frozenset(
    {"type", "title", "script", "voice_id", "audio_url", "audio_asset_id", "voice_settings", "resolution", "fit"}
    | {"aspect_ratio", "background", "remove_background", "output_format", "callback_url", "callback_id", "caption"}
    | {"motion_prompt", "expressiveness", "watermark", "brand_glossary_id"}
)
KINDS: Mapping[object, frozenset[str]] = {
    "avatar": COMMON_FIELDS | {"avatar_id", "engine"},
    "image": COMMON_FIELDS | {"image"},
}
ALLOWED: Mapping[str, frozenset[str]] = {
    "resolution": frozenset({"720p", "1080p", "4k"}),
    "aspect_ratio": frozenset({"16:9", "9:16", "4:5", "5:4", "1:1", "auto"}),
    "output_format": frozenset({"mp4", "webm"}),
    "expressiveness": frozenset({"high", "medium", "low"}),
}
ASSETS: Mapping[object, frozenset[str]] = {
    "url": frozenset({"type", "url"}),
    "asset_id": frozenset({"type", "asset_id"}),
    "base64": frozenset({"type", "media_type", "data"}),
}
NUMBERS: Mapping[str, tuple[float, float]] = {"speed": (0.5, 1.5), "pitch": (-50, 50), "volume": (0, 1)}

Handler = Callable[[Request, bytes], Response]


class HeyGenEmulator(Emulator):
    """`refusal` answers every submission, if set: an HTTP status, and the code and the parameter of the error.

    `failure` is the code and the message of a failed video; `status` replaces the state of a finished one.
    """

    name = "heygen"

    def __init__(self, url: str, *, scenario: Scenario = Scenario.HAPPY) -> None:
        super().__init__(url, scenario=scenario)
        self.refusal: tuple[int, str, str | None] | None = None
        self.failure = ("render_failed", "Rendering failed.")
        self.status: str | None = None
        self.video_url: str | None = None
        self.video_id: object = None
        self.is_polling_limited = False
        self.by_key: dict[str, EmulatedJob] = {}

    def api_routes(self) -> Iterable[BaseRoute]:
        yield Route("/v3/videos", self._checked(self._create), methods=["POST"])
        yield Route("/v3/videos/{id}", self._checked(self._get), methods=["GET"])
        yield Route("/v3/videos/{id}", self._checked(self._delete), methods=["DELETE"])
        yield Route("/v3/users/me", self._checked(self._user), methods=["GET"])

    def callback(
        self,
        job: EmulatedJob,
        *,
        header: str = "heygen-signature",
        timestamp: int | str | None = None,
        event_type: str = "avatar_video.success",
        **more: object,
    ) -> tuple[dict[str, str], bytes]:
        """Return the headers and the body of a callback about a video."""
        data = {"video_id": job.id, "callback_id": job.body.get("callback_id"), **more}
        body = orjson.dumps({"event_id": "evt_1", "event_type": event_type, "event_data": data})
        signature = hmac.new(WEBHOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()
        dated = {} if timestamp is None else {"heygen-timestamp": str(timestamp)}
        return {header: signature, "heygen-event-id": "evt_1", **dated}, body

    def _checked(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            body = await self.record(request)
            given = request.headers.get("x-api-key")
            if given != KEY or self.happens(Scenario.UNAUTHORIZED):
                return _error(401, "authentication_failed", f"Invalid API key {given}")
            return handler(request, body)

        return handle

    def _create(self, request: Request, raw: bytes) -> Response:
        key = request.headers.get("idempotency-key")
        if key is not None and not KEY_FORM.fullmatch(key):
            return _error(400, "invalid_parameter", "Invalid key", "Idempotency-Key")
        if key in self.by_key:
            return self._created(self.by_key[key])
        if refused := self._refused():
            return refused
        body = orjson.loads(raw)
        if issue := _issue(body):
            return _error(400, "invalid_parameter", f"{issue} is invalid", issue)
        for name, known in (("avatar_id", AVATAR), ("voice_id", VOICE)):
            if body.get(name, known) != known:
                return _error(404, "not_found", f"{body[name]} was not found", name)
        job = self.buy(body, callback_url=body.get("callback_url"))
        if key is not None:
            self.by_key[key] = job
        return Disconnect() if self.happens(Scenario.LOST_ANSWER) else self._created(job)

    def _created(self, job: EmulatedJob) -> Response:
        video_id = job.id if self.video_id is None else self.video_id
        return JSONResponse({"data": {"video_id": video_id, "status": "waiting", "output_format": "mp4"}})

    def _refused(self) -> Response | None:
        if self.refusal is not None:
            status, code, param = self.refusal
            return _error(status, code, "Something about the request.", param)
        if self.happens(Scenario.MODERATED_AT_SUBMISSION):
            return _error(400, "content_policy_violation", "The script was flagged by moderation.", "script")
        if self.happens(Scenario.INVALID_INPUT):
            return _error(400, "invalid_parameter", "The script is too long.", "script")
        if self.happens_once(Scenario.BUSY_ONCE):
            return busy(retry_after="1")
        if self.happens_once(Scenario.BUSY_WITHOUT_RETRY_AFTER):
            return _error(429, "rate_limit_exceeded", "Too many requests.")
        if self.happens_once(Scenario.UNAVAILABLE_ONCE):
            return Response(status_code=503)
        if self.happens_once(Scenario.SERVER_ERROR_ONCE):
            return _error(500, "internal_error", "Something went wrong.")
        return None

    def _get(self, request: Request, _: bytes) -> Response:
        if self.happens_once(Scenario.POLL_ERROR_ONCE):
            return _error(500, "internal_error", "Something went wrong.")
        if self.is_polling_limited:
            return busy(retry_after="3")
        job = self.jobs.get(request.path_params["id"])
        if job is None:
            return _error(404, "not_found", "The video was not found.")
        if not self.is_done(job):
            return JSONResponse({"data": self._detail(job, "pending" if job.polls == 1 else "processing")})
        failed = self.happens(Scenario.FAILED_LATER) or self.happens(Scenario.MODERATED_LATER)
        return JSONResponse({"data": self._detail(job, self.status or ("failed" if failed else "completed"))})

    def _detail(self, job: EmulatedJob, status: str) -> dict[str, object]:
        is_there = status == "completed" and not self.happens(Scenario.EMPTY_SUCCESS)
        code, message = (
            ("content_policy_violation", "Flagged by moderation.")
            if self.happens(Scenario.MODERATED_LATER)
            else self.failure
        )
        caption = job.body.get("caption")
        return {
            "id": job.id,
            "title": job.body.get("title"),
            "status": status,
            "created_at": 1_767_225_600,
            "completed_at": 1_767_225_660 if status in ("completed", "failed") else None,
            "video_url": (self.video_url or self.output_url("video/mp4")) if is_there else None,
            "captioned_video_url": self.output_url("video/mp4", number=2) if is_there and caption else None,
            "subtitle_url": None,
            "thumbnail_url": self.output_url("image/jpeg") if is_there else None,
            "duration": 1.0 if is_there else None,
            "failure_code": code if status == "failed" else None,
            "failure_message": message if status == "failed" else None,
        }

    def _delete(self, request: Request, _: bytes) -> Response:
        job = self.jobs.pop(request.path_params["id"], None)
        return _error(404, "not_found", "Not found.") if job is None else JSONResponse({"data": {"id": job.id}})

    def _user(self, request: Request, _: bytes) -> Response:
        if self.refusal is not None:
            return _error(self.refusal[0], self.refusal[1], "Something about the account.")
        return JSONResponse({"data": {"username": "doitong", "billing_type": "wallet"}})


def _issue(body: object) -> str | None:
    """Return the first invalid parameter of a request."""
    if not isinstance(body, dict):
        return "body"
    kind = body.get("type")
    if kind not in KINDS:
        return "type"
    unknown = sorted(body.keys() - KINDS[kind])
    invalid = [name for name, values in ALLOWED.items() if body.get(name) is not None and body[name] not in values]
    required = {"avatar": "avatar_id", "image": "image"}[str(kind)]
    if unknown or invalid or not body.get(required):
        return str([*unknown, *invalid, required][0])
    if not body.get("script") and not body.get("audio_url"):
        return "script"
    if kind == "image" and body.get("script") and not body.get("voice_id"):
        return "voice_id"
    for name, value in (body.get("voice_settings") or {}).items():
        if name != "locale" and not (name in NUMBERS and NUMBERS[name][0] <= value <= NUMBERS[name][1]):
            return f"voice_settings.{name}"
    return _asset_issue(body["image"]) if kind == "image" else None


def _asset_issue(asset: object) -> str | None:
    if not isinstance(asset, dict) or asset.keys() != ASSETS.get(asset.get("type")):
        return "image"
    try:
        base64.b64decode(asset.get("data", ""), validate=True)
    except binascii.Error:
        return "image"
    return None


def _error(status: int, code: str, message: str, param: str | None = None) -> Response:
    error = {"code": code, "message": message, "param": param, "doc_url": None}
    return JSONResponse({"error": error}, status, headers={"x-request-id": "req_heygen"})
