"""HeyGen: videos of presenters by API v3, from an avatar or from a picture.

`Job.parameters` are the body of `POST /v3/videos`. Requests carry the client ID as `Idempotency-Key`: HeyGen responds
to the same key with the same video for 24 hours, so that a submission without a response is submitted again.
"""

import asyncio
import base64
import copy
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import orjson

from kit.errors import GenerationFailed, InvalidInput, ProviderUnavailable
from providers.backend import (
    JSON,
    AcceptedJob,
    BackendState,
    Callback,
    Job,
    JSONObject,
    PollSchedule,
    Snapshot,
    SubmissionLost,
    SubmissionRefused,
    UpstreamBusy,
)
from providers.backends.base import HttpBackend
from providers.backends.heygen_responses import HeyGenError, event_snapshot, refusal_error, snapshot_of
from providers.backends.media_inputs import job_inputs
from providers.catalogue.routes import set_path
from providers.http import CREDENTIAL_STATUSES, UpstreamClient, UpstreamResponse, check_submission, status_error
from providers.settings import BackendContext, BackendDefinition, BackendSetting, api_key, base_url

KEY, BASE_URL = "DOITONG_HEYGEN_API_KEY", "DOITONG_HEYGEN_BASE_URL"
WEBHOOK_SECRET = "DOITONG_HEYGEN_WEBHOOK_SECRET"  # noqa: S105 - the name of a setting
AVATAR_ID, VOICE_ID = "DOITONG_HEYGEN_AVATAR_ID", "DOITONG_HEYGEN_VOICE_ID"
VIDEOS = "/v3/videos"
# The defaults of the catalogue, which are not HeyGen IDs.
DEFAULT_AVATAR, DEFAULT_VOICE = "professional-1", "en-US-neural"
VIDEO_ID = re.compile(r"[\w-]{1,100}", re.ASCII)
UNSAFE_IN_KEY = re.compile(r"[^A-Za-z0-9_:.-]")
MAX_IMAGE = 32_000_000  # bytes
UPLOAD_TIMEOUT = timedelta(minutes=2)  # of a request with a picture
MAX_CALLBACK = 1_000_000  # bytes
SIGNATURE_TOLERANCE = timedelta(minutes=5)
# HeyGen's documentation has changed the name.
SIGNATURE_HEADERS = ("heygen-signature", "x-heygen-signature", "signature", "x-signature")
TIMESTAMP_HEADER = "heygen-timestamp"


