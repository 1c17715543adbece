"""An upstream API with tasks and files on a real socket, and the backend that uses it."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from io import BytesIO

import httpx
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from providers.backend import (
    AcceptedJob,
    BackendState,
    Callback,
    Job,
    JSONObject,
    Output,
    PollSchedule,
    Snapshot,
    SubmissionLost,
)
from tests.emulators.media import media_file
from tests.support.signed_callbacks import SignedCallback, parse_snapshot, sign_callback, verify_callback

POLL_INTERVAL = timedelta(hours=1)
HTTP_TIMEOUT = 60  # seconds; a test may keep the event loop of both sides busy
QUEUED = Snapshot(BackendState.QUEUED)


def png_bytes() -> bytes:
    file = BytesIO()
    Image.new("RGB", (64, 48), "teal").save(file, "PNG")
    return file.getvalue()


@dataclass
class Task:
    """A submitted job."""

    id: str
    client_id: str
    callback_url: str | None
    snapshot: Snapshot = QUEUED
    is_cancelled: bool = False


@dataclass
class UpstreamEmulator:
    """Holds the tasks; their state and the callbacks are set by the test independently of each other."""

    url: str
    tasks: dict[str, Task] = field(default_factory=dict)
    polled: Counter[str] = field(default_factory=Counter)
    may_respond: asyncio.Event = field(default_factory=asyncio.Event)
    """While cleared, responses to submissions are delayed."""

    def __post_init__(self) -> None:
        self.may_respond.set()

    @property
    def task(self) -> Task:
        """The task submitted last."""
        return list(self.tasks.values())[-1]

    @property
    def succeeded(self) -> Snapshot:
        """A success whose output file exists."""
        picture = Output(media_type="image/png", url=f"{self.url}/files/picture.png")
        return Snapshot(BackendState.SUCCEEDED, progress=100, outputs=(picture,))

    def succeeded_with(self, name: str) -> Snapshot:
        """Return a success with a file of `tests.emulators.media`, such as `video-1.mp4`."""
        output = Output(media_type=media_file(name)[0], url=f"{self.url}/files/{name}")
        return Snapshot(BackendState.SUCCEEDED, progress=100, outputs=(output,))

    async def call(self, snapshot: Snapshot, *, task: Task | None = None, secret: bytes | None = None) -> int:
        """Post a callback for a task and return the HTTP status of the response."""
        task = task or self.task
        call = sign_callback(task.id, snapshot) if secret is None else sign_callback(task.id, snapshot, secret=secret)
        return await self.send(task, call)

    async def send(self, task: Task, call: SignedCallback) -> int:
        """Post a signed callback to the callback URL of any task."""
        assert task.callback_url is not None
        headers, body = call
        async with httpx.AsyncClient(trust_env=False, timeout=HTTP_TIMEOUT) as http:
            return (await http.post(task.callback_url, content=body, headers=headers)).status_code

    def asgi(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/tasks", self._create, methods=["POST"]),
                Route("/tasks/{id}", self._show),
                Route("/tasks/{id}/cancel", self._cancel, methods=["POST"]),
                Route("/files/picture.png", _picture),
                Route("/files/{name}", _file),
            ]
        )

    async def _create(self, request: Request) -> Response:
        body = await request.json()
        task = Task(f"task_{len(self.tasks) + 1}", body["client_id"], body["callback_url"])
        self.tasks[task.id] = task
        await self.may_respond.wait()
        return JSONResponse({"task": task.id}, 201)

    async def _show(self, request: Request) -> Response:
        task = self.tasks[request.path_params["id"]]
        self.polled[task.id] += 1
        _, body = sign_callback(task.id, task.snapshot)
        return Response(body, media_type="application/json")

    async def _cancel(self, request: Request) -> Response:
        self.tasks[request.path_params["id"]].is_cancelled = True
        return Response(status_code=204)


class EmulatedBackend:
    """A backend for the emulator's API."""

    is_local = False
    takes_callbacks = True
    max_concurrent_jobs: int | None = None
    poll_schedule = PollSchedule(first=timedelta())

    def __init__(self, name: str, url: str) -> None:
        self.name, self._url = name, url

    def unavailable_because(self) -> str | None:
        return None

    def submits_synchronously(self, job: Job) -> bool:
        return False

    async def submit(self, job: Job) -> AcceptedJob:
        response = await self._send("POST", "/tasks", {"client_id": job.id, "callback_url": job.callback_url})
        return AcceptedJob({"task": response.json()["task"]})

    async def find_job(self, job: Job) -> AcceptedJob | None:
        raise SubmissionLost

    async def poll(self, job: Job, reference: JSONObject) -> Snapshot:
        response = await self._send("GET", f"/tasks/{reference['task']}")
        return replace(parse_snapshot(response.json()), poll_after=POLL_INTERVAL)

    def parse_callback(
        self, job: Job, reference: JSONObject | None, *, headers: Mapping[str, str], body: bytes
    ) -> Callback | None:
        return verify_callback((reference or {}).get("task"), headers=headers, body=body)

    async def cancel(self, job: Job, reference: JSONObject) -> None:
        await self._send("POST", f"/tasks/{reference['task']}/cancel")

    async def clean_up(self, job: Job, reference: JSONObject) -> None:
        """The emulator has nothing to delete."""

    async def check_credentials(self) -> bool:
        return False

    async def aclose(self) -> None:
        """There is nothing to close."""

    async def _send(self, method: str, path: str, body: JSONObject | None = None) -> httpx.Response:
        async with httpx.AsyncClient(trust_env=False, timeout=HTTP_TIMEOUT) as http:
            response = await http.request(method, f"{self._url}{path}", json=body)
        return response.raise_for_status()


async def _file(request: Request) -> Response:
    media_type, content = media_file(request.path_params["name"])
    return Response(content, media_type=media_type)


async def _picture(_: Request) -> Response:
    return Response(png_bytes(), media_type="image/png")
