"""One client protocol over every API of the server: submit, read, cancel, balance."""

import json
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, ClassVar

import httpx

from kit.errors import ErrorCode

CODES = frozenset(ErrorCode)
PROMPT = "a fox"
MCP_VERSION = "2025-06-18"


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
class AcceptedGeneration:
    """`was_replayed` is what the headers say."""

    id: str
    was_replayed: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """`code` is our error code."""

    code: str | None


class ApiClient:
    """A client of one API with one key. Its generations have an output such as `output`."""

    name: ClassVar[str]
    output: ClassVar[str] = "image-1.png"
    """A file of `tests.emulators.media`."""
    cancels: ClassVar[bool] = False
    has_balance: ClassVar[bool] = False
    says_replayed: ClassVar[bool] = True
    """Whether a response can say that it is a replay."""

    def __init__(self, http: httpx.AsyncClient, key: str) -> None:
        self._http = http
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    async def submit(self, *, prompt: str = PROMPT, key: str | None = None) -> AcceptedGeneration | Refused:
        """Submit a generation, with an idempotency key if given."""
        raise NotImplementedError

    async def read(self, id: str) -> State | Refused:
        raise NotImplementedError

    async def content(self, id: str, state: State) -> httpx.Response:
        """Return the response with the output of a completed generation."""
        assert state.url is not None
        return await self._http.get(state.url)

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


class GraphQL(ApiClient):
    name = "graphql"
    cancels = has_balance = True

    async def submit(self, *, prompt: str = PROMPT, key: str | None = None) -> AcceptedGeneration | Refused:
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
            return Refused("NOT_FOUND")
        phase = Phase.RUNNING if found["status"] == "PROCESSING" else Phase[found["status"]]
        return State(phase, found["url"], found["errorCode"])

    async def cancel(self, id: str) -> None:
        query = "mutation ($id: ID!) { cancelGeneration(id: $id) }"
        response = await self._post("/graphql", {"query": query, "variables": {"id": id}})
        assert response.json() == {"data": {"cancelGeneration": True}}

    async def balance(self) -> int:
        response = await self._post("/graphql", {"query": "{ account { credits { available } } }"})
        return int(response.json()["data"]["account"]["credits"]["available"])


class DoitongRest(ApiClient):
    name = "doitong"
    cancels = True

    async def submit(self, *, prompt: str = PROMPT, key: str | None = None) -> AcceptedGeneration | Refused:
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


class OmniVideo(ApiClient):
    name = "omnivideo"

    async def submit(self, *, prompt: str = PROMPT, key: str | None = None) -> AcceptedGeneration | Refused:
        body = {"model_id": "nano-banana-2", "prompt": prompt}
        return outcome(await self._post("/api/v1/tasks/create", body, key=key), "data.task_id")

    async def read(self, id: str) -> State | Refused:
        response = await self._get(f"/api/v1/tasks/{id}")
        data = response.json()["data"]
        if data is None:
            return refusal(response)
        phases = {1: Phase.RUNNING, 2: Phase.RUNNING, 3: Phase.COMPLETED, 4: Phase.FAILED}
        return State(phases[data["task_status"]], data["image_url"], data.get("error_code"))


class Apixo(ApiClient):
    name = "apixo"
    has_balance = True

    async def submit(self, *, prompt: str = PROMPT, key: str | None = None) -> AcceptedGeneration | Refused:
        body = {"request_type": "async", "input": {"mode": "text-to-image", "prompt": prompt, "max_images": 1}}
        return outcome(await self._post("/api/v1/generateTask/seedream-4-5", body, key=key), "data.taskId")

    async def read(self, id: str) -> State | Refused:
        response = await self._get("/api/v1/statusTask/seedream-4-5", taskId=id)
        if response.json()["code"] != 200:
            return refusal(response)
        data = response.json()["data"]
        if data["state"] in ("pending", "processing"):
            return State(Phase.RUNNING)
        if data["state"] == "success":
            return State(Phase.COMPLETED, json.loads(data["resultJson"])["resultUrls"][0])
        return State(Phase.FAILED, code=data["failCode"])

    async def balance(self) -> int:
        response = await self._get("/api/v1/apikeys/current-balance")
        return int(next(value for value in response.json()["data"].values() if isinstance(value, int)))


class KubeezRest(ApiClient):
    name = "kubeez"
    has_balance = True

    async def submit(self, *, prompt: str = PROMPT, key: str | None = None) -> AcceptedGeneration | Refused:
        body = {"model": "nano-banana-2", "prompt": prompt, "generation_type": "text-to-image"}
        return outcome(await self._post("/v1/generate/media", body, key=key), "generation_id")

    async def read(self, id: str) -> State | Refused:
        response = await self._get(f"/v1/generate/media/{id}")
        return kubeez_state(response.json()) if response.is_success else refusal(response)

    async def balance(self) -> int:
        return int((await self._get("/v1/balance")).json()["credits"])


