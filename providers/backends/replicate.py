"""Replicate: predictions of api.replicate.com.

`Job.parameters` are the model's input. A model is `owner/name`, or `owner/name:version` for one that is not official.
The reference is the prediction's ID, and the IDs of the uploaded input files.
"""

import asyncio
import copy
import hmac
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import orjson

from kit.errors import ContentViolation, DoitongError, GenerationFailed, InvalidInput, ProviderUnavailable
from kit.webhook_secrets import PREFIX, secret_bytes
from kit.webhook_signature import sign
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
from providers.backends.media_inputs import JobInput, job_inputs, place_media
from providers.backends.replicate_responses import is_moderation, message_of, retry_after_of, snapshot_of
from providers.http import (
    CREDENTIAL_STATUSES,
    MAX_RETRY_AFTER,
    UpstreamClient,
    UpstreamResponse,
    check_submission,
    status_error,
)
from providers.settings import BackendContext, BackendDefinition, BackendSetting, api_key, base_url

KEY, BASE_URL = "DOITONG_REPLICATE_API_KEY", "DOITONG_REPLICATE_BASE_URL"
WEBHOOK_SECRET = "DOITONG_REPLICATE_WEBHOOK_SECRET"  # noqa: S105 - the name of a setting
PREDICTIONS, FILES = "/v1/predictions", "/v1/files"
PREDICTION_ID = re.compile(r"[\w-]{1,100}", re.ASCII)
EVENTS: list[JSON] = ["start", "completed"]
MAX_DATA_URI, MAX_UPLOAD = 256_000, 100_000_000  # bytes of a file
UPLOAD_TIMEOUT = timedelta(minutes=5)
MAX_CALLBACK = 1_000_000  # bytes
SIGNATURE_TOLERANCE = timedelta(minutes=5)


