"""Runway: video and image tasks of api.dev.runwayml.com.

The endpoint follows from the type and the media inputs. A route maps media inputs to Runway's fields: `promptImage`,
`promptVideo`, `videoUri`, `referenceImages`, `references`, `referenceAudio`, `character` and `reference`.
"""

import asyncio
import base64
import mimetypes
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import PurePosixPath
from urllib.parse import quote, urlsplit

from kit.errors import ContentViolation, DoitongError, GenerationFailed, InvalidInput, ProviderUnavailable
from providers.backend import (
    JSON,
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
from providers.backends.base import DEFAULT_MEDIA_TYPES, HttpBackend
from providers.catalogue.routes import set_path
from providers.http import CREDENTIAL_STATUSES, UpstreamClient, UpstreamResponse, check_submission, status_error
from providers.settings import BackendContext, BackendDefinition, api_key, base_url

VERSION = "2024-11-06"
KEY, BASE_URL = "DOITONG_RUNWAY_API_KEY", "DOITONG_RUNWAY_BASE_URL"
CHARACTER_MODELS = frozenset({"act_two"})
# Characters of a data URI. Its documentation allows 16 MB of video, its SDK 5 MB: above that, a link is preferred.
MAX_DATA_URI = 5_000_000
MAX_VIDEO_DATA_URI = 16_000_000
MAX_URL_LENGTH = 2048
MEDIA_TYPES = {"image": "image/png", "video": "video/mp4", "audio": "audio/mpeg"}
POSITIONS = ("first", "last")
SINGLE_OBJECTS = frozenset({"character", "reference"})
# Intervals vary by 20 %, and Runway asks for at least 5 seconds between polls.
MIN_POLL_INTERVAL = timedelta(seconds=5) / 0.8
STATES = {
    "PENDING": BackendState.QUEUED,
    "THROTTLED": BackendState.QUEUED,  # accepted, and waiting for the account's concurrency
    "RUNNING": BackendState.RUNNING,
    "SUCCEEDED": BackendState.SUCCEEDED,
    "FAILED": BackendState.FAILED,
    "CANCELLED": BackendState.CANCELLED,
}
NO_CREDITS = "enough credits"  # Runway reports an empty account as a 400


class RunwayBackend(HttpBackend):
    """Submits a task, polls it and deletes it. Runway cannot look up a task by a client ID."""

    poll_schedule = PollSchedule(first=MIN_POLL_INTERVAL, minimum=MIN_POLL_INTERVAL, maximum=timedelta(seconds=20))

    async def submit(self, job: Job) -> AcceptedJob:
        try:
            body = await self._body(job)
        except InvalidInput as error:
            raise SubmissionRefused(error) from error
        response = await self.client.submit(_endpoint(job), json=body)
        message = _message(response)
        check_submission(self.title, response, error=_billing_error(self.title, response, message), message=message)
        task_id = response.json_object().get("id")
        if not isinstance(task_id, str) or not task_id:
            raise SubmissionLost(f"{self.title} accepted the task without an ID.")
        return AcceptedJob({"id": task_id})

    async def poll(self, job: Job, reference: JSONObject) -> Snapshot:
        response = await self.client.request("GET", _task_path(reference))
        if response.status == 429:
            raise UpstreamBusy(f"{self.title} limits polling.", retry_after=response.retry_after)
        if response.status == 404:
            error = GenerationFailed(f"{self.title} no longer knows the task.")
            return Snapshot(BackendState.FAILED, error=error, diagnostics=response.diagnostics)
        if not response.ok:
            raise ProviderUnavailable(f"{self.title} responded {response.status}.")
        return await self.fetch_own_outputs(job, _snapshot(self.title, job, response))

    async def cancel(self, job: Job, reference: JSONObject) -> None:
        """Cancel the task; a finished one is deleted."""
        response = await self.client.request("DELETE", _task_path(reference))
        if response.status >= 500 or response.status == 429:
            raise ProviderUnavailable(f"{self.title} responded {response.status}.")

    async def check_credentials(self) -> bool:
        response = await self.client.request("GET", "/v1/organization")
        if response.status in CREDENTIAL_STATUSES:
            raise status_error(self.title, response.status)
        if not response.ok:
            raise ProviderUnavailable(f"{self.title} responded {response.status}.")
        return True

    async def _body(self, job: Job) -> JSONObject:
        body: JSONObject = {**job.parameters}
        if job.model is not None:
            body["model"] = job.model
        media: dict[str, list[JSON]] = {}
        for kind, key, field in _media(job):
            uri = await self._uri(job, kind, key)
            media.setdefault(field, []).append(_media_value(field, kind, uri, len(media.get(field, ())), job))
        for field, values in media.items():
            set_path(body, field, values if isinstance(values[0], dict) and field not in SINGLE_OBJECTS else values[0])
        return body

    async def _uri(self, job: Job, kind: str, key: str) -> str:
        path, link = job.files.get(key), job.links.get(key, "")
        has_link = link.startswith("https://") and len(link) <= MAX_URL_LENGTH
        limit = MAX_VIDEO_DATA_URI if kind == "video" and not has_link else MAX_DATA_URI
        if path is not None:
            prefix = f"data:{mimetypes.guess_type(path.name)[0] or MEDIA_TYPES[kind]};base64,"
            size = (await asyncio.to_thread(path.stat)).st_size
            if len(prefix) + (size + 2) // 3 * 4 <= limit:
                content = await asyncio.to_thread(path.read_bytes)
                return prefix + base64.b64encode(content).decode()
        if has_link:
            return link
        megabytes = f"{limit * 3 // 4 / 1_000_000:.2f} MB"
        raise InvalidInput(f"The {kind} is larger than {self.title} takes: {megabytes}.", field=f"input.{key}")


def _endpoint(job: Job) -> str:
    """Return the endpoint of the job's type and of the media inputs that its route uses."""
    if job.type is GenerationType.IMAGE:
        return "/v1/text_to_image"
    if job.model in CHARACTER_MODELS:
        return "/v1/character_performance"
    kinds = {kind for kind, _, _ in _media(job)}
    if "video" in kinds:
        return "/v1/video_to_video"
    return "/v1/image_to_video" if "image" in kinds else "/v1/text_to_video"


def _media(job: Job) -> Iterator[tuple[str, str, str]]:
    """Yield the kind, the key among the job's files and links, and the upstream field of each media input."""
    given = {**job.links, **job.files}
    for name in ("image", "images", "video", "audio"):
        field = job.media_fields.get(name)
        if not field:
            continue
        numbered = (f"{name}.{number}" for number in range(len(given)))
        for key in numbered if name == "images" else (name,):
            if key in given:
                yield name.removesuffix("s"), key, field


def _media_value(field: str, kind: str, uri: str, index: int, job: Job) -> JSON:
    """Return the value of a media field for one input, in the form that the field needs."""
    match field:
        case "referenceImages":
            return {"uri": uri}
        case "references" | "referenceAudio" | "referenceVideos" | "character" | "reference":
            return {"type": kind, "uri": uri}
        case "promptImage" if job.media_fields.get("images") == field:
            if index >= len(POSITIONS):
                raise InvalidInput("Runway takes a first and a last image, not more.", field="input.images")
            return {"uri": uri, "position": POSITIONS[index]}
    return uri


def _snapshot(title: str, job: Job, response: UpstreamResponse) -> Snapshot:
    task = response.json_object()
    state = STATES.get(str(task.get("status")), BackendState.RUNNING)
    progress, cost = task.get("progress"), _cost(task)
    match state:
        case BackendState.FAILED:
            code = str(task.get("failureCode") or "")
            diagnostics = {**response.diagnostics, "code": code[:200]}
            return Snapshot(state, error=_failure(title, code), cost=cost, diagnostics=diagnostics)
        case BackendState.SUCCEEDED:
            outputs = tuple(_outputs(job, task.get("output")))
            if not outputs:
                error = GenerationFailed(f"{title} reported success without an output.")
                return Snapshot(BackendState.FAILED, error=error, cost=cost, diagnostics=response.diagnostics)
            return Snapshot(state, 100, outputs, cost=cost)
        case BackendState.RUNNING if isinstance(progress, int | float):
            return Snapshot(state, round(min(max(progress, 0), 1) * 100))
    return Snapshot(state, cost=cost)


def _outputs(job: Job, urls: JSON) -> Iterator[Output]:
    default = DEFAULT_MEDIA_TYPES[job.type]
    for url in urls if isinstance(urls, list) else ():
        if isinstance(url, str) and url.startswith(("https://", "http://")):
            yield Output(_media_type(url) or default, url=url)


def _media_type(url: str) -> str | None:
    try:
        name = PurePosixPath(urlsplit(url).path).name
    except ValueError:
        return None
    return mimetypes.guess_type(name)[0]


def _failure(title: str, code: str) -> DoitongError:
    """Return the error of a failure code, such as `SAFETY.INPUT.TEXT` or `INTERNAL.BAD_OUTPUT.CODE01`."""
    if code.startswith("SAFETY"):
        what = "the output" if code.startswith("SAFETY.OUTPUT") else "the request"
        return ContentViolation(f"{title}'s moderation rejected {what}.")
    if code.startswith(("INPUT_PREPROCESSING", "ASSET.INVALID")):
        return InvalidInput(f"{title} could not use a media input of the request.", field="input")
    return GenerationFailed(f"{title} could not finish the task.")


def _cost(task: Mapping[str, JSON]) -> JSONObject | None:
    cost = task.get("cost")
    credits = cost.get("credits") if isinstance(cost, dict) else None
    return {"amount": credits, "unit": "credits"} if isinstance(credits, int | float) else None


def _message(response: UpstreamResponse) -> str:
    """Return Runway's explanation of an invalid request: its error, and the fields that it found wrong."""
    if response.ok:
        return ""
    body = response.json_object()
    issues = body.get("issues")
    words = [
        f"{'.'.join(str(part) for part in path)}: {issue.get('message')}"
        for issue in (issues if isinstance(issues, list) else ())[:5]
        if isinstance(issue, dict) and isinstance(path := issue.get("path"), list)
    ]
    return "; ".join([str(body.get("error") or ""), *words]).strip("; ")


def _billing_error(title: str, response: UpstreamResponse, message: str) -> ProviderUnavailable | None:
    if response.status == 400 and NO_CREDITS in message.lower():
        return ProviderUnavailable(status_error(title, 402).message, retryable=False)
    return None


def _task_path(reference: JSONObject) -> str:
    return f"/v1/tasks/{quote(str(reference.get('id')), safe='')}"


def create(context: BackendContext) -> RunwayBackend:
    """Return the backend for these settings."""
    key = context.settings.get(KEY, "")
    client = UpstreamClient(
        DEFINITION.title,
        context.settings[BASE_URL],
        lambda: {"Authorization": f"Bearer {key}", "X-Runway-Version": VERSION},
        secrets=(key,),
    )
    return RunwayBackend(DEFINITION, context, client)


DEFINITION = BackendDefinition(
    "runway",
    "Runway",
    (
        api_key("RUNWAY", "The API key of the Runway developer portal."),
        base_url("RUNWAY", "https://api.dev.runwayml.com"),
    ),
    create,
)
