"""OpenAI and servers with its API, such as LocalAI, vLLM-Omni and SGLang: images, speech and videos.

Images and speech are synchronous: their reference is `{}`, or `{"outputs": […]}` where the server returned URLs that
could not be downloaded at once. Videos are polled: `{"video": id}`. Every submission has an `Idempotency-Key`: where a
server ends the wait for a result that it still makes, the same request waits on and costs nothing more. A route maps
the media inputs to the API's form fields: `image` of an edit, `input_reference` of a video.
"""

import asyncio
import base64
import binascii
import mimetypes
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import orjson

from kit.errors import ContentViolation, DoitongError, GenerationFailed, ProviderUnavailable
from providers.backend import (
    JSON,
    AcceptedJob,
    BackendState,
    GenerationType,
    Job,
    JSONObject,
    Output,
    Snapshot,
    SubmissionLost,
    SubmissionRefused,
    UpstreamBusy,
)
from providers.backends.base import DEFAULT_MEDIA_TYPES, SynchronousBackend, suffix_of
from providers.http import (
    CREDENTIAL_STATUSES,
    MAX_RETRY_AFTER,
    SYNCHRONOUS_TIMEOUT,
    UNKNOWN_STATUSES,
    UpstreamClient,
    UpstreamResponse,
    check_submission,
    status_error,
)
from providers.settings import BackendContext, BackendDefinition, api_key, base_url

KEY, BASE_URL = "DOITONG_OPENAI_API_KEY", "DOITONG_OPENAI_BASE_URL"
OPENAI = "https://api.openai.com/v1"
# These models always return base64 and reject `response_format`.
BASE64_MODELS = ("gpt-image", "chatgpt-image")
STILL_RUNNING = "generation_in_progress"  # of a server like this one, when its wait for the result ends
MAX_WAITS = 12  # repetitions of a request whose result is still being made, each of which waits some 50 s
MAX_IMAGES = 16
MAX_URL_LENGTH, MAX_ID_LENGTH = 8192, 500
MEDIA_TYPES = {"mp3": "audio/mpeg", "opus": "audio/ogg", "jpg": "image/jpeg"}
SUBTYPES = {"image": "png", "images": "png", "audio": "mpeg", "video": "mp4"}  # of files without a suffix
MODERATION_CODES = frozenset({"moderation_blocked", "content_policy_violation"})
BILLING_CODES = frozenset(
    {
        "insufficient_quota",
        "billing_hard_limit_reached",
        "credit_balance_exhausted",
        "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded",
    }
)
STATES = {
    "queued": BackendState.QUEUED,
    "in_progress": BackendState.RUNNING,
    "completed": BackendState.SUCCEEDED,
    "failed": BackendState.FAILED,
    "cancelled": BackendState.CANCELLED,
}

Part = tuple[str, tuple[str | None, bytes] | tuple[str | None, bytes, str]]


