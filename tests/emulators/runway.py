"""An emulator of Runway's task API, version 2024-11-06, with its strict bodies."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tests.emulators.base import Disconnect, EmulatedJob, Emulator, Scenario, busy

KEY = "key_runway_emulator"
VERSION = "2024-11-06"
CREATED_AT = "2026-01-01T00:00:00.000Z"
CREDITS = 25
MAX_PROMPT = 1000  # UTF-16 code units
MAX_DATA_URI = {"image": 5_000_000, "video": 16_000_000, "audio": 16_000_000}
VIDEO_RATIOS = frozenset({"1280:720", "720:1280", "1104:832", "832:1104", "960:960", "1584:672"})
FAILURES = {Scenario.MODERATED_LATER: "SAFETY.INPUT.TEXT", Scenario.FAILED_LATER: "INTERNAL.BAD_OUTPUT.CODE01"}


Handler = Callable[[Request, bytes], Response]


@dataclass(frozen=True, slots=True)
class Body:
    """The fields of a model at one endpoint."""

    required: frozenset[str]
    optional: frozenset[str]
    ratios: frozenset[str] = frozenset()


def _body(required: str, optional: str = "", ratios: Iterable[str] = ()) -> Body:
    return Body(frozenset({"model", *required.split()}), frozenset(optional.split()), frozenset(ratios))


GEN4_OPTIONS = "contentModeration outputFormat proresProfile seed"
VEO = "audio duration negativePrompt seed"
SEEDANCE = "audio duration ratio referenceAudio seed"
BODIES: Mapping[str, Mapping[str, Body]] = {
    "text_to_video": {
        "gen4.5": _body("duration promptText ratio", GEN4_OPTIONS, ["1280:720", "720:1280"]),
        "veo3.1": _body("promptText ratio", VEO),
        "veo3.1_fast": _body("promptText ratio", VEO),
        "kling2.5_turbo_pro": _body("promptText", "cfgScale duration ratio"),
        "kling3.0_standard": _body("ratio", "audio cfgScale duration promptText providerSettings"),
        "kling3.0_pro": _body("ratio", "audio cfgScale duration promptText providerSettings"),
        "hailuo3": _body("promptText", "duration ratio referenceAudio referenceVideos references resolution"),
        "seedance2": _body("promptText", f"{SEEDANCE} references referenceVideos"),
    },
    "image_to_video": {
        "gen4.5": _body("duration promptImage promptText ratio", GEN4_OPTIONS, VIDEO_RATIOS),
        "gen4_turbo": _body("promptImage ratio", "contentModeration duration promptText seed", VIDEO_RATIOS),
        "veo3.1": _body("promptImage ratio", f"{VEO} promptText"),
        "veo3.1_fast": _body("promptImage ratio", f"{VEO} promptText"),
        "kling2.5_turbo_pro": _body("promptImage promptText", "cfgScale duration"),
        "kling3.0_standard": _body("promptImage", "audio cfgScale duration promptText providerSettings ratio"),
        "kling3.0_pro": _body("promptImage", "audio cfgScale duration promptText providerSettings ratio"),
        "hailuo3": _body("promptImage promptText", "duration ratio referenceAudio resolution"),
        "seedance2": _body("promptImage", f"{SEEDANCE} promptText"),
    },
    "video_to_video": {
        "aleph2": _body("videoUri", f"{GEN4_OPTIONS} keyframes promptText ratio targetAspectRatio"),
        "seedance2": _body("promptVideo", f"{SEEDANCE} promptText references referenceVideos"),
    },
    "text_to_image": {
        "gen4_image": _body("promptText ratio", "contentModeration referenceImages seed"),
        "gen4_image_turbo": _body("promptText ratio referenceImages", "contentModeration seed"),
        "gpt_image_2": _body("promptText ratio", "background outputCount quality referenceImages"),
        "gemini_image3_pro": _body("promptText ratio", "outputCount referenceImages"),
        "gemini_image3.1_flash": _body("promptText ratio", "outputCount referenceImages"),
        "nano_banana_2.1": _body("promptText ratio", "outputCount referenceImages thinkingLevel"),
        "seedream5_pro": _body("promptText ratio", "grounding outputCount outputFormat referenceImages"),
    },
    "character_performance": {
        "act_two": _body(
            "character reference", "bodyControl contentModeration expressionIntensity ratio seed", VIDEO_RATIOS
        ),
    },
}


class RunwayEmulator(Emulator):
    """Set `failure_code` to make tasks fail with it, and `no_credits` for an account without credits."""

    name = "runway"
    failure_code = ""
    no_credits = False

    def api_routes(self) -> Iterable[BaseRoute]:
        for endpoint in BODIES:
            yield Route(f"/v1/{endpoint}", self._checked(partial(self._submit, endpoint)), methods=["POST"])
        yield Route("/v1/tasks/{id}", self._checked(self._poll), methods=["GET"])
        yield Route("/v1/tasks/{id}", self._checked(self._delete), methods=["DELETE"])
        yield Route("/v1/organization", self._checked(self._organization), methods=["GET"])

    def _checked(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """Record the request and check its credentials and version."""

        async def handle(request: Request) -> Response:
            body = await self.record(request)
            if request.headers.get("authorization") != f"Bearer {KEY}" or self.happens(Scenario.UNAUTHORIZED):
                return _error(401, "The API key is missing or malformed.")
            if request.headers.get("x-runway-version") != VERSION:
                return _error(400, "The X-Runway-Version header is missing or unknown.")
            return handler(request, body)

        return handle

    def _submit(self, endpoint: str, request: Request, raw: bytes) -> Response:
        if self.happens_once(Scenario.BUSY_ONCE):
            return busy(retry_after="1")
        if self.happens_once(Scenario.BUSY_WITHOUT_RETRY_AFTER):
            return busy(retry_after=None)
        if self.happens_once(Scenario.UNAVAILABLE_ONCE):
            return Response(status_code=503)
        if self.happens_once(Scenario.SERVER_ERROR_ONCE):
            return _error(500, "Internal server error")
        body = orjson.loads(raw)
        if issues := list(_issues(endpoint, body)):
            return JSONResponse({"error": "Validation of body failed", "issues": issues}, 400)
        if self.no_credits:
            return _error(400, "You do not have enough credits to run this task.")
        job = self.buy(body)
        job.details["endpoint"] = endpoint
        return Disconnect() if self.happens(Scenario.LOST_ANSWER) else JSONResponse({"id": job.id})

    def _poll(self, request: Request, _: bytes) -> Response:
        job = self.jobs.get(request.path_params["id"])
        if self.happens_once(Scenario.POLL_ERROR_ONCE):
            return _error(500, "Internal server error")
        if job is None:
            return _error(404, "Task not found")
        return JSONResponse({"id": job.id, "createdAt": CREATED_AT, **self._task(job)})

    def _task(self, job: EmulatedJob) -> dict[str, object]:
        estimated: dict[str, object] = {"estimatedCost": {"credits": CREDITS}}
        if not self.is_done(job):
            early: list[dict[str, object]] = [
                {"status": "PENDING"},
                {"status": "THROTTLED"},
                {"status": "RUNNING", "progress": 0.375},
            ]
            return {**early[min(job.polls, len(early)) - 1], **estimated}
        if code := self.failure_code or FAILURES.get(self.scenario):
            return {"status": "FAILED", "failure": "An unexpected error.", "failureCode": code, "cost": {"credits": 0}}
        media_type = "image/png" if job.details["endpoint"] == "text_to_image" else "video/mp4"
        count = job.body.get("outputCount", 1)
        numbers = range(1, count + 1 if isinstance(count, int) else 2)
        urls = (
            []
            if self.happens(Scenario.EMPTY_SUCCESS)
            else [f"{self.output_url(media_type, number=n)}?_jwt=signed" for n in numbers]
        )
        return {"status": "SUCCEEDED", "output": urls, "cost": {"credits": CREDITS}}

    def _delete(self, request: Request, _: bytes) -> Response:
        """Cancelled and deleted tasks cannot be fetched again."""
        job = self.jobs.pop(request.path_params["id"], None)
        if job is None:
            return _error(404, "Task not found")
        job.is_cancelled = True
        return Response(status_code=204)

    def _organization(self, request: Request, _: bytes) -> Response:
        return JSONResponse(
            {"creditBalance": 1000, "tier": {"maxMonthlyCreditSpend": 0, "models": {}}, "usage": {"models": {}}}
        )


def _issues(endpoint: str, body: dict[str, object]) -> Iterator[dict[str, object]]:
    form = BODIES[endpoint].get(str(body.get("model")))
    if form is None:
        yield _issue("model", f"Invalid model for {endpoint}")
        return
    for name in sorted(form.required - body.keys()):
        yield _issue(name, "Required")
    for name in sorted(body.keys() - form.required - form.optional):
        yield _issue(name, "Unrecognized key")
    prompt = body.get("promptText", "x")
    if not isinstance(prompt, str) or not 0 < len(prompt.encode("utf-16-le")) // 2 <= MAX_PROMPT:
        yield _issue("promptText", f"Must be 1 to {MAX_PROMPT} characters")
    if form.ratios and "ratio" in body and body["ratio"] not in form.ratios:
        yield _issue("ratio", "Invalid ratio")
    duration, longest = body.get("duration", 5), 10 if str(body["model"]).startswith("gen4") else 15
    if type(duration) is not int or not 2 <= duration <= longest:
        yield _issue("duration", f"Must be an integer from 2 to {longest}")
    yield from _media_issues(body)


def _media_issues(body: dict[str, object]) -> Iterator[dict[str, object]]:
    for name, kind in {"promptVideo": "video", "videoUri": "video"}.items():
        if name in body and not _is_uri(body[name], kind):
            yield _issue(name, "Invalid asset")
    image = body.get("promptImage", "https://example.com/image.png")
    if not _is_uri(image, "image") and not _are_objects(image, {"uri", "position"}):
        yield _issue("promptImage", "Invalid asset")
    if "referenceImages" in body and not _are_objects(body["referenceImages"], {"uri"}):
        yield _issue("referenceImages", "Invalid asset")
    if "references" in body and not _are_objects(body["references"], {"type", "uri"}):
        yield _issue("references", "Invalid asset")
    for name in ("character", "reference"):
        if name in body and not _are_objects([body[name]], {"type", "uri"}):
            yield _issue(name, "Invalid asset")


def _are_objects(value: object, keys: set[str]) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, dict)
        and item.keys() == keys
        and item.get("position", "first") in ("first", "last")
        and _is_uri(item["uri"], item.get("type", "image"))
        for item in value
    )


def _is_uri(value: object, kind: str) -> bool:
    if not isinstance(value, str):
        return False
    if value.startswith(f"data:{kind}/"):
        return ";base64," in value and len(value) <= MAX_DATA_URI[kind]
    return value.startswith(("https://", "runway://")) and len(value) <= 2048


def _issue(name: str, message: str) -> dict[str, object]:
    return {"code": "custom", "path": [name], "message": message}


def _error(status: int, message: str) -> Response:
    return JSONResponse({"error": message}, status)
