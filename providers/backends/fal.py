"""fal: models behind the queue of queue.fal.run.

The reference holds the request's ID and the URLs that fal returned. `Job.parameters` are the model's input.
"""

import copy
import re
from collections.abc import Mapping
from datetime import timedelta

import httpx
import orjson

from kit.errors import ContentViolation, DoitongError, GenerationFailed, InvalidInput, ProviderUnavailable
from providers.backend import (
    AcceptedJob,
    Adjustment,
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
from providers.backends.fal_responses import (
    CANCELLED,
    MODERATION,
    Failure,
    cost_of,
    failure_of,
    field_of,
    outputs_of,
    unfinished_snapshot,
    without_moderated,
)
from providers.backends.media_inputs import job_inputs, place_media
from providers.http import (
    CREDENTIAL_STATUSES,
    UNKNOWN_STATUSES,
    ForeignOrigin,
    UpstreamClient,
    UpstreamResponse,
    check_submission,
    status_error,
)
from providers.settings import BackendContext, BackendDefinition, api_key, base_url

KEY, BASE_URL = "DOITONG_FAL_API_KEY", "DOITONG_FAL_BASE_URL"
QUEUE = "https://queue.fal.run"
NAMESPACES = frozenset({"workflows", "comfy"})  # a prefix of owner and app in a model's path
STATUS_URL, RESPONSE_URL, CANCEL_URL = "status_url", "response_url", "cancel_url"
REQUEST_ID = re.compile(r"[\w-]{1,100}", re.ASCII)
MAX_INLINE_FILE, MAX_INLINE_TOTAL = 8_000_000, 32_000_000  # bytes, sent as data URIs
MAX_CALLBACK = 1_000_000  # bytes
INPUT_STATUSES = frozenset({400, 413, 415, 422})
# Failures of fal's infrastructure, which it does not charge, beside all kinds that begin with `runner_`.
UNAVAILABLE = frozenset({"startup_timeout", "internal_error", "downstream_service_unavailable"})
# Failures of the model, which some models report with the status 422 although the input is not wrong.
FAILED = frozenset({"internal_server_error", "generation_timeout", "downstream_service_error", "no_media_generated"})


class FalBackend(HttpBackend):
    """Submits to the queue and polls it. Callbacks only cause a poll: the keys that verify them are on another host."""

    takes_callbacks = True
    poll_schedule = PollSchedule(first=timedelta(seconds=1))

    async def submit(self, job: Job) -> AcceptedJob:
        if job.model is None:
            raise SubmissionRefused(ProviderUnavailable(f"The route names no model of {self.title}."))
        try:
            body = await self._body(job)
        except InvalidInput as error:
            raise SubmissionRefused(error) from error
        query = {"fal_webhook": job.callback_url} if job.callback_url else None
        response = await self.client.submit(f"/{job.model}", json=body, params=query)
        if not response.ok:
            failure = failure_of(response)
            rejection = self._rejection(job, response, failure)
            check_submission(self.title, response, error=rejection, message=failure.message)
        return self._accepted(job.model, response)

    async def poll(self, job: Job, reference: JSONObject) -> Snapshot:
        try:
            status_url, response_url = self._url(reference, STATUS_URL), self._url(reference, RESPONSE_URL)
        except ForeignOrigin as error:
            return Snapshot(BackendState.FAILED, error=error)
        response = await self.client.request("GET", str(status_url.copy_merge_params({"logs": "1"})))
        self._check_poll(response)
        if response.status in UNKNOWN_STATUSES:
            return self._failed(GenerationFailed(f"{self.title} no longer knows the request."), response, reference)
        if not response.ok:
            raise ProviderUnavailable(f"{self.title} responded {response.status}.")
        status = response.json_object()
        if status.get("status") != "COMPLETED":
            return unfinished_snapshot(status)
        result = await self.client.request("GET", str(response_url))
        return await self._result(job, reference, status, result)

    def parse_callback(
        self, job: Job, reference: JSONObject | None, *, headers: Mapping[str, str], body: bytes
    ) -> Callback | None:
        try:
            call = orjson.loads(body) if len(body) <= MAX_CALLBACK else None
        except orjson.JSONDecodeError:
            return None
        request_id = call.get("request_id") if isinstance(call, dict) else None
        if not isinstance(request_id, str) or not REQUEST_ID.fullmatch(request_id):
            return None
        hint = Snapshot(BackendState.RUNNING)
        if reference:
            return Callback(False, hint) if reference.get("request_id") == request_id else None
        return None if job.model is None else Callback(False, hint, _reference(job.model, request_id))

    async def cancel(self, job: Job, reference: JSONObject) -> None:
        try:
            url = self._url(reference, CANCEL_URL)
        except ForeignOrigin:
            return
        response = await self.client.request("PUT", str(url))
        if response.status >= 500 or response.status == 429:
            raise ProviderUnavailable(f"{self.title} responded {response.status}.")

    async def _body(self, job: Job) -> JSONObject:
        body, values, room = copy.deepcopy(job.parameters), {}, MAX_INLINE_TOTAL
        for media in job_inputs(job):
            size = await media.size()
            if media.file is not None and size <= min(MAX_INLINE_FILE, room):
                room -= size
                values[media.key] = await media.data_uri()
            elif media.link is not None:
                values[media.key] = media.link
            else:
                raise InvalidInput(
                    f"The {media.kind} has {size:,} bytes. {self.title} takes up to {MAX_INLINE_FILE:,} bytes a file "
                    f"and {MAX_INLINE_TOTAL:,} in total from this server: use a smaller one.",
                    field=f"input.{media.key}",
                )
        place_media(body, job, values)
        return body

    def _accepted(self, model: str, response: UpstreamResponse) -> AcceptedJob:
        submitted = response.json_object()
        request_id = submitted.get("request_id")
        if not isinstance(request_id, str) or not REQUEST_ID.fullmatch(request_id):
            raise SubmissionLost(f"{self.title} accepted the request without an ID.")
        reference = _reference(model, request_id)
        reference.update({name: url for name in reference if isinstance(url := submitted.get(name), str)})
        try:
            for name in (STATUS_URL, RESPONSE_URL, CANCEL_URL):
                self._url(reference, name)
        except ForeignOrigin as error:
            return AcceptedJob(reference, self._failed(error, response, reference))
        return AcceptedJob(reference)

    def _url(self, reference: JSONObject, name: str) -> httpx.URL:
        """Return a URL of the reference, below the base URL if it is on fal's own host. Raises `ForeignOrigin`."""
        address = str(reference.get(name))
        return self.client.url(address.removeprefix(QUEUE) if address.startswith(f"{QUEUE}/") else address)

    def _check_poll(self, response: UpstreamResponse) -> None:
        if response.status == 429:
            raise UpstreamBusy(f"{self.title} limits polling.", retry_after=response.retry_after)

    async def _result(self, job: Job, reference: JSONObject, status: JSONObject, result: UpstreamResponse) -> Snapshot:
        """Return the final state of a completed request, which may be a failure. Its result has the failure's status.

        Raises `ProviderUnavailable` if the result is unavailable although the request did not fail.
        """
        self._check_poll(result)
        has_failed = bool(status.get("error") or status.get("error_type"))
        if result.ok and not has_failed:
            return await self._succeeded(job, reference, result)
        failure = Failure() if result.ok else failure_of(result)
        kind = str(status.get("error_type") or failure.kind)
        if not has_failed and not kind and (result.status >= 500 or result.status in CREDENTIAL_STATUSES):
            raise ProviderUnavailable(f"{self.title} responded {result.status}.")
        failure = Failure(kind, failure.message, failure.parameter)
        if kind == CANCELLED:
            return Snapshot(BackendState.CANCELLED, diagnostics=_diagnostics(result, reference, kind))
        error = self._rejection(job, result, failure) or self._error(kind)
        return self._failed(error, result, reference, kind=kind)

    async def _succeeded(self, job: Job, reference: JSONObject, response: UpstreamResponse) -> Snapshot:
        result = response.json_object()
        cost = cost_of(response)
        found = outputs_of(job.type, result)
        outputs = without_moderated(found, result.get("has_nsfw_concepts"))
        if not outputs:
            flagged = ContentViolation(f"{self.title}'s moderation withheld the output.")
            empty = GenerationFailed(f"{self.title} reported success without an output.")
            return self._failed(flagged if outputs is None else empty, response, reference, cost=cost)
        withheld = len(found) - len(outputs)
        adjustments = (Adjustment(f"{self.title}'s moderation withheld {withheld} of {len(found)} outputs."),)
        snapshot = Snapshot(
            BackendState.SUCCEEDED, 100, tuple(outputs), adjustments=adjustments if withheld else (), cost=cost
        )
        try:
            return await self.fetch_own_outputs(job, snapshot)
        except GenerationFailed as error:
            return self._failed(error, response, reference, cost=cost)

    def _rejection(self, job: Job, response: UpstreamResponse, failure: Failure) -> DoitongError | None:
        """Return the error of an input that fal or the model rejected, or of a locked account."""
        if failure.kind == MODERATION:
            return ContentViolation(f"{self.title}'s moderation rejected the request.")
        if response.status == 403 and "locked" in failure.message.lower() and "balance" in failure.message.lower():
            return ProviderUnavailable(status_error(self.title, 402).message, retryable=False)
        if response.status in INPUT_STATUSES and failure.kind not in FAILED:
            error = status_error(self.title, response.status, failure.message)
            return error.set_field(field_of(job, failure.parameter))
        return None

    def _error(self, kind: str) -> DoitongError:
        if kind in UNAVAILABLE or kind.startswith("runner_"):
            return ProviderUnavailable(f"{self.title} could not run the model.")
        return GenerationFailed(f"{self.title} could not finish the request.")

    def _failed(
        self,
        error: DoitongError,
        response: UpstreamResponse,
        reference: JSONObject,
        *,
        kind: str = "",
        cost: JSONObject | None = None,
    ) -> Snapshot:
        diagnostics = _diagnostics(response, reference, kind)
        return Snapshot(BackendState.FAILED, error=error, cost=cost, diagnostics=diagnostics)


def _reference(model: str, request_id: str) -> JSONObject:
    """Return the documented URLs of a request: below owner and app, without the rest of the model's path."""
    parts = model.split("/")
    app = "/".join(parts[: 3 if parts[0] in NAMESPACES else 2])
    base = f"/{app}/requests/{request_id}"
    return {
        "request_id": request_id,
        STATUS_URL: f"{base}/status",
        RESPONSE_URL: base,
        CANCEL_URL: f"{base}/cancel",
    }


def _diagnostics(response: UpstreamResponse, reference: JSONObject, kind: str) -> JSONObject:
    code: JSONObject = {"code": kind} if kind else {}
    return {**response.diagnostics, "requestId": reference.get("request_id"), **code}


def create(context: BackendContext) -> FalBackend:
    """Return the backend for these settings."""
    key = context.settings.get(KEY, "")
    client = UpstreamClient(
        DEFINITION.title,
        context.settings[BASE_URL],
        lambda: {"Authorization": f"Key {key}"},
        secrets=(key,),
    )
    return FalBackend(DEFINITION, context, client)


DEFINITION = BackendDefinition(
    "fal",
    "fal",
    (api_key("FAL", "The API key of fal.ai."), base_url("FAL", QUEUE)),
    create,
)