class OpenAICompatibleBackend(SynchronousBackend):
    """Makes images and speech in one request and polls videos."""

    def unavailable_because(self) -> str | None:
        """Return that the key is missing, which only OpenAI itself requires."""
        if self.settings.get(KEY) or self.client.base_url != OPENAI:
            return None
        return f"{KEY} is not set"

    def submits_synchronously(self, job: Job) -> bool:
        return job.type in (GenerationType.IMAGE, GenerationType.AUDIO)

    async def submit(self, job: Job) -> AcceptedJob:
        match job.type:
            case GenerationType.IMAGE:
                return await self._submit_image(job)
            case GenerationType.AUDIO:
                return await self._submit_speech(job)
            case GenerationType.VIDEO | GenerationType.AVATAR:
                return await self._submit_video(job)
        raise SubmissionRefused(ProviderUnavailable(f"{self.title} does not make {job.type.lower()}."))

    async def poll(self, job: Job, reference: JSONObject) -> Snapshot:
        if "outputs" in reference:
            return await self._fetch(job, _outputs_of(reference["outputs"]))
        if "video" not in reference:
            return await super().poll(job, reference)
        response = await self.client.request("GET", _video_path(reference))
        if response.status == 429:
            raise UpstreamBusy(f"{self.title} limits polling.", retry_after=response.retry_after)
        if response.status in UNKNOWN_STATUSES:
            return self._failed(GenerationFailed(f"{self.title} no longer knows the video."), response)
        if not response.ok:
            raise ProviderUnavailable(f"{self.title} responded {response.status}.")
        return await self._video(job, reference, response)

    async def cancel(self, job: Job, reference: JSONObject) -> None:
        """Delete the video: vLLM-Omni stops it, SGLang only forgets it. Other jobs end with their connection."""
        if "video" in reference:
            response = await self.client.request("DELETE", _video_path(reference))
            if response.status >= 500 or response.status == 429:
                raise ProviderUnavailable(f"{self.title} responded {response.status}.")

    async def check_credentials(self) -> bool:
        response = await self.client.request("GET", "/models")
        if response.status in CREDENTIAL_STATUSES:
            raise status_error(self.title, response.status)
        if response.status in UNKNOWN_STATUSES:
            return False  # a compatible server need not list its models
        if not response.ok:
            raise ProviderUnavailable(f"{self.title} responded {response.status}.")
        return True

    async def _submit_image(self, job: Job) -> AcceptedJob:
        body = _body(job)
        if not str(body.get("model", "")).startswith(BASE64_MODELS):
            body.setdefault("response_format", "b64_json")
        files = await asyncio.to_thread(_file_parts, job)
        if files:
            response = await self._send(job, "/images/edits", files=[*_field_parts(body), *files])
        else:
            response = await self._send(job, "/images/generations", json=body)
        result = response.json_object()
        media_type = _media_type(result.get("output_format") or body.get("output_format"), job)
        images, urls = await asyncio.to_thread(decode_images, result.get("data"))
        if images:
            return await self.accept_result(job, [(media_type, image) for image in images], _cost(result))
        if urls:
            return await self._accept_urls(job, [Output(media_type, url=url) for url in urls])
        return AcceptedJob({}, self._failed(self._failure(result.get("error")), response))

    async def _submit_speech(self, job: Job) -> AcceptedJob:
        body = _body(job)
        response = await self._send(job, "/audio/speech", json=body)
        received = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if not response.body or received.startswith("text/") or received == "application/json":
            return AcceptedJob({}, self._failed(self._failure(response.json_object().get("error")), response))
        media_type = _media_type(body.get("response_format"), job)
        return await self.accept_result(job, [(media_type, response.body)], None)

    async def _submit_video(self, job: Job) -> AcceptedJob:
        files = await asyncio.to_thread(_file_parts, job)
        response = await self._send(job, "/videos", files=[*_field_parts(_body(job)), *files])
        video_id = response.json_object().get("id")
        if not isinstance(video_id, str) or not 0 < len(video_id) <= MAX_ID_LENGTH:
            raise SubmissionLost(f"{self.title} accepted the video without an ID.")
        return AcceptedJob({"video": video_id})

    async def _send(self, job: Job, address: str, **content: Any) -> UpstreamResponse:
        """Send a submission and return its response if the job was accepted, and for images and speech, has ended."""
        headers, clock = {"Idempotency-Key": job.client_request_id}, asyncio.get_running_loop().time
        started_at = clock()
        for _ in range(MAX_WAITS):
            response = await self.client.submit(address, headers=headers, timeout=SYNCHRONOUS_TIMEOUT, **content)
            is_running = response.status == 408 and _error(response.json_object())[0] == STILL_RUNNING
            if not is_running or clock() - started_at > SYNCHRONOUS_TIMEOUT.total_seconds():
                break
        if not response.ok:
            code, message = _error(response.json_object())
            check_submission(
                self.title,
                response,
                error=self._known_error(code),
                message=message,
                not_taken=response.status == 501,  # "not implemented"
            )
        return response

    async def _accept_urls(self, job: Job, outputs: Sequence[Output]) -> AcceptedJob:
        """Download the outputs on the server's own origin; `poll` retries those that are unavailable."""
        named: list[JSON] = [{"url": output.url, "media_type": output.media_type} for output in outputs]
        reference: JSONObject = {"outputs": named}
        try:
            return AcceptedJob(reference, await self._fetch(job, outputs))
        except ProviderUnavailable:
            return AcceptedJob(reference)

    async def _fetch(self, job: Job, outputs: Sequence[Output]) -> Snapshot:
        """Download the outputs on the server's own origin, with the key."""
        snapshot = Snapshot(BackendState.SUCCEEDED, 100, tuple(outputs))
        try:
            return await self.fetch_own_outputs(job, snapshot, authorized=True)
        except GenerationFailed as error:
            return Snapshot(BackendState.FAILED, error=error)

    async def _video(self, job: Job, reference: JSONObject, response: UpstreamResponse) -> Snapshot:
        video = response.json_object()
        state = STATES.get(str(video.get("status")), BackendState.RUNNING)
        progress = video.get("progress")
        match state:
            case BackendState.SUCCEEDED:
                content = str(self.client.url(f"{_video_path(reference)}/content"))
                output = Output(DEFAULT_MEDIA_TYPES[job.type], url=content)
                return await self._fetch(job, [output])
            case BackendState.FAILED:
                return self._failed(self._failure(video.get("error")), response, code=_error(video)[0])
            case BackendState.RUNNING if isinstance(progress, int | float):
                return Snapshot(state, round(min(max(progress, 0), 100)), poll_after=_poll_after(response))
        return Snapshot(state, poll_after=_poll_after(response))

    def _known_error(self, code: str) -> DoitongError | None:
        if code in MODERATION_CODES:
            return ContentViolation(f"{self.title}'s moderation rejected the request.")
        if code in BILLING_CODES:
            return ProviderUnavailable(status_error(self.title, 402).message, retryable=False)
        if code == "model_not_found":
            return status_error(self.title, 404)
        return None

    def _failure(self, error: JSON) -> DoitongError:
        """Return the error of an accepted job without a result."""
        code = _error({"error": error})[0]
        if code in MODERATION_CODES:
            return ContentViolation(f"{self.title}'s moderation rejected the request.")
        return GenerationFailed(f"{self.title} delivered no output.")

    def _failed(self, error: DoitongError, response: UpstreamResponse, *, code: str = "") -> Snapshot:
        diagnostics = {**response.diagnostics, **({"code": self.client.redact(code)} if code else {})}
        return Snapshot(BackendState.FAILED, error=error, diagnostics=diagnostics)


