"""A backend over its upstream's emulator on a real socket, and what tests of backends look at."""

import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import orjson
import pytest

from kit.errors import DoitongError
from providers.backend import Backend, BackendState, Job, JSONObject, Snapshot, SubmissionRefused
from tests.emulators.base import Emulator, RecordedRequest, Scenario
from tests.emulators.serving import EmulatorServer

E = TypeVar("E", bound=Emulator)
B = TypeVar("B", bound=Backend)


@dataclass(frozen=True)
class Connection(Generic[E, B]):
    """Called with a scenario, it serves a new emulator and returns a context of it and a backend that uses it.

    `backend_at` makes the backend for a URL and the keyword arguments of the call.
    """

    server: EmulatorServer
    emulator: Callable[..., E]
    backend_at: Callable[..., B]

    @asynccontextmanager
    async def __call__(self, scenario: Scenario = Scenario.HAPPY, **options: Any) -> AsyncIterator[tuple[E, B]]:
        emulator = self.emulator(self.server.url, scenario=scenario)
        self.server.application = emulator.asgi()
        backend = self.backend_at(self.server.url, **options)
        try:
            yield emulator, backend
        finally:
            await backend.aclose()


async def finished(backend: Backend, job: Job) -> Snapshot:
    """Submit a job and return its result, or the state that the first poll finds."""
    accepted = await backend.submit(job)
    return accepted.result or await backend.poll(job, accepted.reference)


async def refusal(backend: Backend, job: Job) -> DoitongError:
    """Submit a job that is refused and return the error."""
    with pytest.raises(SubmissionRefused) as caught:
        await backend.submit(job)
    return caught.value.error


def error_of(snapshot: Snapshot) -> DoitongError:
    """Return the error of a failed job."""
    assert snapshot.state is BackendState.FAILED
    assert snapshot.error is not None
    return snapshot.error


def body_of(request: RecordedRequest) -> JSONObject:
    body: JSONObject = orjson.loads(request.body)
    return body


def data_uri(media_type: str, content: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"
