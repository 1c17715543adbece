"""ComfyUI: workflows on the operator's own servers. The model of a route is the name of a workflow.

The ID of a job is derived from `Job.client_request_id`, so that a job whose submission got no response can be looked
up.
"""

import asyncio
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from kit.errors import DoitongError, GenerationFailed, InvalidInput, ProviderUnavailable
from kit.text import truncate_words
from providers.backend import (
    AcceptedJob,
    BackendState,
    Job,
    JSONObject,
    PollSchedule,
    Snapshot,
    SubmissionLost,
    SubmissionRefused,
    UpstreamBusy,
)
from providers.backends.base import HttpBackend
from providers.backends.comfyui_progress import ProgressFeed
from providers.backends.comfyui_responses import (
    KINDS,
    MAX_OUTPUTS,
    FoundJob,
    from_history,
    from_job,
    media_type_of,
    outputs_of,
    rejection,
)
from providers.backends.comfyui_workflow import Workflow, WorkflowError, load_workflow
from providers.http import UpstreamClient, check_submission, status_error
from providers.settings import BackendContext, BackendDefinition, BackendSetting, SettingForm, api_key, base_url

PREFIX = "DOITONG_COMFYUI"
BASE_URL, KEY = f"{PREFIX}_BASE_URL", f"{PREFIX}_API_KEY"
WORKFLOWS, MAX_CONCURRENT_JOBS = f"{PREFIX}_WORKFLOWS", f"{PREFIX}_MAX_CONCURRENT_JOBS"
UPLOAD_TIMEOUT = timedelta(minutes=5)
UPLOAD_FOLDER = "doitong"
MISSING = frozenset({404, 405})  # an endpoint that older servers do not have
STATES = {
    "pending": BackendState.QUEUED,
    "in_progress": BackendState.RUNNING,
    "completed": BackendState.SUCCEEDED,
    "failed": BackendState.FAILED,
    "cancelled": BackendState.CANCELLED,
}