def _body(job: Job) -> JSONObject:
    return {**job.parameters, **({} if job.model is None else {"model": job.model})}


def _field_parts(body: JSONObject) -> list[Part]:
    """Return the parameters as parts of a multipart form; objects are JSON."""
    parts: list[Part] = []
    for name, value in body.items():
        if value is not None:
            text = value if isinstance(value, str) else orjson.dumps(value).decode()
            parts.append((name, (None, text.encode())))
    return parts


def _file_parts(job: Job) -> list[Part]:
    """Return the input files as parts of a multipart form. A field with several files is named `field[]`."""
    parts: list[Part] = []
    for kind, field in job.media_fields.items():
        numbered = (f"{kind}.{number}" for number in range(len(job.files)))
        for key in numbered if kind == "images" else (kind,):
            path = job.files.get(key)
            if path is not None:
                media_type = mimetypes.guess_type(path.name)[0] or f"{kind.removesuffix('s')}/{SUBTYPES[kind]}"
                name = f"{key}{suffix_of(media_type)}"
                parts.append((field.removesuffix("[]"), (name, path.read_bytes(), media_type)))
    names = [name for name, _ in parts]
    return [(f"{name}[]" if names.count(name) > 1 else name, part) for name, part in parts]


def decode_images(data: JSON) -> tuple[list[bytes], list[str]]:
    """Return the images in base64, decoded, and the URLs of the others."""
    images, urls = [], []
    for item in data[:MAX_IMAGES] if isinstance(data, list) else ():
        if not isinstance(item, dict):
            continue
        encoded, url = item.get("b64_json"), item.get("url")
        if isinstance(encoded, str) and encoded:
            try:
                images.append(base64.b64decode(encoded, validate=True))
            except (binascii.Error, ValueError):
                continue
        elif isinstance(url, str) and url.startswith(("https://", "http://")) and len(url) <= MAX_URL_LENGTH:
            urls.append(url)
    return images, urls


def _outputs_of(named: JSON) -> list[Output]:
    """Return the outputs of a reference."""
    items = [item for item in (named if isinstance(named, list) else ()) if isinstance(item, dict)]
    return [Output(str(item.get("media_type")), url=str(item.get("url"))) for item in items]


def _media_type(name: JSON, job: Job) -> str:
    """Return the media type of a format such as `webp` or `mp3`."""
    if not isinstance(name, str):
        return DEFAULT_MEDIA_TYPES[job.type]
    return MEDIA_TYPES.get(name, f"{DEFAULT_MEDIA_TYPES[job.type].partition('/')[0]}/{name}")


def _error(body: JSONObject) -> tuple[str, str]:
    """Return the code and the message of an error, of OpenAI's form or of FastAPI's (`detail`)."""
    error = body.get("error") or body.get("detail")
    if isinstance(error, list) and error:
        error = error[0]
    if not isinstance(error, dict):
        return "", error if isinstance(error, str) else ""
    message = error.get("message") or error.get("msg")
    return str(error.get("code") or error.get("type") or "")[:200], message if isinstance(message, str) else ""


def _cost(result: JSONObject) -> JSONObject | None:
    usage = result.get("usage")
    tokens = usage.get("total_tokens") if isinstance(usage, dict) else None
    return {"amount": tokens, "unit": "tokens"} if isinstance(tokens, int) else None


def _poll_after(response: UpstreamResponse) -> timedelta | None:
    milliseconds = response.headers.get("openai-poll-after-ms", "")
    if not re.fullmatch(r"\d{1,9}", milliseconds):
        return None
    return min(timedelta(milliseconds=int(milliseconds)), MAX_RETRY_AFTER)


def _video_path(reference: JSONObject) -> str:
    return f"/videos/{quote(str(reference.get('video')), safe='')}"


def create(context: BackendContext) -> OpenAICompatibleBackend:
    """Return the backend for these settings."""
    key = context.settings.get(KEY, "")
    client = UpstreamClient(
        DEFINITION.title,
        context.settings[BASE_URL],
        lambda: {"Authorization": f"Bearer {key}"} if key else {},
        secrets=(key,),
    )
    return OpenAICompatibleBackend(DEFINITION, context, client)


DEFINITION = BackendDefinition(
    "openai",
    "OpenAI",
    (
        api_key("OPENAI", "The API key. Required for OpenAI itself, not for your own server.", is_required=False),
        base_url("OPENAI", OPENAI),
    ),
    create,
)