class HeyGenBackend(HttpBackend):
    """Creates a video and polls it. A signed callback has the final state; any other causes a poll."""

    takes_callbacks = True
    poll_schedule = PollSchedule(
        first=timedelta(seconds=10), minimum=timedelta(seconds=5), maximum=timedelta(seconds=30)
    )

    async def submit(self, job: Job) -> AcceptedJob:
        headers = {"Idempotency-Key": UNSAFE_IN_KEY.sub("-", job.client_request_id)}
        body = await self._body(job)
        response = await self.client.submit(VIDEOS, json=body, headers=headers, timeout=UPLOAD_TIMEOUT)
        self._check(response)
        data = response.json_object().get("data")
        video_id = data.get("video_id") if isinstance(data, dict) else None
        if not isinstance(video_id, str) or not VIDEO_ID.fullmatch(video_id):
            raise SubmissionLost(f"{self.title} accepted the video without an ID.")
        return AcceptedJob({"id": video_id})

    async def find_job(self, job: Job) -> AcceptedJob | None:
        """Return None: the response to a repeated submission is the video of the first."""
        return None

    async def poll(self, job: Job, reference: JSONObject) -> Snapshot:
        response = await self.client.request("GET", f"{VIDEOS}/{quote(str(reference.get('id')), safe='')}")
        if response.status == 429:
            raise UpstreamBusy(f"{self.title} limits polling.", retry_after=response.retry_after)
        if response.status == 404:
            error = GenerationFailed(f"{self.title} no longer knows the video.")
            return Snapshot(BackendState.FAILED, error=error, diagnostics=response.diagnostics)
        if not response.ok:
            raise ProviderUnavailable(f"{self.title} responded {response.status}.")
        snapshot = snapshot_of(self.title, job, response.json_object())
        try:
            return await self.fetch_own_outputs(job, snapshot)
        except GenerationFailed as error:
            return Snapshot(BackendState.FAILED, error=error, diagnostics=snapshot.diagnostics)

    def parse_callback(
        self, job: Job, reference: JSONObject | None, *, headers: Mapping[str, str], body: bytes
    ) -> Callback | None:
        event = _json_object(body)
        data = event.get("event_data")
        video_id = data.get("video_id") if isinstance(data, dict) else None
        if not isinstance(data, dict) or not isinstance(video_id, str) or not VIDEO_ID.fullmatch(video_id):
            return None
        if reference and reference.get("id") != video_id:
            return None
        if not reference and data.get("callback_id") != job.client_request_id:
            return None
        named: JSONObject | None = None if reference else {"id": video_id}
        snapshot = event_snapshot(self.title, job, str(event.get("event_type")), data)
        # Outputs on the upstream's own origin are downloaded by `poll`.
        is_complete = not any(output.url and self.client.owns(output.url) for output in snapshot.outputs)
        if is_complete and self._is_signed(headers, body):
            return Callback(True, snapshot, named)
        return Callback(False, Snapshot(BackendState.RUNNING), named)

    async def check_credentials(self) -> bool:
        response = await self.client.request("GET", "/v3/users/me")
        if response.status in CREDENTIAL_STATUSES:
            raise status_error(self.title, response.status)
        if not response.ok:
            raise ProviderUnavailable(f"{self.title} responded {response.status}.")
        return True

    async def _body(self, job: Job) -> JSONObject:
        """Return the body of the submission. Raises `SubmissionRefused`."""
        body = copy.deepcopy(job.parameters)
        for media in job_inputs(job):
            set_path(body, media.parameter, await self._asset(media.key, media.file, media.link, media.media_type))
        self._replace_default(body, "avatar_id", DEFAULT_AVATAR, setting=AVATAR_ID)
        self._replace_default(body, "voice_id", DEFAULT_VOICE, setting=VOICE_ID)
        if job.model:
            body.setdefault("type", job.model)
        if body.get("type") == "avatar" and not body.get("avatar_id"):
            message = f"{self.title} needs the ID of one of its avatars. Give it as avatarId."
            raise SubmissionRefused(InvalidInput(message, field="input.options.avatarId"))
        if body.get("type") == "image" and body.get("script") and not body.get("voice_id"):
            message = f"{self.title} needs the ID of one of its voices for a picture. Give it as voice."
            raise SubmissionRefused(InvalidInput(message, field="input.options.voice"))
        body["callback_id"] = job.client_request_id
        if job.callback_url:
            body["callback_url"] = job.callback_url
        return body

    async def _asset(self, key: str, file: Path | None, link: str | None, media_type: str) -> JSONObject:
        """Return a picture in base64, or its URL if it is too large for that."""
        size = 0 if file is None else (await asyncio.to_thread(file.stat)).st_size
        if file is not None and size <= MAX_IMAGE:
            data = base64.b64encode(await asyncio.to_thread(file.read_bytes)).decode()
            return {"type": "base64", "media_type": media_type, "data": data}
        if link is not None:
            return {"type": "url", "url": link}
        message = f"The picture has {size:,} bytes. {self.title} takes up to {MAX_IMAGE:,}."
        raise SubmissionRefused(InvalidInput(message, field=f"input.input.{key}"))

    def _replace_default(self, body: JSONObject, name: str, default: str, *, setting: str) -> None:
        """Replace a default of the catalogue by the operator's, or remove it."""
        if body.get(name) == default:
            del body[name]
            if self.settings.get(setting):
                body[name] = self.settings[setting]

    def _check(self, response: UpstreamResponse) -> None:
        """Raise for a response that is not a success."""
        if response.ok:
            return
        error = HeyGenError.of(response.json_object())
        if response.status == 409:  # the same key is being processed
            raise SubmissionLost(f"{self.title} is still processing this submission.")
        busy = error.code == "rate_limit_exceeded"
        known = None if busy else refusal_error(self.title, error, response.status)
        check_submission(self.title, response, error=known, message=error.message, busy=busy)

    def _is_signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether the signature is valid for these bytes, and the time, if there is one, not beyond the tolerance."""
        secret = self.settings.get(WEBHOOK_SECRET, "")
        if not secret:
            return False
        timestamp = headers.get(TIMESTAMP_HEADER)
        if timestamp is not None:
            if not re.fullmatch(r"\d{1,12}", timestamp, re.ASCII):
                return False
            if abs(self.clock.now().timestamp() - int(timestamp)) > SIGNATURE_TOLERANCE.total_seconds():
                return False
        expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode()
        given = (headers.get(name, "").removeprefix("sha256=").lower().encode() for name in SIGNATURE_HEADERS)
        return any(hmac.compare_digest(expected, signature) for signature in given)


def _json_object(body: bytes) -> JSONObject:
    """Return a JSON object, or an empty one for anything else."""
    if len(body) > MAX_CALLBACK:
        return {}
    try:
        parsed: JSON = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def create(context: BackendContext) -> HeyGenBackend:
    """Return the backend for these settings."""
    key, secret = context.settings.get(KEY, ""), context.settings.get(WEBHOOK_SECRET, "")
    client = UpstreamClient(
        DEFINITION.title,
        context.settings[BASE_URL],
        lambda: {"x-api-key": key},
        secrets=(key, secret),
    )
    return HeyGenBackend(DEFINITION, context, client)


DEFINITION = BackendDefinition(
    "heygen",
    "HeyGen",
    (
        api_key("HEYGEN", "The API key."),
        base_url("HEYGEN", "https://api.heygen.com"),
        BackendSetting(
            WEBHOOK_SECRET,
            "The signing secret of HeyGen's webhooks (POST /v3/webhooks/endpoints). With it, a signed callback ends a "
            "generation without a further poll.",
            is_secret=True,
        ),
        BackendSetting(AVATAR_ID, "The ID of the avatar of requests that name none."),
        BackendSetting(VOICE_ID, "The ID of the voice of requests that name none; otherwise the avatar's own voice."),
    ),
    create,
)
