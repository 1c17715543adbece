"""Google: images of Gemini, videos of Veo on Vertex AI and of Gemini Omni, and speech of Cloud Text-to-Speech.

Four APIs, chosen by the type of the job and the model: `generateContent` and `text:synthesize` respond with the
result; `predictLongRunning` and background interactions are polled, with a reference of their own.
"""

import asyncio
import base64
import binascii
import re
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import quote

from kit.errors import ContentViolation, DoitongError, GenerationFailed, InvalidInput, ProviderUnavailable
from providers.backend import (
    AcceptedJob,
    BackendState,
    GenerationType,
    Job,
    JSONObject,
    Output,
    PollSchedule,
    Snapshot,
    SubmissionLost,
    SubmissionRefused,
    UpstreamBusy,
)
from providers.backends.base import SynchronousBackend, save_result, suffix_of
from providers.backends.google_clients import (
    ACCESS_TOKEN,
    LOCATION,
    NAME,
    PROJECT,
    SETTINGS,
    TITLE,
    GoogleClients,
    create_clients,
)
from providers.backends.google_requests import (
    SPEECH_MEDIA_TYPES,
    image_body,
    interaction_body,
    speech_body,
    veo_body,
)
from providers.backends.google_responses import (
    VIDEO,
    cost_of,
    error_of,
    inline_images,
    inline_videos,
    interaction_snapshot,
    missing_image,
    operation_snapshot,
    operation_videos,
    prompt_block,
    with_code,
)
from providers.http import (
    CREDENTIAL_STATUSES,
    SYNCHRONOUS_TIMEOUT,
    UpstreamResponse,
    check_submission,
    status_error,
)
from providers.settings import BackendContext, BackendDefinition

VIDEO_RESPONSE_TIMEOUT = timedelta(minutes=2)  # a response with a video in base64
OPERATION = re.compile(
    r"(?:projects/[\w.:-]{1,100}/locations/[\w-]{1,60}/)?publishers/google/models/[\w.-]{1,100}/operations/[\w.-]{1,200}",
    re.ASCII,
)
INTERACTION_ID = re.compile(r"[\w.=~-]{1,1000}", re.ASCII)
BUCKET_FILE = re.compile(r"gs://([a-z0-9][\w.-]{1,221})/(.{1,1024})", re.ASCII)


