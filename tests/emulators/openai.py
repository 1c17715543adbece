"""An emulator of OpenAI's images, speech and videos, and of servers with its API, such as LocalAI and vLLM-Omni."""

import asyncio
import base64
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

import orjson
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tests.emulators.base import Disconnect, EmulatedJob, Emulator, Scenario
from tests.emulators.media import media_file

KEY = "sk-openai-emulator-0123456789"
CREATED = 1_767_225_600  # Unix time
POLL_AFTER = 1500  # milliseconds
TOKENS = 1060
MAX_SPEECH = 4096  # characters
OWN_MODELS = ("gpt-", "tts-", "sora-")
IMAGE_FIELDS = frozenset(
    {"background", "model", "moderation", "n", "output_compression", "output_format", "prompt", "quality", "size"}
)
EDIT_FIELDS = IMAGE_FIELDS | {"input_fidelity"}
SPEECH_FIELDS = frozenset({"input", "instructions", "model", "response_format", "speed", "stream_format", "voice"})
VOICES = frozenset({"alloy", "ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx", "sage"})
VIDEO_FIELDS = frozenset(
    {"fps", "guidance_scale", "model", "negative_prompt", "num_frames", "num_inference_steps", "prompt", "seconds"}
    | {"seed", "size"}
)
IMAGE_TYPES = frozenset({"image/png", "image/jpeg", "image/webp"})
AUDIO = {"mp3": ("audio/mpeg", "speech.mp3"), "wav": ("audio/wav", "speech.wav")}
FAILURES = {
    Scenario.MODERATED_LATER: {"code": "moderation_blocked", "message": "Blocked by moderation."},
    Scenario.FAILED_LATER: {"code": 500, "message": "CUDA out of memory"},  # a number, as vLLM-Omni's
}

IMAGE_PARTS = frozenset((name, media_type) for name in ("image", "image[]") for media_type in IMAGE_TYPES)


@dataclass(frozen=True, slots=True)
class Form:
    """A multipart form: text fields by name, and the name and the media type of each file."""

    fields: dict[str, str]
    files: list[tuple[str, str]]


Handler = Callable[[Request], Awaitable[Response]]