class ComfyUIBackend(HttpBackend):
    """Submits workflows with the values of the request. Works with servers with and without `/api/jobs`."""

    poll_schedule = PollSchedule(first=timedelta(seconds=1), maximum=timedelta(seconds=10))

    def __init__(self, definition: BackendDefinition, context: BackendContext, client: UpstreamClient) -> None:
        super().__init__(definition, context, client)
        self.max_concurrent_jobs = _positive(context.settings.get(MAX_CONCURRENT_JOBS))
        self._workflows = Path(context.settings.get(WORKFLOWS, ""))
        self.feed = ProgressFeed(client.base_url, client.authorize, clock=context.clock)

    def unavailable_because(self) -> str | None:
        if missing := super().unavailable_because():
            return missing
        if not self._workflows.is_dir():
            return f"{WORKFLOWS} is not a directory"
        if self.settings.get(MAX_CONCURRENT_JOBS) and self.max_concurrent_jobs is None:
            return f"{MAX_CONCURRENT_JOBS} is not a positive number"
        return None

    async def submit(self, job: Job) -> AcceptedJob:
        try:
            workflow = await asyncio.to_thread(load_workflow, self._workflows, job.model)
            graph = await self._graph(job, workflow)
        except WorkflowError as error:
            message = f"A {self.title} workflow cannot be used: {error}"
            raise SubmissionRefused(ProviderUnavailable(message, retryable=False)) from error
        except DoitongError as error:
            raise SubmissionRefused(error) from error
        self.feed.start()
        body = {"prompt": graph, "prompt_id": prompt_id_of(job), "client_id": self.feed.client_id}
        response = await self.client.submit("/prompt", json=body)
        rejected = rejection(self.title, job, workflow, response.json_object()) if response.status == 400 else None
        check_submission(self.title, response, error=rejected)
        prompt_id = response.json_object().get("prompt_id")
        if not isinstance(prompt_id, str) or not prompt_id:
            raise SubmissionLost(f"{self.title} accepted the workflow without an ID.")
        return AcceptedJob({"prompt_id": prompt_id, "nodes": [*workflow.output_nodes]})

    async def find_job(self, job: Job) -> AcceptedJob | None:
        """Look the job up by the ID that was sent with it."""
        if await self._look_up(prompt_id_of(job)) is None:
            return None
        try:
            nodes = list((await asyncio.to_thread(load_workflow, self._workflows, job.model)).output_nodes)
        except WorkflowError:  # changed since the submission: all nodes count
            nodes = []
        return AcceptedJob({"prompt_id": prompt_id_of(job), "nodes": [*nodes]})

    async def poll(self, job: Job, reference: JSONObject) -> Snapshot:
        prompt_id = str(reference.get("prompt_id"))
        found = await self._look_up(prompt_id)
        if found is None:
            message = f"{self.title} no longer knows the job: its server was restarted, or its history was cleared."
            return Snapshot(BackendState.FAILED, error=GenerationFailed(message))
        match state := STATES.get(found.status, BackendState.RUNNING):
            case BackendState.RUNNING:
                return Snapshot(state, self.feed.get(prompt_id))
            case BackendState.FAILED:
                return self._failed(found.error)
            case BackendState.SUCCEEDED:
                return await self.fetch_own_outputs(job, self._succeeded(job, reference, found), authorized=True)
        return Snapshot(state)

    async def cancel(self, job: Job, reference: JSONObject) -> None:
        """Cancel a queued or running job."""
        prompt_id = str(reference.get("prompt_id"))
        response = await self.client.request("POST", f"/api/jobs/{quote(prompt_id, safe='')}/cancel")
        if response.status in MISSING:
            await self.client.request("POST", "/queue", json={"delete": [prompt_id]})
            # Older servers ignore prompt_id here and interrupt the running job: check that it is this one.
            if await self._queued(prompt_id) == "in_progress":
                await self.client.request("POST", "/interrupt", json={"prompt_id": prompt_id})
        elif response.status >= 500:
            raise ProviderUnavailable(f"{self.title} responded {response.status}.")

    async def clean_up(self, job: Job, reference: JSONObject) -> None:
        self.feed.forget(str(reference.get("prompt_id")))

    async def check_credentials(self) -> bool:
        response = await self.client.request("GET", "/system_stats")
        if not isinstance(response.json_object().get("system"), dict):
            raise ProviderUnavailable(f"{BASE_URL} does not lead to {self.title}: it responded {response.status}.")
        return True

    async def aclose(self) -> None:
        await self.feed.aclose()
        await super().aclose()

    async def _graph(self, job: Job, workflow: Workflow) -> JSONObject:
        """Return the workflow with the values of the job, whose input files are uploaded."""
        files = _files(job)
        workflow.check(job.parameters, {key: len(paths) for key, paths in files.items()})
        media = {
            key: [
                await self._upload(path, f"{job.client_request_id}-{key}-{number}{path.suffix}")
                for number, path in enumerate(paths)
            ]
            for key, paths in files.items()
        }
        return workflow.bind(job.parameters, media)

    async def _upload(self, path: Path, name: str) -> str:
        """Upload an input file and return its name for a node."""
        content = await asyncio.to_thread(path.read_bytes)
        response = await self.client.request(
            "POST",
            "/upload/image",
            files={"image": (name, content, media_type_of(name) or "application/octet-stream")},
            data={"type": "input", "subfolder": UPLOAD_FOLDER, "overwrite": "true"},
            timeout=UPLOAD_TIMEOUT,
        )
        if response.status == 413:
            raise InvalidInput(f"An input file is larger than {self.title} takes.", field="input")
        if not response.ok:
            raise status_error(self.title, response.status)
        body = response.json_object()
        stored, folder = body.get("name"), body.get("subfolder")
        if not isinstance(stored, str):
            raise ProviderUnavailable(f"{self.title} did not store an input file.")
        return f"{folder}/{stored}" if folder else stored

    async def _look_up(self, prompt_id: str) -> FoundJob | None:
        """Return the job, or None if the server does not know it."""
        path = quote(prompt_id, safe="")
        job = await self._get(f"/api/jobs/{path}")
        if job is not None:
            if job.get("id") != prompt_id:
                raise ProviderUnavailable(f"{self.title} did not respond with the job.")
            return from_job(job)
        # The queue first: a job moves from there to the history.
        if status := await self._queued(prompt_id):
            return FoundJob(status)
        entry = (await self._get(f"/history/{path}") or {}).get(prompt_id)
        return from_history(entry) if isinstance(entry, dict) else None

    async def _queued(self, prompt_id: str) -> str | None:
        """Return `in_progress` or `pending` for a job in the queue."""
        queue = await self._get("/queue")
        if queue is None or not isinstance(queue.get("queue_running"), list):
            raise ProviderUnavailable(f"{BASE_URL} does not lead to {self.title}.")
        for key, status in (("queue_running", "in_progress"), ("queue_pending", "pending")):
            entries = queue.get(key)
            for entry in entries if isinstance(entries, list) else ():
                if isinstance(entry, list) and len(entry) > 1 and entry[1] == prompt_id:
                    return status
        return None

    async def _get(self, path: str) -> JSONObject | None:
        """Return the JSON object, or None if there is no such object (statuses `MISSING`)."""
        response = await self.client.request("GET", path)
        if response.status in MISSING:
            return None
        if response.status == 429:
            raise UpstreamBusy(f"{self.title} limits polling.", retry_after=response.retry_after)
        if not response.ok:
            raise ProviderUnavailable(f"{self.title} responded {response.status}.")
        return response.json_object()

    def _failed(self, error: JSONObject) -> Snapshot:
        diagnostics: JSONObject = {
            name: truncate_words(self.client.redact(str(error[key])))
            for name, key in {"node": "node_id", "type": "exception_type", "message": "exception_message"}.items()
            if error.get(key)
        }
        node = error.get("node_type")
        where = f" at its node {truncate_words(str(node))}" if node else ""
        failure = GenerationFailed(f"The {self.title} workflow failed{where}.")
        return Snapshot(BackendState.FAILED, error=failure, diagnostics=diagnostics)

    def _succeeded(self, job: Job, reference: JSONObject, found: FoundJob) -> Snapshot:
        nodes = reference.get("nodes")
        outputs = outputs_of(job.type, found.outputs, nodes if isinstance(nodes, list) else [], self.client.base_url)
        if outputs:
            return Snapshot(BackendState.SUCCEEDED, 100, outputs)
        failure = GenerationFailed(f"The {self.title} workflow saved no {KINDS[job.type]}.")
        return Snapshot(BackendState.FAILED, error=failure, diagnostics={"nodes": [*list(found.outputs)[:MAX_OUTPUTS]]})