class GoogleBackend(SynchronousBackend):
    """Makes images and speech in one request, and polls videos."""

    poll_schedule = PollSchedule(first=timedelta(seconds=5), minimum=timedelta(seconds=3))

    def __init__(self, definition: BackendDefinition, context: BackendContext, clients: GoogleClients) -> None:
        super().__init__(definition, context, clients.gemini)
        self.clients = clients

    def unavailable_because(self) -> str | None:
        for setting in (PROJECT, LOCATION):
            if (value := self.settings.get(setting)) and not NAME.fullmatch(value):
                return f"{setting} is not the ID of a {'project' if setting == PROJECT else 'location'}"
        return super().unavailable_because()

    def submits_synchronously(self, job: Job) -> bool:
        return job.type is not GenerationType.VIDEO

    async def submit(self, job: Job) -> AcceptedJob:
        model = job.model or ""
        if job.type is GenerationType.AUDIO:
            return await self._speak(job)
        if job.type is GenerationType.VIDEO and model.startswith("gemini-omni"):
            return await self._start_interaction(job)
        if job.type is GenerationType.VIDEO and model.startswith("veo-"):
            return await self._start_operation(job, model)
        if job.type is GenerationType.IMAGE and model:
            return await self._make_image(job, model)
        raise SubmissionRefused(ProviderUnavailable(f"{self.title} makes no {job.type.lower()} with {model or 'it'}."))

    async def poll(self, job: Job, reference: JSONObject) -> Snapshot:
        try:
            if "operation" in reference:
                return await self._poll_operation(job, str(reference["operation"]))
            if "interaction" in reference:
                return await self._poll_interaction(job, str(reference["interaction"]))
        except GenerationFailed as error:  # an output that will not come
            return Snapshot(BackendState.FAILED, error=error)
        return await super().poll(job, reference)

    async def cancel(self, job: Job, reference: JSONObject) -> None:
        """Cancel an interaction. Veo operations cannot be cancelled."""
        if "interaction" in reference:
            response = await self.client.request("POST", f"{_interaction_path(reference['interaction'])}/cancel")
            if response.status >= 500 or response.status == 429:
                raise ProviderUnavailable(f"{self.title} responded {response.status}.")

    async def clean_up(self, job: Job, reference: JSONObject) -> None:
        """Delete an interaction, which Google would keep with its prompt and its inputs."""
        if "interaction" in reference:
            await self.client.request("DELETE", _interaction_path(reference["interaction"]))

    async def check_credentials(self) -> bool:
        response = await self.client.request("GET", "/v1beta/models", params={"pageSize": 1})
        known = None if response.ok else error_of(response).to_error(self.title)
        if known is not None:
            raise known
        if response.status in CREDENTIAL_STATUSES:
            raise status_error(self.title, response.status)
        if not response.ok:
            raise ProviderUnavailable(f"{self.title} responded {response.status}.")
        return True

    async def aclose(self) -> None:
        for client in self.clients.all:
            await client.aclose()

    async def _make_image(self, job: Job, model: str) -> AcceptedJob:
        path = f"/v1beta/models/{quote(model, safe='')}:generateContent"
        response = await self.client.submit(path, json=await image_body(job), timeout=SYNCHRONOUS_TIMEOUT)
        self._check(response)
        body = await asyncio.to_thread(response.json_object)
        blocked = prompt_block(body)
        if blocked is not None:
            violation = ContentViolation(f"{self.title}'s moderation rejected the request.")
            raise SubmissionRefused(violation, diagnostics=with_code(response, blocked))
        images = inline_images(body)
        if not images:
            error, reason = missing_image(self.title, body)
            return _failed(error, cost_of(body), with_code(response, reason))
        return await self._accept(job, images, response, cost=cost_of(body))

    async def _speak(self, job: Job) -> AcceptedJob:
        try:
            body = speech_body(job)
        except InvalidInput as error:
            raise SubmissionRefused(error) from error
        response = await self.clients.speech.submit("/v1/text:synthesize", json=body, timeout=SYNCHRONOUS_TIMEOUT)
        self._check(response)
        content, audio = response.json_object().get("audioContent"), body["audioConfig"]
        if not isinstance(content, str) or not content or not isinstance(audio, dict):
            return _failed(GenerationFailed(f"{self.title} delivered no audio."), None, response.diagnostics)
        return await self._accept(job, [(SPEECH_MEDIA_TYPES[str(audio["audioEncoding"])], content)], response)

    async def _accept(
        self, job: Job, files: Sequence[tuple[str, str]], response: UpstreamResponse, *, cost: JSONObject | None = None
    ) -> AcceptedJob:
        """Store files in base64 and return them as the result."""
        try:
            contents = await asyncio.to_thread(_decoded, files)
        except binascii.Error:
            error = GenerationFailed(f"{self.title} delivered a damaged file.")
            return _failed(error, cost, response.diagnostics)
        return await self.accept_result(job, contents, cost)

    async def _start_operation(self, job: Job, model: str) -> AcceptedJob:
        project, location = self.settings.get(PROJECT), self.settings.get(LOCATION)
        owner = f"/projects/{project}/locations/{location}" if project else ""
        path = f"/v1{owner}/publishers/google/models/{quote(model, safe='')}:predictLongRunning"
        response = await self.clients.vertex.submit(path, json=await veo_body(job), timeout=VIDEO_RESPONSE_TIMEOUT)
        self._check(response)
        name = response.json_object().get("name")
        if not isinstance(name, str) or not OPERATION.fullmatch(name):
            raise SubmissionLost(f"{self.title} accepted the video without the name of an operation.")
        return AcceptedJob({"operation": name})

    async def _poll_operation(self, job: Job, name: str) -> Snapshot:
        path = f"/v1/{name.partition('/operations/')[0]}:fetchPredictOperation"
        response = await self.clients.vertex.request(
            "POST", path, json={"operationName": name}, timeout=VIDEO_RESPONSE_TIMEOUT
        )
        failure = self._poll_failure(response)
        if failure is not None:
            return failure
        operation = await asyncio.to_thread(response.json_object)
        snapshot = operation_snapshot(self.title, operation)
        if snapshot.state is not BackendState.SUCCEEDED:
            return snapshot
        videos = operation_videos(operation)
        encoded = [
            (str(video.get("mimeType") or VIDEO), data)
            for video in videos
            if isinstance(data := video.get("bytesBase64Encoded"), str)
        ]
        if encoded:
            return await self._save(job, encoded)
        return await self._download_from_bucket(job, [str(video.get("gcsUri")) for video in videos])

    async def _download_from_bucket(self, job: Job, uris: Sequence[str]) -> Snapshot:
        """Download videos that the route had stored in a bucket of the operator (`storageUri`)."""
        if not self.settings.get(ACCESS_TOKEN):
            error = GenerationFailed(f"{self.title} stored the video where this server cannot read it.")
            diagnostics: JSONObject = {"code": f"{uris[0][:200]} without {ACCESS_TOKEN}"}
            return Snapshot(BackendState.FAILED, error=error, diagnostics=diagnostics)
        outputs = []
        for index, uri in enumerate(uris):
            named = BUCKET_FILE.fullmatch(uri)
            if named is None:
                raise GenerationFailed(f"{self.title} named something that is not a file of a bucket.")
            path = job.workspace / f"output-{job.client_request_id}-{index}{suffix_of(VIDEO)}"
            address = f"/storage/v1/b/{named[1]}/o/{quote(named[2], safe='')}"
            await self.clients.storage.download(address, path, params={"alt": "media"})
            outputs.append(Output(VIDEO, path=path))
        return Snapshot(BackendState.SUCCEEDED, 100, tuple(outputs))

    async def _start_interaction(self, job: Job) -> AcceptedJob:
        response = await self.client.submit(
            "/v1beta/interactions", json=await interaction_body(job), timeout=VIDEO_RESPONSE_TIMEOUT
        )
        self._check(response)
        interaction_id = response.json_object().get("id")
        if not isinstance(interaction_id, str) or not INTERACTION_ID.fullmatch(interaction_id):
            raise SubmissionLost(f"{self.title} accepted the video without an ID.")
        return AcceptedJob({"interaction": interaction_id})

    async def _poll_interaction(self, job: Job, interaction_id: str) -> Snapshot:
        response = await self.client.request("GET", _interaction_path(interaction_id), timeout=VIDEO_RESPONSE_TIMEOUT)
        failure = self._poll_failure(response)
        if failure is not None:
            return failure
        interaction = await asyncio.to_thread(response.json_object)
        snapshot = interaction_snapshot(self.title, interaction)
        if snapshot.state is BackendState.SUCCEEDED and not snapshot.outputs:
            return await self._save(job, inline_videos(interaction), cost=snapshot.cost)
        return await self.fetch_own_outputs(job, snapshot, authorized=True)

    async def _save(self, job: Job, files: Sequence[tuple[str, str]], *, cost: JSONObject | None = None) -> Snapshot:
        """Write outputs that the response to a poll holds in base64."""
        try:
            return await asyncio.to_thread(lambda: save_result(job, _decoded(files), cost))
        except binascii.Error:
            raise GenerationFailed(f"{self.title} delivered a damaged file.") from None

    def _check(self, response: UpstreamResponse) -> None:
        """Raise for a response to a submission that is not a success."""
        if response.ok:
            return
        found = error_of(response)
        if found.kind == "busy":
            delay = found.retry_after or response.retry_after
            diagnostics = with_code(response, found.word)
            raise UpstreamBusy(f"{self.title} is busy.", retry_after=delay, diagnostics=diagnostics)
        check_submission(self.title, response, error=found.to_error(self.title), message=found.message)

    def _poll_failure(self, response: UpstreamResponse) -> Snapshot | None:
        """Return the final state if the job no longer exists. Raises an error if the poll should be repeated."""
        if response.ok:
            return None
        found = error_of(response)
        if response.status == 429:
            raise UpstreamBusy(f"{self.title} limits polling.", retry_after=found.retry_after or response.retry_after)
        if response.status == 404:
            error = GenerationFailed(f"{self.title} no longer knows the video.")
            return Snapshot(BackendState.FAILED, error=error, diagnostics=with_code(response, found.word))
        raise ProviderUnavailable(f"{self.title} responded {response.status}.")


def _decoded(files: Sequence[tuple[str, str]]) -> list[tuple[str, bytes]]:
    """Return the contents of files in base64. Raises `binascii.Error`."""
    decoded = [(media_type, base64.b64decode(data, validate=True)) for media_type, data in files]
    if not all(content for _, content in decoded):
        raise binascii.Error("an empty file")
    return decoded


def _failed(error: DoitongError, cost: JSONObject | None, diagnostics: JSONObject) -> AcceptedJob:
    return AcceptedJob({}, Snapshot(BackendState.FAILED, error=error, cost=cost, diagnostics=diagnostics))


def _interaction_path(interaction_id: object) -> str:
    return f"/v1beta/interactions/{quote(str(interaction_id), safe='')}"


def create(context: BackendContext) -> GoogleBackend:
    """Return the backend for these settings."""
    return GoogleBackend(DEFINITION, context, create_clients(context))


DEFINITION = BackendDefinition("google", TITLE, SETTINGS, create)
