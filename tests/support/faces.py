"""One client protocol over every API of the server: submit, read, cancel, balance."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, ClassVar

import httpx

from kit.errors import ErrorCode

CODES = frozenset(ErrorCode)
PROMPT = "a fox"


class Phase(Enum):
    """How far a generation is, in any API's words."""

    RUNNING = auto()
    COMPLETED = auto()
    FAILED = auto()
    """Also a cancelled one, where the API has no word for it."""
    CANCELLED = auto()


@dataclass(frozen=True, slots=True)
class State:
    """A generation as an API presents it. `code` is our error code, where it has failed."""

    phase: Phase
    url: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """`was_replayed` is what the headers say."""

    id: str
    was_replayed: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """`code` is our error code."""

    code: str | None
    http_status: int


class Face:
    """A client of one API with one key. Its generations have an output such as `output`."""

    name: ClassVar[str]
    output: ClassVar[str] = "image-1.png"
    """A file of `tests.emulators.media`."""
    cancels: ClassVar[bool] = False
    has_balance: ClassVar[bool] = False

    def __init__(self, http: httpx.AsyncClient, key: str) -> None:
        self._http = http
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    async def submit(self, *, prompt: str = PROMPT, key: str | None = None) -> Accepted | Refused:
        """Submit a generation, with an idempotency key if given."""
        raise NotImplementedError

    async def read(self, id: str) -> State | Refused:
        raise NotImplementedError

    async def cancel(self, id: str) -> None:
        raise NotImplementedError

    async def balance(self) -> int:
        """Return the available credits."""
        raise NotImplementedError

    async def _post(self, path: str, body: object, *, key: str | None = None) -> httpx.Response:
        headers = self._headers if key is None else {**self._headers, "Idempotency-Key": key}
        return await self._http.post(path, json=body, headers=headers)

    async def _get(self, path: str, **parameters: str) -> httpx.Response:
        return await self._http.get(path, params=parameters, headers=self._headers)


class GraphQL(Face):
    name = "graphql"
    cancels = has_balance = True

    async def submit(self, *, prompt: str = PROMPT, key: str | None = None) -> Accepted | Refused:
        query = "mutation ($input: GenerateInput!) { generate(input: $input) { id } }"
        request = {"type": "IMAGE", "provider": "nano-banana-2", "input": {"text": prompt}}
        response = await self._post("/graphql", {"query": query, "variables": {"input": request}}, key=key)
        return outcome(response, "data.generate.id")

    async def read(self, id: str) -> State | Refused:
        query = "query ($id: ID!) { generation(id: $id) { status url errorCode } }"
        response = await self._post("/graphql", {"query": query, "variables": {"id": id}})
        if "errors" in response.json():
            return refusal(response)
        found = response.json()["data"]["generation"]
        if found is None:
            return Refused("NOT_FOUND", response.status_code)
        phase = Phase.RUNNING if found["status"] == "PROCESSING" else Phase[found["status"]]
        return State(phase, found["url"], found["errorCode"])

    async def cancel(self, id: str) -> None:
        query = "mutation ($id: ID!) { cancelGeneration(id: $id) }"
        response = await self._post("/graphql", {"query": query, "variables": {"id": id}})
        assert response.json() == {"data": {"cancelGeneration": True}}

    async def balance(self) -> int:
        response = await self._post("/graphql", {"query": "{ account { credits { available } } }"})
        return int(response.json()["data"]["account"]["credits"]["available"])


class DoitongRest(Face):
    name = "doitong"
    cancels = True

    async def submit(self, *, prompt: str = PROMPT, key: str | None = None) -> Accepted | Refused:
        body = {"service": "nano-banana-2", "prompt": prompt}
        return outcome(await self._post("/v1/text_to_image", body, key=key), "data.generateimage.id")

    async def read(self, id: str) -> State | Refused:
        response = await self._get(f"/v1/generations/{id}")
        if not response.is_success:
            return refusal(response)
        found = response.json()["data"]["generation"]
        phase = Phase.RUNNING if found["status"] == "processing" else Phase[found["status"].upper()]
        return State(phase, found["url"], code_in(found))

    async def cancel(self, id: str) -> None:
        assert (await self._post(f"/v1/generations/{id}/cancel", {})).is_success


class OmniVideo(Face):
    name = "omnivideo"

    async def submit(self, *, prompt: str = PROMPT, key: str | None = None) -> Accepted | Refused:
        body = {"model_id": "nano-banana-2", "prompt": prompt}
        return outcome(await self._post("/api/v1/tasks/create", body, key=key), "data.task_id")

    async def read(self, id: str) -> State | Refused:
        response = await self._get(f"/api/v1/tasks/{id}")
        data = response.json()["data"]
        if data is None:
            return refusal(response)
        phases = {1: Phase.RUNNING, 2: Phase.RUNNING, 3: Phase.COMPLETED, 4: Phase.FAILED}
        return State(phases[data["task_status"]], data["image_url"], data.get("error_code"))


def outcome(response: httpx.Response, path: str) -> Accepted | Refused:
    """Return the id at a path of the response, or what refuses the request."""
    found = value_at(response.json(), path)
    if isinstance(found, str):
        return Accepted(found, was_replayed=response.headers.get("idempotent-replayed") == "true")
    return refusal(response)


def refusal(response: httpx.Response) -> Refused:
    return Refused(code_in(response.json()), response.status_code)


def code_in(document: Any) -> str | None:
    """Return the first of our error codes that is a value in a document."""
    if isinstance(document, dict | list):
        values = document.values() if isinstance(document, dict) else document
        return next((code for value in values if (code := code_in(value)) is not None), None)
    return document if isinstance(document, str) and document in CODES else None


def value_at(document: Any, path: str) -> Any:
    """Return the value at a path of member names, or None."""
    for name in path.split("."):
        document = document.get(name) if isinstance(document, dict) else None
    return document


FACES: list[type[Face]] = [GraphQL, OmniVideo]
"""The faces that the server has; a client of another one is added here."""
