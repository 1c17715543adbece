"""Runs a declarative backend against its emulator on a real socket."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from kit.clock import SystemClock
from providers.backend import AcceptedJob, BackendState, GenerationType, Job, JSONObject, Snapshot
from providers.backends.http_task import DEFINITIONS
from providers.backends.http_task.backend import HttpTaskBackend
from providers.settings import BackendContext
from tests.emulators.base import Scenario
from tests.emulators.media import media_file
from tests.emulators.tasks import KEY, TaskEmulator
from tests.support.asgi_server import free_socket, running_server

MAX_POLLS = 10
CALLBACK_URL = "https://media.example/internal/upstream/1"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A kind of job. `body` is the exact body of its submission, `id` stands for the client ID."""

    name: str
    backend: str
    emulator: type[TaskEmulator]
    type: GenerationType
    mode: str
    model: str
    parameters: JSONObject
    path: str
    body: JSONObject
    base_path: str = ""
    media: Mapping[str, str] = field(default_factory=dict)
    """The upstream's field of each kind of input."""
    inputs: Mapping[str, str] = field(default_factory=dict)
    """The names of input files, by kind."""
    settings: Mapping[str, str] = field(default_factory=dict)
    host: str = ""
    """The name of the spec's host, in upper case."""
    is_synchronous: bool = False

    def __str__(self) -> str:
        return self.name


class Switch:
    """An ASGI application that another one can be put behind."""

    app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None
        await self.app(scope, receive, send)


@dataclass
class Upstream:
    """An emulator on a socket, and the backend that uses it."""

    case: Case
    emulator: TaskEmulator
    backend: HttpTaskBackend
    workspace: Path

    def job(self, **changes: Any) -> Job:
        case = self.case
        files = {kind: self._input(name) for kind, name in case.inputs.items()}
        return replace(
            Job(
                id="gen_1",
                client_request_id="gen_1-1",
                type=case.type,
                provider="some-provider",
                model=case.model,
                mode=case.mode,
                input={},
                options={},
                seed=1,
                workspace=self.workspace,
                parameters=case.parameters,
                media_fields=case.media,
                files=files,
                links={kind: f"https://media.example/{path.name}" for kind, path in files.items()},
            ),
            **changes,
        )

    async def run(self, job: Job) -> Snapshot:
        """Submit a job and poll it to its end."""
        return await self.finish(job, await self.backend.submit(job))

    async def finish(self, job: Job, accepted: AcceptedJob) -> Snapshot:
        if accepted.result is not None:
            return accepted.result
        for _ in range(MAX_POLLS):
            snapshot = await self.backend.poll(job, accepted.reference)
            if snapshot.state not in (BackendState.QUEUED, BackendState.RUNNING):
                return snapshot
        raise AssertionError("the job does not end")

    def _input(self, name: str) -> Path:
        path = self.workspace / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(media_file(name)[1])
        return path


@dataclass
class Upstreams:
    """Opens upstreams on one socket, one at a time."""

    url: str
    switch: Switch

    @asynccontextmanager
    async def open(
        self,
        case: Case,
        workspace: Path,
        scenario: Scenario = Scenario.HAPPY,
        *,
        settings: Mapping[str, str] | None = None,
        app: ASGIApp | None = None,
    ) -> AsyncIterator[Upstream]:
        """Put the case's emulator on the socket, or `app` in its place."""
        emulator = case.emulator(self.url, scenario=scenario)
        self.switch.app = app or emulator.asgi()
        prefix = f"DOITONG_{case.backend.upper()}"
        host = f"{prefix}_{case.host}" if case.host else prefix
        given = {f"{prefix}_API_KEY": KEY, **case.settings} if settings is None else settings
        given = {f"{host}_BASE_URL": self.url + case.base_path, **given}
        definition = next(each for each in DEFINITIONS if each.name == case.backend)
        backend = definition.create(BackendContext(given, SystemClock()))
        assert isinstance(backend, HttpTaskBackend)
        try:
            yield Upstream(case, emulator, backend, workspace)
        finally:
            await backend.aclose()


@asynccontextmanager
async def serving_upstreams() -> AsyncIterator[Upstreams]:
    """Serve emulators on a real socket."""
    bound, url = free_socket()
    switch = Switch()
    async with running_server(switch, bound):
        yield Upstreams(url, switch)
