"""Base classes of backends: settings, the HTTP client, and defaults for operations that an upstream does not offer."""

import asyncio
import mimetypes
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import orjson

from kit.errors import GenerationFailed
from providers.backend import (
    JSON,
    AcceptedJob,
    BackendState,
    Callback,
    GenerationType,
    Job,
    JSONObject,
    Output,
    PollSchedule,
    Snapshot,
    SubmissionLost,
)
from providers.http import UpstreamClient
from providers.settings import BackendContext, BackendDefinition, missing_setting

RESULT = "result.json"
DEFAULT_MEDIA_TYPES: Mapping[GenerationType, str] = {
    GenerationType.IMAGE: "image/png",
    GenerationType.VIDEO: "video/mp4",
    GenerationType.AVATAR: "video/mp4",
    GenerationType.AUDIO: "audio/mpeg",
    GenerationType.MUSIC: "audio/mpeg",
}
SUFFIXES = {"audio/mpeg": ".mp3", "audio/wav": ".wav", "image/webp": ".webp", "audio/ogg": ".ogg"}


class HttpBackend:
    """A base class: a backend with one HTTP client that polls and takes no callbacks."""

    is_local = False
    takes_callbacks = False
    max_concurrent_jobs: int | None = None
    poll_schedule = PollSchedule()

    def __init__(self, definition: BackendDefinition, context: BackendContext, client: UpstreamClient) -> None:
        self.name = definition.name
        self.title = definition.title
        self.settings = context.settings
        self.clock = context.clock
        self.client = client
        self._declared = definition.settings

    def unavailable_because(self) -> str | None:
        return missing_setting(self._declared, self.settings)

    def submits_synchronously(self, job: Job) -> bool:
        return False

    async def find_job(self, job: Job) -> AcceptedJob | None:
        raise SubmissionLost(f"{self.title} cannot look up a job by our ID.")

    def parse_callback(
        self, job: Job, reference: JSONObject | None, *, headers: Mapping[str, str], body: bytes
    ) -> Callback | None:
        return None

    async def cancel(self, job: Job, reference: JSONObject) -> None:
        """Do nothing: the upstream has no request to cancel a job."""

    async def clean_up(self, job: Job, reference: JSONObject) -> None:
        """Do nothing: these backends keep no temporary data."""

    async def check_credentials(self) -> bool:
        return False

    async def aclose(self) -> None:
        await self.client.aclose()

    async def fetch_own_outputs(
        self, job: Job, snapshot: Snapshot, *, authorized: bool = False, client: UpstreamClient | None = None
    ) -> Snapshot:
        """Download the outputs that are on the upstream's own origin into the workspace.

        The media library downloads only from public hosts and without credentials; it fetches the others. `client` is
        the one of this origin, for a backend with several.
        """
        client = client or self.client
        outputs = []
        for index, output in enumerate(snapshot.outputs):
            if output.url is None or not client.owns(output.url):
                outputs.append(output)
                continue
            path = job.workspace / f"output-{job.client_request_id}-{index}{suffix_of(output.media_type)}"
            await client.download(output.url, path, authorized=authorized)
            outputs.append(replace(output, path=path, url=None))
        return replace(snapshot, outputs=tuple(outputs))


class SynchronousBackend(HttpBackend):
    """A base class for upstreams whose response is the result.

    The result is written to the workspace before it is reported: if the process is killed in between, `find_job`
    returns it.
    """

    def submits_synchronously(self, job: Job) -> bool:
        return True

    async def find_job(self, job: Job) -> AcceptedJob | None:
        snapshot = await asyncio.to_thread(load_result, job)
        if snapshot is None:
            return await super().find_job(job)
        return AcceptedJob({}, snapshot)

    async def poll(self, job: Job, reference: JSONObject) -> Snapshot:
        snapshot = await asyncio.to_thread(load_result, job)
        if snapshot is None:
            error = GenerationFailed(f"The result of {self.title} is no longer on this machine.")
            return Snapshot(BackendState.FAILED, error=error)
        return snapshot

    async def accept_result(self, job: Job, files: Sequence[tuple[str, bytes]], cost: JSONObject | None) -> AcceptedJob:
        """Store the files, as media type and content, and return them as the result."""
        return AcceptedJob({}, await asyncio.to_thread(save_result, job, files, cost))


def save_result(job: Job, files: Sequence[tuple[str, bytes]], cost: JSONObject | None = None) -> Snapshot:
    """Write the files of a finished job to its workspace, then the list of them; return its final state."""
    directory = _result_directory(job)
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    names: list[JSON] = []
    for index, (media_type, content) in enumerate(files):
        name = f"{index}{suffix_of(media_type)}"
        (directory / name).write_bytes(content)
        names.append({"name": name, "media_type": media_type})
    result: JSONObject = {"files": names, "cost": cost}
    unfinished = directory / f".{RESULT}"
    unfinished.write_bytes(orjson.dumps(result))
    unfinished.replace(directory / RESULT)
    return _snapshot(directory, result)


def load_result(job: Job) -> Snapshot | None:
    """Return the final state that `save_result` wrote, or None."""
    directory = _result_directory(job)
    try:
        return _snapshot(directory, orjson.loads((directory / RESULT).read_bytes()))
    except FileNotFoundError:
        return None


def suffix_of(media_type: str) -> str:
    """Return the file suffix of a media type, such as `.png`."""
    return SUFFIXES.get(media_type) or mimetypes.guess_extension(media_type) or ".bin"


def _result_directory(job: Job) -> Path:
    return job.workspace / f"result-{job.client_request_id}"


def _snapshot(directory: Path, result: JSONObject) -> Snapshot:
    files = result["files"] if isinstance(result["files"], list) else []
    outputs = tuple(
        Output(media_type=str(file["media_type"]), path=directory / str(file["name"]))
        for file in files
        if isinstance(file, dict)
    )
    cost = result["cost"]
    return Snapshot(BackendState.SUCCEEDED, 100, outputs, cost=cost if isinstance(cost, dict) else None)
