"""An emulator of Google's APIs: Gemini images and interactions, Veo on Vertex AI, Cloud Text-to-Speech and Storage."""

import base64
from collections.abc import Awaitable, Callable, Iterable, Mapping

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tests.emulators.base import Disconnect, EmulatedJob, Emulator, Scenario
from tests.emulators.google_checks import (
    VOICES,
    InvalidArgument,
    check_contents,
    check_image_config,
    check_interaction,
    check_speech,
    check_veo,
    parsed,
)
from tests.emulators.media import media_file

KEY, TOKEN = "google-emulator-key-0123456789", "ya29.google-emulator-token"
PROJECT, LOCATION, EXPRESS_PROJECT = "media-project", "us-central1", "express-123"
RETRY_DELAY = "7.5s"
TOKENS = 1_310
IMAGE_MODELS = frozenset({"gemini-3.1-flash-image", "gemini-3-pro-image"})
VEO_MODELS = frozenset({"veo-3.1-generate-001", "veo-3.1-fast-generate-001", "veo-3.1-lite-generate-001"})
OMNI_MODELS = frozenset({"gemini-omni-1.1-flash"})
IMAGE_FIELDS = frozenset({"contents", "generationConfig", "safetySettings", "systemInstruction", "tools"})
INTERACTION_FIELDS = frozenset(
    {"model", "input", "background", "response_modalities", "response_format", "generation_config", "webhook_config"}
)
SPEECH_FIELDS = frozenset({"input", "voice", "audioConfig"})
UNSAFE = "The prompt could not be submitted. It contains words that violate Vertex AI's usage guidelines."
DEPLETED = "Your prepayment credits are depleted. Go to AI Studio to manage your project and billing."
QUOTA = "You exceeded your current quota, please check your plan and billing details."

Handler = Callable[[Request, bytes], Response]


