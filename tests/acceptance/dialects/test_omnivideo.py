"""The API of OmniVideo over real sockets, field by field; the clock stands still unless a test moves it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from accounts.plans import PlanName
from cli.client.graphql_client import Client
from kit.errors import ContentViolation
from providers.backend import BackendState, Snapshot
from tests.support.ledger_invariants import check_ledger
from tests.support.manual_clock import START
from tests.support.server_harness import ACCOUNT, TIMEOUT, ServerHarness, open_server_harness

pytestmark = pytest.mark.anyio

CREATE = "/api/v1/tasks/create"
PUBLISHED = {
    "model_id": "gpt-image-2",
    "prompt": "a serene zen garden at sunrise, ultra detailed",
    "image_urls": [],
    "aspect_ratio": "16:9",
}
VIDEO = {"model_id": "seedance-2", "prompt": "a fox"}
RUNNING = Snapshot(BackendState.RUNNING, progress=40)
NOBODY = "http://127.0.0.1:9"
"""An address without a server, which a development server may use."""


@dataclass(frozen=True, slots=True)
class OmniVideoClient:
    """Sends requests with a key of an account of its own."""

    server: ServerHarness
    http: httpx.AsyncClient
    graphql: Client

    async def create(self, body: object, **headers: str) -> httpx.Response:
        return await self.http.post(CREATE, json=body, headers=headers)

    async def post(self, content: bytes) -> httpx.Response:
        return await self.http.post(CREATE, content=content)

    async def submit(self, body: object = PUBLISHED) -> str:
        """Return the id of a task whose job the upstream has accepted."""
        response = await self.create(body)
        await self.server.wait_until_idle()
        return str(response.json()["data"]["task_id"])

    async def read(self, task_id: str) -> dict[str, Any]:
        """Return the `data` of a task, which the top level repeats."""
        response = await self.http.get(f"/api/v1/tasks/{task_id}")
        body: dict[str, Any] = response.json()
        data: dict[str, Any] = body["data"]
        assert response.status_code == 200
        assert body == {"code": 200, "msg": "ok", "data": data, **data}
        return data

    async def end(self, snapshot: Snapshot) -> None:
        """Let the upstream report a state of the task submitted last."""
        assert await self.server.upstream.call(snapshot) == 200
        await self.server.wait_until_idle()

    async def stored(self) -> list[str]:
        nodes = (await self.graphql.execute("{ generations { nodes { id } } }"))["generations"]["nodes"]
        return [node["id"] for node in nodes]

    async def credits(self) -> dict[str, int]:
        credits: dict[str, int] = (await self.graphql.execute(ACCOUNT))["account"]["credits"]
        return credits


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerHarness]:
    directory = tmp_path_factory.mktemp("omnivideo") / "data"
    async with open_server_harness(directory, backends=("fal", "openai", "ark")) as server:
        yield server
        await server.application.runtime.services.database.read(check_ledger)


@pytest.fixture
async def client(server: ServerHarness) -> AsyncIterator[OmniVideoClient]:
    key = await server.create_key()
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        httpx.AsyncClient(base_url=server.url, headers=headers, trust_env=False) as http,
        Client.open(server.url, key) as graphql,
    ):
        yield OmniVideoClient(server, http, graphql)
        server.upstream.may_respond.set()
        await server.wait_until_idle()


@pytest.mark.parametrize("model", ["seedance-2", "gpt-image-2", "nano-banana-2"])
async def test_a_task_is_accepted_as_published(client: OmniVideoClient, model: str) -> None:
    response = await client.create({**PUBLISHED, "model_id": model})

    body = response.json()
    data = body["data"]
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert body == {"code": 200, "msg": "提交成功,等待生成", "data": data, **data}
    assert list(data) == ["task_id", "request_id", "credits"]
    assert data["task_id"] == (await client.stored())[0]
    assert data["request_id"] == response.headers["x-request-id"]
    assert type(data["credits"]) is int
    assert await client.credits() == {"available": 1000 - data["credits"], "held": data["credits"]}


async def test_an_image_task_passes_through_its_states_as_published(client: OmniVideoClient) -> None:
    client.server.upstream.may_respond.clear()
    created = (await client.create(PUBLISHED)).json()["data"]
    task_id = created["task_id"]
    async with asyncio.timeout(TIMEOUT):
        while task_id not in [task.client_id for task in client.server.upstream.tasks.values()]:
            await asyncio.sleep(0)
    submitting = await client.read(task_id)
    client.server.upstream.may_respond.set()
    await client.server.wait_until_idle()
    await client.end(RUNNING)
    running = await client.read(task_id)
    await client.end(client.server.upstream.succeeded)
    ended = await client.read(task_id)

    started = {
        "task_id": task_id,
        "task_status": 2,
        "task_type": "image",
        "model_id": "gpt-image-2",
        "image_url": None,
        "video_url": None,
        "audio_url": None,
        "credits": created["credits"],
        "created_at": int(START.timestamp()),
    }
    assert submitting == running == started
    assert list(ended) == list(started)
    assert ended == {**started, "task_status": 3, "image_url": ended["image_url"]}
    picture = await client.http.get(ended["image_url"])
    assert picture.headers["content-type"] == "image/png"
    assert await client.credits() == {"available": 1000 - created["credits"], "held": 0}


async def test_a_video_task_has_a_video_url_alone(client: OmniVideoClient) -> None:
    task_id = await client.submit(VIDEO)
    await client.end(client.server.upstream.succeeded_with("video-1.mp4"))
    ended = await client.read(task_id)

    assert (ended["task_status"], ended["task_type"], ended["model_id"]) == (3, "video", "seedance-2")
    assert (ended["image_url"], ended["audio_url"]) == (None, None)
    assert (await client.http.get(ended["video_url"])).headers["content-type"] == "video/mp4"


async def test_a_task_that_has_not_started_is_queued(client: OmniVideoClient) -> None:
    key = await client.server.create_key(test_mode=True)
    headers = {"Authorization": f"Bearer {key}"}
    body = {**PUBLISHED, "image_urls": ["gen_00000000000000000000000000"]}
    refused = await client.create(body, **headers)
    created = (await client.create({**PUBLISHED, "prompt": "a fox test:hang"}, **headers)).json()["data"]
    chained = {**PUBLISHED, "image_urls": [created["task_id"]]}
    waiting = (await client.create(chained, **headers)).json()["data"]["task_id"]

    assert refused.json()["details"]["field"] == "image_urls.0"
    state = (await client.http.get(f"/api/v1/tasks/{waiting}", headers=headers)).json()
    assert state["task_status"] == 1
    for task_id in (waiting, created["task_id"]):
        await cancel(client, task_id, key)


async def test_a_failed_task_says_why_and_is_refunded(client: OmniVideoClient) -> None:
    task_id = await client.submit()
    await client.end(Snapshot(BackendState.FAILED, error=ContentViolation("No.")))
    ended = await client.read(task_id)

    assert (ended["task_status"], ended["error"], ended["error_code"]) == (4, "No.", "CONTENT_VIOLATION")
    assert (ended["image_url"], ended["video_url"], ended["audio_url"]) == (None, None, None)
    assert ended["credits"] == 0
    assert await client.credits() == {"available": 1000, "held": 0}


async def cancel(client: OmniVideoClient, task_id: str, key: str) -> None:
    body = {"query": "mutation ($id: ID!) { cancelGeneration(id: $id) }", "variables": {"id": task_id}}
    response = await client.http.post("/graphql", json=body, headers={"Authorization": f"Bearer {key}"})
    assert response.json() == {"data": {"cancelGeneration": True}}


async def test_an_image_that_cannot_be_downloaded_is_a_failed_task(client: OmniVideoClient) -> None:
    before = len(client.server.upstream.tasks)
    task_id = await client.submit({**PUBLISHED, "image_urls": [f"{NOBODY}/a.png"]})
    ended = await client.read(task_id)

    assert (ended["task_status"], ended["error_code"], ended["credits"]) == (4, "INVALID_MEDIA_URL", 0)
    assert len(client.server.upstream.tasks) == before
    assert await client.credits() == {"available": 1000, "held": 0}


async def test_a_cancelled_task_reads_as_failed(client: OmniVideoClient) -> None:
    task_id = await client.submit()
    await client.graphql.execute("mutation ($id: ID!) { cancelGeneration(id: $id) }", {"id": task_id})
    ended = await client.read(task_id)

    assert (ended["task_status"], ended["error_code"], ended["credits"]) == (4, "CANCELLED", 0)


async def test_fields_that_are_not_published_are_options(client: OmniVideoClient) -> None:
    options = {"duration": 8, "resolution": "480p", "negative_prompt": "rain", "seed": 7, "style": None}
    task_id = await client.submit({**VIDEO, "aspect_ratio": "9:16", **options})

    query = "query ($id: ID!) { generation(id: $id) { provider input options } }"
    generation = (await client.graphql.execute(query, {"id": task_id}))["generation"]
    assert generation["provider"] == "seedance-2"
    assert generation["input"] == {"text": "a fox"}
    expected = {"duration": 8, "resolution": "480p", "negativePrompt": "rain", "seed": 7, "aspectRatio": "9:16"}
    assert expected.items() <= generation["options"].items()


@pytest.mark.parametrize(
    ("image_urls", "content"),
    [
        (None, {}),
        ([], {}),
        ([f"{NOBODY}/a.png"], {"image": f"{NOBODY}/a.png"}),
        ([f"{NOBODY}/a.png", f"{NOBODY}/b.png"], {"images": [f"{NOBODY}/a.png", f"{NOBODY}/b.png"]}),
    ],
    ids=["null", "empty", "one", "several"],
)
async def test_image_urls_are_the_input(
    client: OmniVideoClient, image_urls: list[str] | None, content: dict[str, object]
) -> None:
    client.server.upstream.may_respond.clear()
    created = await client.create({**PUBLISHED, "image_urls": image_urls})

    query = "query ($id: ID!) { generation(id: $id) { input } }"
    variables = {"id": created.json()["data"]["task_id"]}
    generation = (await client.graphql.execute(query, variables))["generation"]
    assert generation["input"] == {"text": PUBLISHED["prompt"], **content}


INVALID: list[tuple[dict[str, Any], str, str | None]] = [
    ({"model_id": "sora-2"}, "INVALID_INPUT", "model_id"),
    ({"model_id": "flux-pro"}, "INVALID_INPUT", "model_id"),
    ({"model_id": "gpt-image"}, "INVALID_INPUT", "model_id"),
    ({"model_id": "x" * 10_000}, "INVALID_INPUT", "model_id"),
    ({"model_id": "gpt\0image"}, "INVALID_INPUT", "model_id"),
    ({"model_id": None}, "INVALID_INPUT", "model_id"),
    ({"model_id": 2}, "INVALID_INPUT", "model_id"),
    ({"prompt": ""}, "INVALID_INPUT", "prompt"),
    ({"prompt": None}, "INVALID_INPUT", "prompt"),
    ({"prompt": 5}, "INVALID_INPUT", "prompt"),
    ({"prompt": ["a fox"]}, "INVALID_INPUT", "prompt"),
    ({"prompt": "x" * 20_000}, "INVALID_INPUT", "prompt"),
    ({"image_urls": "https://cdn.sample.com/a.png"}, "INVALID_INPUT", "image_urls"),
    ({"image_urls": [1]}, "INVALID_INPUT", "image_urls.0"),
    ({"image_urls": [""]}, "INVALID_INPUT", "image_urls.0"),
    ({"image_urls": ["not an address"]}, "INVALID_INPUT", "image_urls.0"),
    ({"image_urls": ["http://169.254.169.254/latest"]}, "INVALID_MEDIA_URL", "image_urls.0"),
    ({"image_urls": ["https://cdn.sample.com/a.png", "https://10.0.0.1/"]}, "INVALID_MEDIA_URL", "image_urls.1"),
    ({"image_urls": [f"https://cdn.sample.com/{n}.png" for n in range(40)]}, "INVALID_INPUT", "image_urls"),
    ({"image_urls": ["ftp://cdn.sample.com/a.png"]}, "INVALID_MEDIA_URL", "image_urls.0"),
    ({"aspect_ratio": "16/9/4"}, "INVALID_INPUT", "aspect_ratio"),
    ({"aspect_ratio": 16}, "INVALID_INPUT", "aspect_ratio"),
    ({"colour": "red"}, "INVALID_INPUT", "colour"),
    ({"seed": 10**30}, "INVALID_INPUT", "seed"),
    ({"width": 1e300}, "INVALID_INPUT", "width"),
    ({"seed": {"deep": {"er": 1}}}, "INVALID_INPUT", "seed"),
    ({"a\0b": 1}, "INVALID_INPUT", None),
    ({"": 1}, "INVALID_INPUT", None),
]


@pytest.mark.parametrize(("changes", "code", "field"), INVALID)
async def test_invalid_input_is_a_business_failure_without_effects(
    client: OmniVideoClient, changes: dict[str, Any], code: str, field: str | None
) -> None:
    response = await client.create({**PUBLISHED, **changes})

    body = response.json()
    assert response.status_code == 200
    assert list(body) == ["code", "msg", "data", "error_code", "retryable", "details"]
    assert (body["code"], body["data"], body["error_code"], body["retryable"]) == (0, None, code, False)
    assert len(body["msg"]) < 600
    assert field is None or body["details"]["field"] == field
    assert await client.stored() == []
    assert await client.credits() == {"available": 1000, "held": 0}


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 400, "BAD_REQUEST"),
        (b"{", 400, "BAD_REQUEST"),
        (b"[]", 400, "BAD_REQUEST"),
        (b'"text"', 400, "BAD_REQUEST"),
        (b'{"prompt": "\xff"}', 400, "BAD_REQUEST"),
        (b'{"prompt": "\\ud800"}', 400, "BAD_REQUEST"),
        (b"[" * 100_000, 400, "BAD_REQUEST"),
        (b'{"prompt": "' + b"x" * 1_000_000 + b'"}', 413, "PAYLOAD_TOO_LARGE"),
    ],
)
async def test_a_body_that_is_not_a_json_object_is_an_http_error(
    client: OmniVideoClient, content: bytes, status: int, code: str
) -> None:
    response = await client.post(content)

    body = response.json()
    assert (response.status_code, body["code"], body["data"], body["error_code"]) == (status, status, None, code)
    assert await client.stored() == []


@pytest.mark.parametrize("headers", [{"Authorization": ""}, {"Authorization": "Bearer sk-0123"}, {"x-api-key": "sk-0"}])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_missing_or_wrong_key_is_401(client: OmniVideoClient, headers: dict[str, str], method: str) -> None:
    async with httpx.AsyncClient(base_url=client.server.url, trust_env=False) as http:
        path = CREATE if method == "POST" else "/api/v1/tasks/gen_0"
        response = await http.request(method, path, headers=headers, json=PUBLISHED if method == "POST" else None)

    body = response.json()
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert (body["code"], body["data"], body["error_code"]) == (401, None, "UNAUTHENTICATED")
    assert body["msg"]


async def test_a_key_in_x_api_key_is_accepted_too(client: OmniVideoClient) -> None:
    key = await client.server.create_key()
    async with httpx.AsyncClient(base_url=client.server.url, trust_env=False) as http:
        response = await http.post(CREATE, json=PUBLISHED, headers={"X-API-Key": key})

    assert response.json()["code"] == 200


@pytest.mark.parametrize(
    "task_id", ["gen_0", "abcdef123456", "create", "%00", "%C3%A9", "x" * 5_000, "gen_" + "0" * 26]
)
async def test_an_unknown_task_is_a_business_failure(client: OmniVideoClient, task_id: str) -> None:
    response = await client.http.get(f"/api/v1/tasks/{task_id}")

    body = response.json()
    assert response.status_code == 200
    assert (body["code"], body["data"], body["error_code"]) == (0, None, "NOT_FOUND")


async def test_a_task_of_another_account_is_unknown(client: OmniVideoClient) -> None:
    task_id = await client.submit()
    key = await client.server.create_key()

    response = await client.http.get(f"/api/v1/tasks/{task_id}", headers={"Authorization": f"Bearer {key}"})

    assert response.json()["error_code"] == "NOT_FOUND"


async def test_too_few_credits_are_a_business_failure(client: OmniVideoClient) -> None:
    key = await client.server.create_key(credits=3)

    response = await client.create(PUBLISHED, Authorization=f"Bearer {key}")

    body = response.json()
    assert (response.status_code, body["code"], body["data"]) == (200, 0, None)
    assert body["error_code"] == "INSUFFICIENT_CREDITS"
    assert body["details"]["creditsAvailable"] == 3


async def test_a_limit_is_429_with_the_seconds_to_wait(client: OmniVideoClient) -> None:
    headers = {"Authorization": f"Bearer {await client.server.create_key(plan=PlanName.FREE)}"}
    accepted = await client.create(PUBLISHED, **headers)
    rejected = await client.create(PUBLISHED, **headers)

    assert (accepted.headers["x-ratelimit-limit"], accepted.headers["x-ratelimit-remaining"]) == ("10", "9")
    body = rejected.json()
    assert (rejected.status_code, body["code"], body["error_code"]) == (429, 429, "RATE_LIMIT")
    assert (body["retryable"], body["details"]["limit"]) == (True, "concurrent")
    assert int(rejected.headers["retry-after"]) >= 1


async def test_a_repeated_key_is_the_first_task_and_another_request_with_it_is_refused(
    client: OmniVideoClient,
) -> None:
    headers = {"Idempotency-Key": "wish-1"}
    first = await client.create(PUBLISHED, **headers)
    again = await client.create(PUBLISHED, **headers)
    other = await client.create({**PUBLISHED, "prompt": "a cat"}, **headers)
    invalid = await client.create(PUBLISHED, **{"Idempotency-Key": "k" * 256})

    assert again.json()["data"]["task_id"] == first.json()["data"]["task_id"]
    assert again.headers["idempotent-replayed"] == "true"
    assert (other.status_code, other.json()["code"], other.json()["error_code"]) == (200, 0, "IDEMPOTENCY_MISMATCH")
    assert invalid.json()["details"]["field"] == "Idempotency-Key"
    assert len(await client.stored()) == 1
