"""A backend configured by a spec: submits, polls and cancels jobs."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import orjson

from kit.errors import DoitongError, GenerationFailed, ProviderUnavailable
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
from providers.backends.base import HttpBackend, save_result
from providers.backends.http_task.authorization import missing_keys
from providers.backends.http_task.client import client_of
from providers.backends.http_task.failures import (
    Failure,
    failure_of,
    final_poll_error,
    is_lost,
    submission_error,
    transient_poll_error,
)
from providers.backends.http_task.json_paths import find_first
from providers.backends.http_task.request import fill, submission_body, submission_path
from providers.backends.http_task.results import (
    cost_of,
    empty_error,
    job_failure,
    partial_output_adjustments,
    progress_of,
    results_of,
    state_of,
)
from providers.backends.http_task.spec import Endpoint, FailureKind, Poll, Spec
from providers.backends.http_task.stored_response import load_response, save_response
from providers.http import (
    REDACTED,
    REQUEST_TIMEOUT,
    SYNCHRONOUS_TIMEOUT,
    ForeignOrigin,
    UpstreamResponse,
    check_submission,
)
from providers.settings import BackendContext, BackendDefinition

TOKEN = re.compile(r"eyJ[\w-]*\.[\w-]+\.[\w-]*")  # a JSON web token
MAX_REFERENCE_VALUE = 4096  # characters


class HttpTaskBackend(HttpBackend):
    """An upstream of the form "submit, poll, fetch the outputs", described by a spec."""

    def __init__(self, spec: Spec, definition: BackendDefinition, context: BackendContext) -> None:
        self.spec = spec
        self._clients = {host: client_of(spec, context, host=host) for host in (None, *spec.hosts)}
        super().__init__(definition, context, self._clients[None])
        self.takes_callbacks = any(endpoint.callback for endpoint in spec.endpoints)
        self.max_concurrent_jobs = spec.max_concurrent_jobs
        schedule = spec.poll_schedule
        self.poll_schedule = PollSchedule(
            first=timedelta(seconds=schedule.first),
            minimum=timedelta(seconds=schedule.minimum),
            maximum=timedelta(seconds=schedule.maximum),
            fraction=schedule.fraction,
        )

    def unavailable_because(self) -> str | None:
        return missing_keys(self.spec, self.settings)

    def submits_synchronously(self, job: Job) -> bool:
        endpoint = self._endpoint(job)
        return endpoint is not None and endpoint.poll is None

    async def submit(self, job: Job) -> AcceptedJob:
        endpoint = self._endpoint(job)
        if endpoint is None:
            what = f"{job.mode} with {job.model}"
            raise SubmissionRefused(ProviderUnavailable(f"{self.title} does not offer {what}.", retryable=False))
        path = submission_path(endpoint, job, self.title)
        body = await asyncio.to_thread(submission_body, endpoint, job, self.title)
        response = await self._clients[endpoint.host].submit(
            path,
            json=body,
            headers={**self.spec.headers, **endpoint.submit.headers},
            timeout=REQUEST_TIMEOUT if endpoint.poll is not None else SYNCHRONOUS_TIMEOUT,
        )
        document = response.json_object()
        self._check_submission(response, document)
        if endpoint.poll is None:
            return await self._accept_result(job, endpoint, document)
        return self._accept(job, endpoint, path, document)

    async def find_job(self, job: Job) -> AcceptedJob | None:
        endpoint = self._endpoint(job)
        if endpoint is None or (endpoint.poll is not None and endpoint.find is None):
            return await super().find_job(job)
        if endpoint.find is None:
            document = await asyncio.to_thread(load_response, job)
            if document is None:
                return await super().find_job(job)
            return await self._accept_result(job, endpoint, document)
        path = submission_path(endpoint, job, self.title)
        address = fill(
            endpoint.find.address, {"path": path, "model": job.model or "", "client_id": job.client_request_id}
        )
        response, document, failure = await self._get(endpoint, address)
        if failure is not None:
            if response.status == 404 or failure.kind is FailureKind.NOT_FOUND:
                return None
            raise self._transient_error(failure, response)
        found = find_first(document, endpoint.find.client_id) if endpoint.find.client_id else job.client_request_id
        if found != job.client_request_id:
            raise SubmissionLost(f"{self.title} returned another job than the one with our ID.")
        return self._accept(job, endpoint, path, document)

    async def poll(self, job: Job, reference: JSONObject) -> Snapshot:
        endpoint = self._endpoint_of(reference)
        if endpoint is None:
            error = GenerationFailed(f"The job was submitted to an API of {self.title} that is no longer supported.")
            return Snapshot(BackendState.FAILED, error=error)
        try:
            if endpoint.poll is None:
                return await self._stored_result(job, endpoint)
            return await self._poll(job, endpoint, endpoint.poll, reference)
        except GenerationFailed as error:  # a foreign status URL, or an output that is gone
            return Snapshot(BackendState.FAILED, error=error)

    def parse_callback(
        self, job: Job, reference: JSONObject | None, *, headers: Mapping[str, str], body: bytes
    ) -> Callback | None:
        endpoint = self._endpoint(job) if reference is None else self._endpoint_of(reference)
        if endpoint is None or endpoint.callback is None:
            return None
        try:
            document: JSON = orjson.loads(body)
        except orjson.JSONDecodeError:
            return None
        hint = Callback(verified=False, snapshot=Snapshot(BackendState.RUNNING))
        challenge = endpoint.callback.challenge and find_first(document, endpoint.callback.challenge)
        if endpoint.callback.challenge and challenge is not None:
            return replace(hint, response={endpoint.callback.challenge: challenge})
        id = find_first(document, endpoint.callback.id)
        if id is None or not _is_short(id):
            return None
        if reference is not None:
            return hint if str(id) == str(reference.get("id")) else None
        try:
            path = submission_path(endpoint, job, self.title)
        except SubmissionRefused:
            return None
        return replace(hint, reference=self._reference(job, endpoint, path, str(id), document))

    async def cancel(self, job: Job, reference: JSONObject) -> None:
        endpoint = self._endpoint_of(reference)
        if endpoint is None or endpoint.cancel is None or endpoint.poll is None:
            return
        cancel = endpoint.cancel
        try:
            if cancel.when and (await self._poll(job, endpoint, endpoint.poll, reference)).state not in cancel.when:
                return
            response = await self._clients[endpoint.host].request(
                cancel.method, fill(cancel.address, reference), headers=self.spec.headers
            )
        except (ForeignOrigin, KeyError):
            return
        if response.status >= 500 or response.status == 429:
            raise ProviderUnavailable(f"{self.title} responded {response.status} to the cancellation.")

    async def check_credentials(self) -> bool:
        if self.spec.credentials_check is None:
            return False
        response = await self.client.request("GET", self.spec.credentials_check, headers=self.spec.headers)
        failure = failure_of(self.spec.errors, response, response.json_object())
        if failure is not None:
            raise transient_poll_error(self.title, failure)
        return True

    async def aclose(self) -> None:
        for client in self._clients.values():
            await client.aclose()

    def _endpoint(self, job: Job) -> Endpoint | None:
        """Return the first endpoint that serves the job."""
        served = (each for each in self.spec.endpoints if each.serves(job.type, job.model or "", job.mode))
        return next(served, None)

    def _endpoint_of(self, reference: JSONObject) -> Endpoint | None:
        return next((each for each in self.spec.endpoints if each.name == reference.get("endpoint")), None)

    def _check_submission(self, response: UpstreamResponse, document: JSONObject) -> None:
        """Raise for a submission that failed."""
        errors = self.spec.errors
        failure = failure_of(errors, response, document)
        if failure is None:
            return
        if is_lost(errors, failure):
            raise SubmissionLost(f"{self.title} responded {failure.status} {failure.code}".rstrip() + ".")
        failure = replace(failure, text=self._redact(failure.text))
        is_busy = failure.kind is FailureKind.BUSY
        check_submission(
            self.title,
            replace(response, status=failure.status),
            error=None if is_busy else submission_error(self.title, failure),
            message=failure.text,
            busy=is_busy,
            not_taken=True,
        )

    def _accept(self, job: Job, endpoint: Endpoint, path: str, document: JSONObject) -> AcceptedJob:
        id = find_first(document, endpoint.submit.id)
        if id is None or not _is_short(id):
            raise SubmissionLost(f"{self.title} accepted the job without an ID.")
        return AcceptedJob(self._reference(job, endpoint, path, str(id), document))

    def _reference(self, job: Job, endpoint: Endpoint, path: str, id: str, document: JSON) -> JSONObject:
        kept = {name: find_first(document, source) for name, source in endpoint.submit.keep.items()}
        cost = cost_of(endpoint.submit.cost, document if isinstance(document, dict) else {})
        return {
            "endpoint": endpoint.name,
            "path": path,
            "id": id,
            **({"model": job.model} if job.model else {}),
            **{name: value for name, value in kept.items() if value is not None and _is_short(value)},
            **({"cost": cost} if cost else {}),
        }

    async def _accept_result(self, job: Job, endpoint: Endpoint, document: JSONObject) -> AcceptedJob:
        """Return a result as accepted. It is written to the workspace first, so that it survives a crash."""
        await asyncio.to_thread(save_response, job, document)
        try:
            result = await self._stored_result(job, endpoint)
        except (ProviderUnavailable, GenerationFailed):  # an output could not be downloaded: `poll` says how it ends
            return AcceptedJob({"endpoint": endpoint.name})
        return AcceptedJob({"endpoint": endpoint.name}, result)

    async def _stored_result(self, job: Job, endpoint: Endpoint) -> Snapshot:
        document = await asyncio.to_thread(load_response, job)
        if document is None:
            error = GenerationFailed(f"The result of {self.title} is no longer on this machine.")
            return Snapshot(BackendState.FAILED, error=error)
        return await self._finish(job, endpoint, document, cost=cost_of(endpoint.submit.cost, document))

    async def _poll(self, job: Job, endpoint: Endpoint, poll: Poll, reference: JSONObject) -> Snapshot:
        response, document, failure = await self._get(endpoint, _poll_address(poll, reference), poll.method)
        state = state_of(poll, document)
        if failure is not None and not (response.ok and state is BackendState.FAILED):
            return self._failed_poll(failure, response)
        diagnostics = self._diagnostics(response, document)
        charged = reference.get("cost")
        cost = cost_of(poll.cost, document) or (charged if isinstance(charged, dict) else None)
        if state is BackendState.FAILED:
            error, code = self._job_failure(endpoint, document)
            return Snapshot(state, error=error, cost=cost, diagnostics={**diagnostics, "code": code})
        if state is not BackendState.SUCCEEDED:
            wait = response.retry_after
            return Snapshot(state, progress_of(poll, document), poll_after=wait, cost=cost, diagnostics=diagnostics)
        if poll.then is not None:
            values = {**reference, **{name: find_first(document, path) for name, path in poll.then.keep.items()}}
            if any(values[name] is None for name in poll.then.keep):
                return Snapshot(BackendState.FAILED, error=empty_error(self.title), diagnostics=diagnostics)
            response, document, failure = await self._get(endpoint, fill(poll.then.address, values))
            if failure is not None:
                return self._failed_poll(failure, response)
        snapshot = await self._finish(job, endpoint, document, cost=cost)
        return replace(snapshot, diagnostics={**diagnostics, **(snapshot.diagnostics or {})})

    async def _finish(self, job: Job, endpoint: Endpoint, document: JSONObject, *, cost: JSONObject | None) -> Snapshot:
        """Return the final state of a job that has succeeded."""
        try:
            results = await asyncio.to_thread(results_of, endpoint.outputs, job.type, document)
        except GenerationFailed as error:
            return Snapshot(BackendState.FAILED, error=error, cost=cost)
        if results.is_empty:
            reason, code = self._job_failure(endpoint, document)
            if type(reason) is GenerationFailed:
                reason = empty_error(self.title)
            return Snapshot(BackendState.FAILED, error=reason, cost=cost, diagnostics={"code": code})
        outputs = results.outputs
        if results.files:
            outputs += (await asyncio.to_thread(save_result, job, results.files)).outputs
        adjustments = partial_output_adjustments(self.title, endpoint.poll, document)
        snapshot = Snapshot(BackendState.SUCCEEDED, 100, outputs, adjustments=adjustments, cost=cost)
        return await self.fetch_own_outputs(job, snapshot, client=self._clients[endpoint.host])

    async def _get(
        self, endpoint: Endpoint, address: str, method: str = "GET"
    ) -> tuple[UpstreamResponse, JSONObject, Failure | None]:
        response = await self._clients[endpoint.host].request(method, address, headers=self.spec.headers)
        document = response.json_object()
        return response, document, failure_of(self.spec.errors, response, document)

    def _failed_poll(self, failure: Failure, response: UpstreamResponse) -> Snapshot:
        """Return the final state after a permanent failure of a poll. Raises an error for a transient one."""
        error = final_poll_error(self.title, failure)
        if error is None:
            raise self._transient_error(failure, response)
        return Snapshot(BackendState.FAILED, error=error, diagnostics={**response.diagnostics, "code": failure.code})

    def _redact(self, text: str) -> str:
        """Remove the credentials, and tokens derived from them, from the upstream's text."""
        return TOKEN.sub(REDACTED, self.client.redact(text))

    def _job_failure(self, endpoint: Endpoint, document: JSONObject) -> tuple[DoitongError, str]:
        return job_failure(self.title, self.spec.errors, endpoint.poll, document, redact=self._redact)

    def _transient_error(self, failure: Failure, response: UpstreamResponse) -> Exception:
        if failure.kind is FailureKind.BUSY:
            return UpstreamBusy(
                f"{self.title} is busy.", retry_after=response.retry_after, diagnostics=response.diagnostics
            )
        return transient_poll_error(self.title, failure)

    def _diagnostics(self, response: UpstreamResponse, document: JSONObject) -> JSONObject:
        request_id = find_first(document, self.spec.errors.request_id)
        return {**response.diagnostics, **({"requestId": str(request_id)[:200]} if request_id else {})}


def _poll_address(poll: Poll, reference: JSONObject) -> str:
    try:
        return fill(poll.address, reference)
    except KeyError as error:
        if poll.address_from_id is None:
            raise GenerationFailed(f"The reference of the job has no {error}.") from None
        return fill(poll.address_from_id, reference)


def _is_short(value: object) -> bool:
    return len(str(value)) <= MAX_REFERENCE_VALUE