class GoogleEmulator(Emulator):
    """`refusal` answers every submission and `poll_refusal` every poll, if set.

    `finish_reason` is why there is no image, `status` the end of an interaction, `error` what ends an operation,
    `video_uri` where an interaction's video is. `inline` says that interactions deliver the video in the response;
    `in_bucket` that Veo delivers a file of a bucket; `redirect_to` where the download of a file is redirected to,
    `operation_name` and `interaction_id` replace the ID in the response to a submission.
    """

    name = "google"

    def __init__(self, url: str, *, scenario: Scenario = Scenario.HAPPY) -> None:
        super().__init__(url, scenario=scenario)
        self.refusal: Response | None = None
        self.poll_refusal: Response | None = None
        self.finish_reason: str | None = None
        self.block_reason: str | None = None
        self.status: str | None = None
        self.error: dict[str, object] | None = None
        self.operation_name: object = None
        self.interaction_id: str | None = None
        self.redirect_to: str | None = None
        self.video_uri: str | None = None
        self.inline = False
        self.has_thoughts = False
        self.in_bucket = False

    def api_routes(self) -> Iterable[BaseRoute]:
        model, project = "publishers/google/models/{model}", "projects/{project}/locations/{location}"
        for path, handler in (
            ("/{version}/models/{model}:generateContent", self._submitted(self._image)),
            (f"/{{version}}/{model}:predictLongRunning", self._submitted(self._start_operation)),
            (f"/{{version}}/{project}/{model}:predictLongRunning", self._submitted(self._start_operation)),
            (f"/{{version}}/{project}/{model}:fetchPredictOperation", self._fetch_operation),
            ("/{version}/interactions", self._submitted(self._start_interaction)),
            ("/{version}/interactions/{id}/cancel", self._cancel_interaction),
            ("/v1/text:synthesize", self._submitted(self._speak)),
        ):
            yield Route(path, self._checked(handler), methods=["POST"])
        yield Route("/v1beta/models", self._checked(self._models), methods=["GET"])
        yield Route("/v1/voices", self._checked(self._voices), methods=["GET"])
        yield Route("/{version}/interactions/{id}", self._checked(self._interaction), methods=["GET"])
        yield Route("/{version}/interactions/{id}", self._checked(self._delete_interaction), methods=["DELETE"])
        yield Route("/v1beta/files/{name}:download", self._checked(self._redirect), methods=["GET"])
        yield Route("/download/v1beta/files/{name}:download", self._download, methods=["GET"])
        yield Route("/storage/v1/b/{bucket}/o/{name:path}", self._bucket_file, methods=["GET"])

    def _checked(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """Record the request and check its version and its credentials."""

        async def handle(request: Request) -> Response:
            body = await self.record(request)
            if request.path_params.get("version", "v1") not in ("v1", "v1beta", "v1beta1"):
                return Response(status_code=404)
            return self._unauthorized(request) or handler(request, body)

        return handle

    def _unauthorized(self, request: Request) -> Response | None:
        key, authorization = request.headers.get("x-goog-api-key"), request.headers.get("authorization")
        if self.happens(Scenario.UNAUTHORIZED) or (key is not None and key != KEY):
            detail = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
            return google_error(400, "INVALID_ARGUMENT", f"API key not valid: {key}. Pass a valid API key.", detail)
        if key is None and authorization != f"Bearer {TOKEN}":
            return google_error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
        if key is None and request.url.path.startswith("/v1beta/models/"):
            return google_error(403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers.")
        return None

    def _submitted(self, handler: Handler) -> Handler:
        """Let the scenarios of submissions happen."""

        def handle(request: Request, body: bytes) -> Response:
            if self.refusal is not None:
                return self.refusal
            if self.happens_once(Scenario.BUSY_ONCE):
                detail = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": RETRY_DELAY}
                return google_error(429, "RESOURCE_EXHAUSTED", QUOTA, detail)
            if self.happens_once(Scenario.BUSY_WITHOUT_RETRY_AFTER):
                return google_error(429, "RESOURCE_EXHAUSTED", "Resource exhausted. Please try again later.")
            if self.happens(Scenario.BILLING_AS_429):
                return google_error(429, "RESOURCE_EXHAUSTED", DEPLETED)
            if self.happens_once(Scenario.UNAVAILABLE_ONCE):
                return google_error(503, "UNAVAILABLE", "The model is overloaded. Please try again later.")
            if self.happens_once(Scenario.SERVER_ERROR_ONCE):
                return google_error(500, "INTERNAL", "An internal error has occurred.")
            try:
                return handler(request, body)
            except InvalidArgument as error:
                return google_error(400, "INVALID_ARGUMENT", str(error))

        return handle

    def _image(self, request: Request, raw: bytes) -> Response:
        model = request.path_params["model"]
        if model not in IMAGE_MODELS:
            return google_error(404, "NOT_FOUND", f"models/{model} is not found for API version v1beta.")
        body = parsed(raw, IMAGE_FIELDS)
        check_contents(body.get("contents"))
        check_image_config(body.get("generationConfig"))
        usage = {"promptTokenCount": 10, "candidatesTokenCount": 1_300, "totalTokenCount": TOKENS}
        about = {"usageMetadata": usage, "modelVersion": model, "responseId": "response-1"}
        if self.block_reason or self.happens(Scenario.MODERATED_AT_SUBMISSION):
            feedback = {"blockReason": self.block_reason or "PROHIBITED_CONTENT"}
            return JSONResponse({"promptFeedback": feedback, **about})
        self.buy(body)
        if self.happens(Scenario.LOST_ANSWER):
            return Disconnect()
        reason = self.finish_reason or {
            Scenario.MODERATED_LATER: "IMAGE_SAFETY",
            Scenario.FAILED_LATER: "IMAGE_OTHER",
            Scenario.EMPTY_SUCCESS: "NO_IMAGE",
        }.get(self.scenario)
        image = {"inlineData": {"mimeType": "image/png", "data": self._content("image.png")}}
        thought = {**image, "thought": True}
        parts = [{"text": "A red kite it is."}, *([thought] if self.has_thoughts else []), image]
        candidate = {
            "content": {"role": "model", "parts": [] if reason else parts},
            "finishReason": reason or "STOP",
            "index": 0,
        }
        return JSONResponse({"candidates": [candidate], **about})

    def _start_operation(self, request: Request, raw: bytes) -> Response:
        given = request.path_params
        project, location, model = given.get("project"), given.get("location"), given["model"]
        if model not in VEO_MODELS or (project, location) not in ((None, None), (PROJECT, LOCATION)):
            return google_error(404, "NOT_FOUND", f"Publisher Model {model} was not found.")
        body = parsed(raw, frozenset({"instances", "parameters"}))
        check_veo(body)
        if self.happens(Scenario.MODERATED_AT_SUBMISSION):
            return google_error(400, "INVALID_ARGUMENT", UNSAFE)
        owner = f"projects/{project or EXPRESS_PROJECT}/locations/{location or LOCATION}"
        job = self.buy(body)
        job.details["name"] = f"{owner}/publishers/google/models/{model}/operations/{job.id}"
        return Disconnect() if self.happens(Scenario.LOST_ANSWER) else JSONResponse({"name": self._name(job)})

    def _name(self, job: EmulatedJob) -> object:
        return job.details["name"] if self.operation_name is None else self.operation_name

    def _fetch_operation(self, request: Request, raw: bytes) -> Response:
        if failure := self._poll_failure():
            return failure
        name = orjson.loads(raw).get("operationName", "")
        job = next((job for job in self.jobs.values() if job.details.get("name") == name), None)
        if job is None:
            return google_error(404, "NOT_FOUND", "The operation was not found.")
        if request.url.path.split("/", 2)[2] != f"{name.partition('/operations/')[0]}:fetchPredictOperation":
            return google_error(400, "INVALID_ARGUMENT", "The operation belongs to another resource.")
        if not self.is_done(job):
            return JSONResponse({"name": name})
        if self.happens(Scenario.FAILED_LATER) or self.error is not None:
            error = self.error or {"code": 13, "message": "Video generation failed due to an internal issue."}
            return JSONResponse({"name": name, "done": True, "error": error})
        kind = "type.googleapis.com/cloud.ai.large_models.vision.GenerateVideoResponse"
        return JSONResponse({"name": name, "done": True, "response": {"@type": kind, **self._veo_result()}})

    def _veo_result(self) -> dict[str, object]:
        if self.happens(Scenario.MODERATED_LATER):
            return {"raiMediaFilteredCount": 1, "raiMediaFilteredReasons": ["The video violates the guidelines."]}
        if self.happens(Scenario.EMPTY_SUCCESS):
            return {"raiMediaFilteredCount": 0}
        video = (
            {"gcsUri": "gs://media-bucket/veo/sample_0.mp4"}
            if self.in_bucket
            else {"bytesBase64Encoded": self._content("video.mp4")}
        )
        return {"raiMediaFilteredCount": 0, "videos": [{**video, "mimeType": "video/mp4"}]}

    def _start_interaction(self, request: Request, raw: bytes) -> Response:
        body = parsed(raw, INTERACTION_FIELDS)
        if body.get("model") not in OMNI_MODELS:
            return google_error(404, "NOT_FOUND", "The model was not found.")
        check_interaction(body)
        if self.happens(Scenario.MODERATED_AT_SUBMISSION):
            return google_error(400, "INVALID_ARGUMENT", "The input was blocked by the safety filters: unsafe content.")
        job = self.buy(body)
        if self.happens(Scenario.LOST_ANSWER):
            return Disconnect()
        return JSONResponse(
            self._state(job, "queued") | ({} if self.interaction_id is None else {"id": self.interaction_id})
        )

    def _interaction(self, request: Request, _: bytes) -> Response:
        if failure := self._poll_failure():
            return failure
        job = self.jobs.get(request.path_params["id"])
        if job is None:
            return google_error(404, "NOT_FOUND", "The interaction was not found.")
        if not self.is_done(job):
            return JSONResponse(self._state(job, "queued" if job.polls == 1 else "in_progress"))
        if job.is_cancelled:
            return JSONResponse(self._state(job, "cancelled"))
        ends = {Scenario.MODERATED_LATER: "failed", Scenario.FAILED_LATER: "failed"}
        return JSONResponse(self._state(job, self.status or ends.get(self.scenario, "completed")))

    def _state(self, job: EmulatedJob, status: str) -> dict[str, object]:
        state: dict[str, object] = {
            "id": job.id,
            "object": "interaction",
            "model": job.body["model"],
            "status": status,
            "created": "2026-01-01T00:00:00Z",
            "updated": "2026-01-01T00:00:00Z",
        }
        if status == "failed":
            message = (
                "The video was blocked by the safety filters." if self.happens(Scenario.MODERATED_LATER) else "Bad"
            )
            state["errors"] = [{"code": "https://ai.google.dev/errors/internal", "message": message}]
        if status == "completed" and not self.happens(Scenario.EMPTY_SUCCESS):
            video = {"type": "video", "mime_type": "video/mp4"}
            if self.inline:
                state["output_video"] = {**video, "data": self._content("video.mp4")}
            else:
                uri = self.video_uri or f"{self.url}/v1beta/files/video-1.mp4:download?alt=media"
                state["steps"] = [{"type": "model_output", "content": [{**video, "uri": uri}]}]
            state["usage"] = {"total_tokens": TOKENS}
        return state

    def _cancel_interaction(self, request: Request, _: bytes) -> Response:
        job = self.jobs.get(request.path_params["id"])
        if job is None:
            return google_error(404, "NOT_FOUND", "The interaction was not found.")
        if not self.happens(Scenario.SLOW):
            return google_error(400, "FAILED_PRECONDITION", "The interaction is not running.")
        job.is_cancelled, job.polls = True, self.polls_when_slow
        return JSONResponse(self._state(job, "cancelled"))

    def _delete_interaction(self, request: Request, _: bytes) -> Response:
        found = self.jobs.pop(request.path_params["id"], None)
        return JSONResponse({}) if found else google_error(404, "NOT_FOUND", "The interaction was not found.")

    def _redirect(self, request: Request, _: bytes) -> Response:
        location = f"{self.url}/download{request.url.path}?alt=media" if self.redirect_to is None else self.redirect_to
        return Response(status_code=302, headers={"Location": location})

    async def _download(self, request: Request) -> Response:
        if refused := self._unauthorized(request):
            await self.record(request)
            return refused
        return await self._file(request)

    async def _bucket_file(self, request: Request) -> Response:
        await self.record(request)
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return google_error(401, "UNAUTHENTICATED", "Anonymous caller does not have storage.objects.get access.")
        if request.path_params["name"] != "veo/sample_0.mp4" or request.query_params.get("alt") != "media":
            return google_error(404, "NOT_FOUND", "No such object.")
        return Response(media_file("video.mp4")[1], media_type="video/mp4")

    def _speak(self, request: Request, raw: bytes) -> Response:
        body = parsed(raw, SPEECH_FIELDS)
        name = check_speech(body)
        self.buy(body)
        if self.happens(Scenario.LOST_ANSWER):
            return Disconnect()
        return JSONResponse({"audioContent": "" if self.happens(Scenario.EMPTY_SUCCESS) else self._content(name)})

    def _models(self, request: Request, _: bytes) -> Response:
        if self.refusal is not None:
            return self.refusal
        return JSONResponse({"models": [{"name": f"models/{name}"} for name in sorted(IMAGE_MODELS)]})

    def _voices(self, request: Request, _: bytes) -> Response:
        asked = request.query_params.get("languageCode")
        voices = [
            {"name": name, "languageCodes": [language], "ssmlGender": "FEMALE", "naturalSampleRateHertz": 24_000}
            for language, names in VOICES.items()
            for name in names
            if asked in (None, language)
        ]
        return JSONResponse({"voices": voices})

    def _poll_failure(self) -> Response | None:
        if self.happens_once(Scenario.POLL_ERROR_ONCE):
            return google_error(500, "INTERNAL", "An internal error has occurred.")
        return self.poll_refusal

    def _content(self, name: str) -> str:
        """Return a file in base64."""
        if self.happens(Scenario.OUTPUT_TRUNCATED):
            return "not base64!"
        return base64.b64encode(media_file(name)[1]).decode()


def google_error(status: int, word: str, message: str, *details: Mapping[str, object]) -> Response:
    """Return an error in Google's form."""
    error = {"code": status, "message": message, "status": word, "details": list(details)}
    return JSONResponse({"error": error}, status)