class ReplicateBackend(HttpBackend):
    """Creates a prediction and polls it. A signed callback contains the prediction."""

    takes_callbacks = True
    poll_schedule = PollSchedule(first=timedelta(seconds=1))

    def unavailable_because(self) -> str | None:
        secret = self.settings.get(WEBHOOK_SECRET, "")
        if secret and not _is_secret(secret):
            return f"{WEBHOOK_SECRET} is not {PREFIX} and base64"
        return super().unavailable_because()

    async def submit(self, job: Job) -> AcceptedJob:
        if job.model is None:
            raise SubmissionRefused(ProviderUnavailable(f"The route names no model of {self.title}."))
        model, _, version = job.model.partition(":")
        uploads: list[JSON] = []
        body: JSONObject = {"input": await self._input(job, uploads)}
        if version:
            body["version"] = version
        if job.callback_url:
            body |= {"webhook": job.callback_url, "webhook_events_filter": EVENTS}
        response = await self.client.submit(PREDICTIONS if version else f"/v1/models/{model}/predictions", json=body)
        self._check_submission(response)
        prediction_id = response.json_object().get("id")
        if not isinstance(prediction_id, str) or not PREDICTION_ID.fullmatch(prediction_id):
            raise SubmissionLost(f"{self.title} accepted the prediction without an ID.")
        return AcceptedJob({"id": prediction_id, **({"files": uploads} if uploads else {})})

    async def poll(self, job: Job, reference: JSONObject) -> Snapshot:
        response = await self.client.request("GET", _prediction_path(reference))
        if response.status == 429:
            raise UpstreamBusy(f"{self.title} limits polling.", retry_after=_delay(response))
        if response.status == 404:
            error = GenerationFailed(f"{self.title} no longer knows the prediction.")
            return Snapshot(BackendState.FAILED, error=error, diagnostics=response.diagnostics)
        if not response.ok:
            raise ProviderUnavailable(f"{self.title} responded {response.status}.")
        snapshot = snapshot_of(self.title, job.type, response.json_object())
        try:
            return await self.fetch_own_outputs(job, snapshot, authorized=True)
        except GenerationFailed as error:
            return Snapshot(BackendState.FAILED, error=error, cost=snapshot.cost, diagnostics=snapshot.diagnostics)

    def parse_callback(
        self, job: Job, reference: JSONObject | None, *, headers: Mapping[str, str], body: bytes
    ) -> Callback | None:
        try:
            prediction = orjson.loads(body) if len(body) <= MAX_CALLBACK else None
        except orjson.JSONDecodeError:
            return None
        if not isinstance(prediction, dict):
            return None
        prediction_id = prediction.get("id")
        if not isinstance(prediction_id, str) or not PREDICTION_ID.fullmatch(prediction_id):
            return None
        if reference and reference.get("id") != prediction_id:
            return None
        named: JSONObject | None = None if reference else {"id": prediction_id}
        snapshot = snapshot_of(self.title, job.type, prediction)
        # Outputs on the upstream's own origin are downloaded by `poll`.
        is_complete = not any(output.url and self.client.owns(output.url) for output in snapshot.outputs)
        if is_complete and self._is_signed(headers, body):
            return Callback(True, snapshot, named)
        return Callback(False, Snapshot(BackendState.RUNNING), named)

    async def cancel(self, job: Job, reference: JSONObject) -> None:
        response = await self.client.request("POST", f"{_prediction_path(reference)}/cancel")
        if response.status >= 500 or response.status == 429:
            raise ProviderUnavailable(f"{self.title} responded {response.status}.")

    async def clean_up(self, job: Job, reference: JSONObject) -> None:
        """Delete the uploaded input files, which Replicate would delete after a day."""
        files = reference.get("files")
        for file_id in files if isinstance(files, list) else ():
            await self.client.request("DELETE", f"{FILES}/{quote(str(file_id), safe='')}")

    async def check_credentials(self) -> bool:
        response = await self.client.request("GET", "/v1/account")
        if response.status in CREDENTIAL_STATUSES:
            raise status_error(self.title, response.status)
        if not response.ok:
            raise ProviderUnavailable(f"{self.title} responded {response.status}.")
        return True

    async def _input(self, job: Job, uploads: list[JSON]) -> JSONObject:
        """Return the model's input. IDs of uploaded files are added to `uploads`. Raises `SubmissionRefused`."""
        parameters, values = copy.deepcopy(job.parameters), {}
        for media in job_inputs(job):
            size = await media.size()
            if media.file is not None and size <= MAX_DATA_URI:
                values[media.key] = await media.data_uri()
            elif media.file is not None and size <= MAX_UPLOAD:
                values[media.key] = await self._upload(media, media.file, uploads)
            elif media.link is not None:
                values[media.key] = media.link
            else:
                message = f"The {media.kind} has {size:,} bytes. {self.title} takes up to {MAX_UPLOAD:,}."
                raise SubmissionRefused(InvalidInput(message, field=f"input.{media.key}"))
        place_media(parameters, job, values)
        return parameters

    async def _upload(self, media: JobInput, path: Path, uploads: list[JSON]) -> str:
        """Upload a file and return its URL. Nothing is billed for it, so every failure is a `SubmissionRefused`."""
        file = await asyncio.to_thread(path.open, "rb")
        with file:
            content = {"content": (f"{media.key}{path.suffix}", file, media.media_type)}
            try:
                response = await self.client.request("POST", FILES, files=content, timeout=UPLOAD_TIMEOUT)
            except ProviderUnavailable as error:
                raise SubmissionRefused(error) from error
        self._check_submission(response, not_taken=True)
        uploaded = response.json_object()
        urls, file_id = uploaded.get("urls"), uploaded.get("id")
        url = urls.get("get") if isinstance(urls, dict) else None
        if not isinstance(url, str) or not isinstance(file_id, str):
            raise SubmissionRefused(ProviderUnavailable(f"{self.title} took an input file without a URL for it."))
        uploads.append(file_id)
        return url

    def _check_submission(self, response: UpstreamResponse, *, not_taken: bool = False) -> None:
        if response.ok:
            return
        message = message_of(response)
        if response.status == 429:
            raise UpstreamBusy(f"{self.title} is busy.", retry_after=_delay(response), diagnostics=response.diagnostics)
        error: DoitongError | None = None
        if response.status in (400, 422) and is_moderation(message):
            error = ContentViolation(f"{self.title}'s moderation rejected the request.")
        check_submission(self.title, response, error=error, message=message, not_taken=not_taken)

    def _is_signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether the Standard Webhooks signature is valid for these bytes and not older than the tolerance."""
        secret = self.settings.get(WEBHOOK_SECRET, "")
        message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if not secret or not _is_secret(secret) or not message_id or not re.fullmatch(r"\d{1,12}", timestamp, re.ASCII):
            return False
        if abs(self.clock.now().timestamp() - int(timestamp)) > SIGNATURE_TOLERANCE.total_seconds():
            return False
        expected = sign([secret], message_id=message_id, timestamp=int(timestamp), body=body)["webhook-signature"]
        given = headers.get("webhook-signature", "").split()
        return any(hmac.compare_digest(expected.encode(), signature.encode()) for signature in given)


def _delay(response: UpstreamResponse) -> timedelta | None:
    delay = response.retry_after or retry_after_of(response)
    return None if delay is None else min(delay, MAX_RETRY_AFTER)


def _prediction_path(reference: JSONObject) -> str:
    return f"{PREDICTIONS}/{quote(str(reference.get('id')), safe='')}"


def _is_secret(secret: str) -> bool:
    try:
        return secret.startswith(PREFIX) and bool(secret_bytes(secret))
    except ValueError:
        return False


def create(context: BackendContext) -> ReplicateBackend:
    """Return the backend for these settings."""
    key = context.settings.get(KEY, "")
    client = UpstreamClient(
        DEFINITION.title,
        context.settings[BASE_URL],
        lambda: {"Authorization": f"Bearer {key}"},
        secrets=(key,),
    )
    return ReplicateBackend(DEFINITION, context, client)


DEFINITION = BackendDefinition(
    "replicate",
    "Replicate",
    (
        api_key("REPLICATE", "The API token of Replicate."),
        base_url("REPLICATE", "https://api.replicate.com"),
        BackendSetting(
            WEBHOOK_SECRET,
            "The signing secret of Replicate's webhooks (GET /v1/webhooks/default/secret). With it, a callback ends a "
            "generation without a further poll.",
            is_secret=True,
        ),
    ),
    create,
)