class KubeezMcp(ApiClient):
    """Calls tools over Streamable HTTP."""

    name = "mcp"
    cancels = has_balance = True
    says_replayed = False

    async def submit(self, *, prompt: str = PROMPT, key: str | None = None) -> AcceptedGeneration | Refused:
        arguments = {"model": "nano-banana-2", "prompt": prompt, "generation_type": "text-to-image"}
        result = await self._call("generate_media", **arguments, **({} if key is None else {"idempotency_key": key}))
        return result if isinstance(result, Refused) else AcceptedGeneration(result["generation_id"])

    async def read(self, id: str) -> State | Refused:
        result = await self._call("get_generation_status", id=id)
        return result if isinstance(result, Refused) else kubeez_state(result)

    async def cancel(self, id: str) -> None:
        assert not isinstance(await self._call("cancel_generation", id=id), Refused)

    async def balance(self) -> int:
        result = await self._call("get_balance")
        assert not isinstance(result, Refused)
        return int(result["credits"])

    async def _call(self, tool: str, **arguments: Any) -> dict[str, Any] | Refused:
        """Return the structured content of a tool's result, or its error."""
        if "Mcp-Session-Id" not in self._headers:
            about = {"protocolVersion": MCP_VERSION, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
            response = await self._rpc("initialize", about)
            if response.status_code == 401:
                return Refused("UNAUTHENTICATED")
            self._headers |= {"Mcp-Session-Id": response.headers.get("mcp-session-id", "none")}
        response = await self._rpc("tools/call", {"name": tool, "arguments": arguments})
        result: dict[str, Any] = rpc_message(response)["result"]
        if result.get("isError"):
            text = json.dumps(result)
            return Refused(next((code for code in CODES if code in text), None))
        content: dict[str, Any] = result["structuredContent"]
        return content

    async def _rpc(self, method: str, parameters: dict[str, Any]) -> httpx.Response:
        headers = {
            **{name: value for name, value in self._headers.items() if value != "none"},
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": MCP_VERSION,
        }
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        return await self._http.post("/mcp", json=body, headers=headers)


class OpenAI(ApiClient):
    """Makes videos: images are the response to the request itself."""

    name = "openai"
    output = "video-1.mp4"

    async def submit(self, *, prompt: str = PROMPT, key: str | None = None) -> AcceptedGeneration | Refused:
        headers = self._headers if key is None else {**self._headers, "Idempotency-Key": key}
        form = {"model": (None, "seedance-2"), "prompt": (None, prompt)}
        return outcome(await self._http.post("/v1/videos", files=form, headers=headers), "id")

    async def read(self, id: str) -> State | Refused:
        response = await self._get(f"/v1/videos/{id}")
        if not response.is_success:
            return refusal(response)
        found = response.json()
        phase = Phase.RUNNING if found["status"] in ("queued", "in_progress") else Phase[found["status"].upper()]
        return State(phase, code=code_in(found))

    async def content(self, id: str, state: State) -> httpx.Response:
        return await self._get(f"/v1/videos/{id}/content")


def kubeez_state(found: dict[str, Any]) -> State:
    """Return the state in a row of Kubeez."""
    phase = Phase.RUNNING if found["status"] in ("pending", "processing") else Phase[found["status"].upper()]
    outputs = found.get("outputs") or [{}]
    return State(phase, outputs[0].get("url"), code_in(found))


def rpc_message(response: httpx.Response) -> dict[str, Any]:
    """Return the JSON-RPC message of a response, which may be the last one of an event stream."""
    if response.headers["content-type"].startswith("text/event-stream"):
        data = [line.removeprefix("data:") for line in response.text.splitlines() if line.startswith("data:")]
        last: dict[str, Any] = json.loads(data[-1])
        return last
    message: dict[str, Any] = response.json()
    return message


def outcome(response: httpx.Response, path: str) -> AcceptedGeneration | Refused:
    """Return the id at a path of the response, or what refuses the request."""
    found = value_at(response.json(), path)
    if isinstance(found, str):
        return AcceptedGeneration(found, was_replayed=response.headers.get("idempotent-replayed") == "true")
    return refusal(response)


def refusal(response: httpx.Response) -> Refused:
    return Refused(code_in(response.json()))


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


API_CLIENTS: list[type[ApiClient]] = [GraphQL, DoitongRest, Apixo, OmniVideo, KubeezRest, KubeezMcp, OpenAI]
"""The APIs that the server has; a client of another one is added here."""