class OpenAIEmulator(Emulator):
    """Models of other names than OpenAI's are a local server's. A local server may have `key` None.

    `returns_urls` is for servers that return URLs of images whatever was asked for; `image_host` is their host.
    `cancelling` makes DELETE answer 409.
    """

    name = "openai"
    key: str | None = KEY
    returns_urls = False
    image_host = ""
    cancelling = False

    def __init__(self, url: str, *, scenario: Scenario = Scenario.HAPPY) -> None:
        super().__init__(url, scenario=scenario)
        self.is_waiting, self.is_disconnected = asyncio.Event(), asyncio.Event()
        """Whether a SLOW synchronous request has arrived, and whether its client has closed the connection."""

    def api_routes(self) -> Iterable[BaseRoute]:
        yield Route("/v1/models", self._checked(self._models), methods=["GET"])
        yield Route("/v1/images/generations", self._checked(self._submitted(self._generate)), methods=["POST"])
        yield Route("/v1/images/edits", self._checked(self._submitted(self._edit)), methods=["POST"])
        yield Route("/v1/audio/speech", self._checked(self._submitted(self._speak)), methods=["POST"])
        yield Route("/v1/videos", self._checked(self._submitted(self._create_video)), methods=["POST"])
        yield Route("/v1/videos/{id}", self._checked(self._poll), methods=["GET"])
        yield Route("/v1/videos/{id}", self._checked(self._delete), methods=["DELETE"])
        yield Route("/v1/videos/{id}/content", self._checked(self._content), methods=["GET"])

    def _checked(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """Record the request and check its key."""

        async def handle(request: Request) -> Response:
            await self.record(request)
            expected = None if self.key is None else f"Bearer {self.key}"
            if request.headers.get("authorization") != expected or self.happens(Scenario.UNAUTHORIZED):
                given = request.headers.get("authorization", "").removeprefix("Bearer ")
                return error(401, f"Incorrect API key provided: {given}.", code="invalid_api_key")
            return await handler(request)

        return handle

    def _submitted(self, handler: Handler) -> Handler:
        """Let the scenarios of submissions happen."""

        async def handle(request: Request) -> Response:
            limited = {"retry-after-ms": "1500", "retry-after": "2"}
            if self.happens_once(Scenario.BUSY_ONCE):
                return error(429, "Rate limit reached", code="rate_limit_exceeded", headers=limited)
            if self.happens_once(Scenario.BUSY_WITHOUT_RETRY_AFTER):
                return error(429, "Rate limit reached", code="rate_limit_exceeded")
            if self.happens(Scenario.BILLING_AS_429):
                return error(429, "You exceeded your current quota", code="insufficient_quota", headers=limited)
            if self.happens_once(Scenario.UNAVAILABLE_ONCE):
                return error(503, "The engine is currently overloaded", code="server_error")
            if self.happens_once(Scenario.SERVER_ERROR_ONCE):
                return error(500, "The server had an error", code="server_error")
            if self.happens(Scenario.MODERATED_AT_SUBMISSION):
                return error(400, "Rejected by the safety system", code="moderation_blocked")
            return await handler(request)

        return handle

    async def _models(self, _: Request) -> Response:
        model = {"id": "gpt-image-2", "object": "model", "created": CREATED, "owned_by": "openai"}
        return JSONResponse({"object": "list", "data": [model]})

    async def _generate(self, request: Request) -> Response:
        body = orjson.loads(await request.body())
        return image_error(body, IMAGE_FIELDS) or await self._images(request, body)

    async def _edit(self, request: Request) -> Response:
        form = await _form(request)
        if form is None:
            return not_multipart()
        if not form.files or any(file not in IMAGE_PARTS for file in form.files):
            return error(400, "Invalid file 'image': unsupported mimetype", code="unsupported_file_mimetype")
        if [name for name, _ in form.files].count("image") > 1:
            return error(400, "Duplicate parameter: 'image'. Use 'image[]'.", code="duplicate_parameter")
        body: dict[str, object] = {n: int(value) if n == "n" else value for n, value in form.fields.items()}
        return image_error(body, EDIT_FIELDS) or await self._images(request, body)

    async def _images(self, request: Request, body: dict[str, object]) -> Response:
        self.buy(body)
        if self.happens(Scenario.LOST_ANSWER):
            return Disconnect()
        if self.happens(Scenario.SLOW):
            self.is_waiting.set()
            await request.receive()
            self.is_disconnected.set()
        count = body.get("n", 1) if not self.happens(Scenario.EMPTY_SUCCESS) else 0
        assert isinstance(count, int)
        form = str(body.get("output_format", "png"))
        with_urls = self.returns_urls or (is_local(body) and body.get("response_format", "url") == "url")
        data = [self._image(form, number, with_url=with_urls) for number in range(1, count + 1)]
        usage = {
            "input_tokens": 60,
            "input_tokens_details": {"image_tokens": 0, "text_tokens": 60},
            "output_tokens": 1000,
            "total_tokens": TOKENS,
        }
        own = {} if is_local(body) else {"output_format": form, "usage": usage}
        return JSONResponse({"created": CREATED, "data": data, **own}, headers={"x-request-id": "req_image"})

    def _image(self, form: str, number: int, *, with_url: bool) -> dict[str, str]:
        if with_url:
            url = self.output_url(f"image/{form}", number=number)
            return {"url": url.replace(self.url, self.image_host) if self.image_host else url}
        content = media_file(f"image.{form.replace('jpeg', 'jpg')}")[1]
        return {"b64_json": base64.b64encode(content).decode()}

    async def _speak(self, request: Request) -> Response:
        body = orjson.loads(await request.body())
        if unknown := body.keys() - SPEECH_FIELDS:
            return unknown_parameter(min(unknown))
        for name in ("input", "model", "voice"):
            if not body.get(name):
                return error(400, f"Missing required parameter: '{name}'.", code="missing_required_parameter")
        if body["voice"] not in VOICES and not is_local(body):
            return error(400, f"Invalid value: '{body['voice']}'.", code="invalid_value")
        if len(body["input"]) > MAX_SPEECH:
            return error(400, "String too long", code="string_above_max_length")
        self.buy(body)
        if self.happens(Scenario.LOST_ANSWER):
            return Disconnect()
        if self.happens(Scenario.EMPTY_SUCCESS):
            return Response(b"", media_type="audio/mpeg")
        if self.happens(Scenario.OUTPUT_WRONG_TYPE):
            return error(200, "Blocked", code="content_policy_violation")
        media_type, name = AUDIO[body.get("response_format", "mp3")]
        return Response(media_file(name)[1], media_type=media_type)

    async def _create_video(self, request: Request) -> Response:
        form = await _form(request)
        if form is None:
            return not_multipart()
        if unknown := form.fields.keys() - VIDEO_FIELDS:
            return unknown_parameter(min(unknown))
        if any(name != "input_reference" or media_type not in IMAGE_TYPES for name, media_type in form.files):
            return error(400, "Invalid file", code="invalid_value")
        rules = {"size": r"\d+x\d+", "seconds": r"[1-9]\d*", "seed": r"\d+"}
        for name, pattern in rules.items():
            if name in form.fields and not re.fullmatch(pattern, form.fields[name]):
                return JSONResponse({"detail": [{"loc": ["body", name], "msg": f"Invalid {name}"}]}, 422)
        if not form.fields.get("prompt"):
            return JSONResponse({"detail": [{"loc": ["body", "prompt"], "msg": "Field required"}]}, 422)
        job = self.buy(dict(form.fields))
        if self.happens(Scenario.LOST_ANSWER):
            return Disconnect()
        video = self._video(job, "queued")
        return JSONResponse({} if self.happens(Scenario.EMPTY_SUCCESS) else video)

    def _video(self, job: EmulatedJob, status: str, **more: object) -> dict[str, object]:
        fields = {name: job.body.get(name) for name in ("model", "prompt", "size")}
        seconds = job.body.get("seconds", "4")
        video = {"id": job.id, "object": "video", "created_at": CREATED, "progress": 0, "status": status}
        return {**video, **fields, "seconds": seconds, "error": None, **more}

    async def _poll(self, request: Request) -> Response:
        if self.happens_once(Scenario.POLL_ERROR_ONCE):
            return error(500, "The server had an error", code="server_error")
        job = self.jobs.get(request.path_params["id"])
        if job is None:
            return error(404, "Video not found", code="not_found")
        headers = {"openai-poll-after-ms": str(POLL_AFTER)}
        if not self.is_done(job):
            waiting = self._video(job, "queued") if job.polls == 1 else self._video(job, "in_progress", progress=40)
            return JSONResponse(waiting, headers=headers)
        if failure := FAILURES.get(self.scenario):
            return JSONResponse(self._video(job, "failed", error=failure))
        return JSONResponse(self._video(job, "completed", progress=100, completed_at=CREATED))

    async def _delete(self, request: Request) -> Response:
        if self.cancelling:
            return JSONResponse({"detail": "Cancellation in progress"}, 409)
        job = self.jobs.pop(request.path_params["id"], None)
        if job is None:
            return error(404, "Video not found", code="not_found")
        job.is_cancelled = True
        return JSONResponse({"id": job.id, "object": "video.deleted", "deleted": True})

    async def _content(self, request: Request) -> Response:
        if request.path_params["id"] not in self.jobs:
            return error(404, "Video not found", code="not_found")
        if self.happens(Scenario.OUTPUT_EXPIRED):
            return error(403, "The video has expired", code="expired")
        if self.happens_once(Scenario.OUTPUT_UNAVAILABLE_ONCE):
            return Response(status_code=503)
        media_type, content = media_file("video.mp4")
        return Response(content, media_type=media_type)


def error(status: int, message: str, *, code: str, headers: Mapping[str, str] | None = None) -> Response:
    body = {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}
    return JSONResponse(body, status, headers={"x-request-id": "req_error", **(headers or {})})


def unknown_parameter(name: str) -> Response:
    return error(400, f"Unknown parameter: '{name}'.", code="unknown_parameter")


def not_multipart() -> Response:
    return error(400, "Invalid content type. Use multipart/form-data.", code="unsupported_content_type")


def is_local(body: Mapping[str, object]) -> bool:
    return not str(body.get("model")).startswith(OWN_MODELS)


def image_error(body: Mapping[str, object], known: frozenset[str]) -> Response | None:
    """Return the error of an invalid image request. Local servers take any parameter."""
    if not body.get("prompt"):
        return error(400, "Missing required parameter: 'prompt'.", code="missing_required_parameter")
    if not is_local(body) and (unknown := body.keys() - known):
        return unknown_parameter(min(unknown))
    if not 1 <= int(str(body.get("n", 1))) <= 10:
        return error(400, "Invalid 'n'", code="integer_above_max_value")
    if not is_local(body) and not _is_size(str(body.get("size", "auto"))):
        return error(400, f"Invalid value: '{body['size']}'. Sides must be divisible by 16.", code="invalid_value")
    if not is_local(body) and body.get("quality", "auto") not in ("low", "medium", "high", "auto"):
        return error(400, f"Invalid value: '{body['quality']}'.", code="invalid_value")
    return None


def _is_size(size: str) -> bool:
    """Whether gpt-image-2 makes this size."""
    match = re.fullmatch(r"(\d+)x(\d+)", size)
    if match is None:
        return size == "auto"
    width, height = int(match[1]), int(match[2])
    fits = max(width, height) <= 3840 and min(width, height) <= 2160
    return fits and width % 16 == height % 16 == 0 and 1 / 3 <= width / height <= 3


async def _form(request: Request) -> Form | None:
    """Return the multipart form of a request, or None if its body is something else."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data; boundary="):
        return None
    async with request.form() as form:
        parts = form.multi_items()
        fields = {name: value for name, value in parts if isinstance(value, str)}
        files = [(name, value.content_type or "") for name, value in parts if isinstance(value, UploadFile)]
    return Form(fields, files)