def prompt_id_of(job: Job) -> str:
    """Return the ID of an attempt at the server, a UUID."""
    return str(uuid5(NAMESPACE_URL, f"doitong:{job.client_request_id}"))


def _files(job: Job) -> dict[str, list[Path]]:
    """Return the input files by the key of the workflow's map."""
    files: dict[str, list[Path]] = {}
    for kind, key in job.media_fields.items():
        numbered = [f"{kind}.{number}" for number in range(len(job.files))]
        paths = [job.files[name] for name in ([kind] if kind != "images" else numbered) if name in job.files]
        if paths:
            files.setdefault(key, []).extend(paths)
    return files


def _positive(value: str | None) -> int | None:
    return int(value) if value and value.isascii() and value.isdigit() and 0 < len(value) < 7 and int(value) else None


def create(context: BackendContext) -> ComfyUIBackend:
    """Return the backend for these settings."""
    key = context.settings.get(KEY, "")
    client = UpstreamClient(
        DEFINITION.title,
        context.settings.get(BASE_URL, ""),
        lambda: {"Authorization": f"Bearer {key}"} if key else {},
        secrets=(key,),
    )
    return ComfyUIBackend(DEFINITION, context, client)


DEFINITION = BackendDefinition(
    "comfyui",
    "ComfyUI",
    (
        base_url("COMFYUI", None, is_required=True),
        BackendSetting(
            WORKFLOWS,
            "The directory of the workflows: NAME.json in API format and NAME.toml, its map; see docs/comfyui.md.",
            form=SettingForm.PATH,
            is_required=True,
        ),
        api_key("COMFYUI", "The bearer token of a proxy in front of the server.", is_required=False),
        BackendSetting(
            MAX_CONCURRENT_JOBS,
            "The number of jobs that the server gets at a time; the others wait in our queue.",
            form=SettingForm.INTEGER,
        ),
    ),
    create,
)
