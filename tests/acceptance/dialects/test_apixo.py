"""The API of APIXO over real sockets, field by field; the clock stands still unless a test moves it."""

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from accounts.plans import PlanName
from cli.client.graphql_client import Client
from dialects.apixo.requests import SIZES
from kit.errors import ContentViolation
from providers.backend import BackendState, Output, Snapshot
from tests.support import sample_files
from tests.support.ledger_invariants import check_ledger
from tests.support.manual_clock import START
from tests.support.server_harness import ACCOUNT, TIMEOUT, ServerHarness, open_server_harness
from tests.support.webhook_receivers import WebhookReceiver

pytestmark = pytest.mark.anyio

GENERATE = "/api/v1/generateTask"
INPUT = {"mode": "text-to-image", "prompt": "a fox", "max_images": 1}
PUBLISHED = {
    "request_type": "async",
    "provider": "auto",
    "input": {
        **INPUT,
        "aspect_ratio": "16:9",
        "resolution": "2K",
        "sequential_image_generation": "disabled",
        "size": "2K",
        "prompt_optimize_mode": "standard",
    },
}
RUNNING = Snapshot(BackendState.RUNNING, progress=40)
REFERENCE = f"data:image/png;base64,{b64encode(sample_files.picture_bytes()).decode()}"
MADE = "query ($id: ID!) { generation(id: $id) { options creditsCharged } }"
LATEST = "{ generations(first: 1) { nodes { id } } }"
DELIVERIES = """{ account { webhookDeliveries(first: 5) {
  nodes { event url status body nextAttemptAt attempts { number status error } }
} } }"""


@dataclass(frozen=True, slots=True)
class ApixoClient:
    """Sends requests with a key of an account of its own."""

    server: ServerHarness
    http: httpx.AsyncClient
    graphql: Client

    async def create(self, body: object, *, model: str = "seedream-4-5", **headers: str) -> httpx.Response:
        return await self.http.post(f"{GENERATE}/{model}", json=body, headers=headers)

    async def submit(self, body: object = PUBLISHED) -> str:
        """Return the id of a task whose job the upstream has accepted."""
        response = await self.create(body)
        assert response.status_code == 200, response.text
        await self.server.wait_until_idle()
        return str(response.json()["data"]["taskId"])

    async def status(self, task_id: str, *, model: str = "seedream-4-5") -> httpx.Response:
        return await self.http.get(f"/api/v1/statusTask/{model}", params={"taskId": task_id})

    async def read(self, task_id: str) -> dict[str, Any]:
        """Return the `data` of a task."""
        response = await self.status(task_id)
        body: dict[str, Any] = response.json()
        assert response.status_code == 200
        assert body == {"code": 200, "message": "success", "data": body["data"]}
        data: dict[str, Any] = body["data"]
        return data

    async def end(self, snapshot: Snapshot) -> None:
        """Let the upstream report a state of the task submitted last."""
        assert await self.server.upstream.call(snapshot) == 200
        await self.server.wait_until_idle()

    async def latest(self) -> dict[str, Any] | None:
        nodes: list[dict[str, Any]] = (await self.graphql.execute(LATEST))["generations"]["nodes"]
        return nodes[0] if nodes else None

    async def made(self, response: httpx.Response) -> dict[str, Any]:
        """Return the generation of a response to a submission."""
        assert response.status_code == 200, response.text
        variables = {"id": response.json()["data"]["taskId"]}
        generation: dict[str, Any] = (await self.graphql.execute(MADE, variables))["generation"]
        return generation

    async def available(self) -> int:
        return int((await self.graphql.execute(ACCOUNT))["account"]["credits"]["available"])

    async def delivery(self) -> dict[str, Any]:
        """Return the only delivery after its next attempt."""
        async with asyncio.timeout(TIMEOUT):
            while True:
                [delivery] = (await self.graphql.execute(DELIVERIES))["account"]["webhookDeliveries"]["nodes"]
                if delivery["status"] != "PENDING" or (delivery["attempts"] and delivery["nextAttemptAt"]):
                    return dict(delivery)


def pictures(server: ServerHarness, count: int) -> Snapshot:
    output = Output(media_type="image/png", url=f"{server.upstream.url}/files/picture.png")
    return replace(server.upstream.succeeded, outputs=(output,) * count)


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerHarness]:
    directory = tmp_path_factory.mktemp("apixo") / "data"
    async with open_server_harness(directory, backends=("fal", "ark")) as server:
        yield server
        await server.application.runtime.services.database.read(check_ledger)


@pytest.fixture
async def client(server: ServerHarness) -> AsyncIterator[ApixoClient]:
    key = await server.create_key()
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        httpx.AsyncClient(base_url=server.url, headers=headers, trust_env=False) as http,
        Client.open(server.url, key) as graphql,
    ):
        yield ApixoClient(server, http, graphql)
        server.upstream.may_respond.set()
        await server.wait_until_idle()


async def test_a_task_passes_through_its_states_as_published(client: ApixoClient) -> None:
    client.server.upstream.may_respond.clear()
    created = (await client.create(PUBLISHED)).json()
    task_id, now = created["data"]["taskId"], round(client.server.clock.now().timestamp() * 1000)
    pending = await client.read(task_id)
    client.server.upstream.may_respond.set()
    await client.server.wait_until_idle()
    await client.end(RUNNING)
    processing = await client.read(task_id)
    client.server.clock.move(2.5)
    await client.end(client.server.upstream.succeeded)
    success = await client.read(task_id)

    assert created == {"code": 200, "message": "success", "data": {"taskId": task_id}}
    assert pending == {"taskId": task_id, "state": "pending", "createTime": now}
    assert processing == {"taskId": task_id, "state": "processing", "createTime": now}
    assert list(success) == ["taskId", "state", "resultJson", "createTime", "completeTime", "costTime"]
    assert success["state"] == "success"
    [url] = json.loads(success["resultJson"])["resultUrls"]
    assert (await client.http.get(url)).headers["content-type"] == "image/png"
    assert (success["createTime"], success["costTime"]) == (now, 2500)
    assert success["completeTime"] == now + 2500


async def test_a_refused_prompt_is_a_failed_task(client: ApixoClient) -> None:
    task_id = await client.submit()
    await client.end(Snapshot(BackendState.FAILED, error=ContentViolation("No.")))

    failed = await client.read(task_id)
    assert list(failed) == ["taskId", "state", "failCode", "failMsg", "createTime", "completeTime"]
    assert (failed["state"], failed["failCode"]) == ("failed", "CONTENT_VIOLATION")
    assert await client.available() == 1000


@pytest.mark.parametrize("resolution", list(SIZES))
async def test_the_sizes_are_those_of_the_published_table(client: ApixoClient, resolution: str) -> None:
    for ratio, size in SIZES[resolution].items():
        response = await client.create({"input": {**INPUT, "resolution": resolution, "aspect_ratio": ratio}})

        made = await client.made(response)
        assert (made["options"]["width"], made["options"]["height"]) == size


@pytest.mark.parametrize(
    ("given", "size"),
    [({}, (2048, 2048)), ({"size": "4K"}, (4096, 4096)), ({"size": "2304*1728"}, (2304, 1728))],
)
async def test_a_size_may_be_left_out_or_given_in_pixels(
    client: ApixoClient, given: dict[str, str], size: tuple[int, int]
) -> None:
    made = await client.made(await client.create({"input": {**INPUT, **given}}))

    assert (made["options"]["width"], made["options"]["height"]) == size


async def test_a_series_is_billed_by_the_images_that_were_made(client: ApixoClient) -> None:
    series = {**INPUT, "max_images": 4, "sequential_image_generation": "auto"}
    response = await client.create({"input": series})
    await client.server.wait_until_idle()
    held = 1000 - await client.available()
    await client.end(pictures(client.server, 3))

    success, made = await client.read(response.json()["data"]["taskId"]), await client.made(response)
    assert len(json.loads(success["resultJson"])["resultUrls"]) == 3
    assert (made["options"]["sequential"], made["options"]["n"]) == (True, 4)
    assert 1000 - await client.available() == held * 3 // 4 == made["creditsCharged"]


async def test_14_references_are_taken_and_15_are_not(client: ApixoClient) -> None:
    edit = {**INPUT, "mode": "image-to-image"}

    taken = await client.create({"input": {**edit, "image_urls": [REFERENCE] * 14}})
    refused = await client.create({"input": {**edit, "image_urls": [REFERENCE] * 15}})

    assert taken.status_code == 200, taken.text
    assert refused.status_code == 400
    assert refused.json()["details"]["field"] == "input.image_urls"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Missing required field: input"),
        ({"input": {**INPUT, "prompt": None}}, "Missing required field: input.prompt"),
        ({"input": {**INPUT, "mode": "image-to-image"}}, "Missing required field: input.image_urls"),
        ({"request_type": "callback", "input": INPUT}, "Missing required field: callback_url"),
        ({"input": {**INPUT, "max_images": 11}}, "input.max_images"),
        ({"input": {**INPUT, "max_images": "1"}}, "input.max_images"),
        ({"input": {**INPUT, "max_images": 1e300}}, "input.max_images"),
        ({"input": {**INPUT, "resolution": "8K"}}, "input.resolution"),
        ({"input": {**INPUT, "aspect_ratio": "5:1"}}, "input.aspect_ratio"),
        ({"input": {**INPUT, "size": "huge"}}, "input.size"),
        ({"input": {**INPUT, "prompt": "x" * 5001}}, "input.prompt"),
        ({"input": {**INPUT, "colour": "red"}}, "input.colour"),
        ({"input": []}, "input"),
        ({"provider": "cheap", "input": INPUT}, "provider"),
        ({"request_type": "callback", "callback_url": "ftp://x", "input": INPUT}, "callback_url"),
        ({"input": {**INPUT, "mode": "image-to-image", "image_urls": ["nonsense"]}}, "input.image_urls.0"),
    ],
)
async def test_invalid_requests_name_the_field_and_leave_nothing(
    client: ApixoClient, body: dict[str, object], message: str
) -> None:
    response = await client.create(body)

    refused = response.json()
    assert (response.status_code, refused["code"], refused["message"]) == (400, 400, "Invalid request"), refused
    assert message in refused["data"]["error"] or message == refused["details"]["field"]
    assert await client.latest() is None
    assert await client.available() == 1000


@pytest.mark.parametrize(
    ("content", "status"), [(b"{", 400), (b"[]", 400), (b"\xff", 400), (b" " * 1_000_001, 413), (b"[" * 90_000, 400)]
)
async def test_a_body_that_is_no_object_is_refused(client: ApixoClient, content: bytes, status: int) -> None:
    response = await client.http.post(f"{GENERATE}/seedream-4-5", content=content)

    assert (response.status_code, response.json()["code"]) == (status, status)


async def test_refusals_have_the_published_codes(client: ApixoClient) -> None:
    model = await client.create(PUBLISHED, model="nothing")
    task = await client.status("gen_" + "0" * 26)
    no_id = await client.status("")
    task_id = await client.submit()
    of_another_model = await client.status(task_id, model="gpt-image-2")
    key = await client.http.get("/api/v1/apikeys/current-balance", headers={"Authorization": "Bearer nonsense"})
    poor = {"Authorization": f"Bearer {await client.server.create_key(credits=1)}"}
    credits = await client.create(PUBLISHED, **poor)

    assert [one.status_code for one in (model, task, no_id, of_another_model, key, credits)] == [
        404,
        404,
        400,
        404,
        401,
        400,
    ]
    assert model.json()["error_code"] == task.json()["error_code"] == "NOT_FOUND"
    assert key.json()["message"] == "Invalid or missing API key"
    assert "data" not in key.json()
    assert {name: credits.json()[name] for name in ("code", "message", "data")} == {
        "code": 400,
        "message": "Insufficient credits",
        "data": None,
    }
    assert credits.json()["error_code"] == "INSUFFICIENT_CREDITS"


async def test_a_limit_of_the_plan_is_429(client: ApixoClient) -> None:
    key = {"Authorization": f"Bearer {await client.server.create_key(plan=PlanName.FREE)}"}
    await client.create(PUBLISHED, **key)
    refused = await client.create(PUBLISHED, **key)

    assert (refused.status_code, refused.json()["code"]) == (429, 429)
    assert "retry-after" in refused.headers


async def test_the_balance_has_the_envelope(client: ApixoClient) -> None:
    response = await client.http.get("/api/v1/apikeys/current-balance")

    assert response.json() == {"code": 200, "message": "success", "data": {"balance": 1000, "held": 0}}


@pytest.mark.parametrize(
    ("provider", "backends"), [("value", ["fal"]), ("official", ["ark"]), ("auto", ["fal", "ark"])]
)
async def test_the_provider_selects_the_routes(client: ApixoClient, provider: str, backends: list[str]) -> None:
    task_id = await client.submit({"provider": provider, "input": INPUT})

    query = "query ($id: ID!) { generation(id: $id) { metadata { backend } } }"
    made = (await client.graphql.execute(query, {"id": task_id}))["generation"]
    assert made["metadata"]["backend"] == backends[0]


async def test_a_routing_without_a_route_is_refused(client: ApixoClient) -> None:
    series = {**INPUT, "max_images": 4, "sequential_image_generation": "auto"}
    refused = await client.create({"provider": "value", "input": series})

    assert (refused.status_code, refused.json()["error_code"]) == (503, "PROVIDER_UNAVAILABLE")


async def test_other_models_take_the_common_parameters(client: ApixoClient) -> None:
    common = {"prompt": "a fox", "aspect_ratio": "16:9", "resolution": "720p", "duration": 5, "sound": False}
    video = await client.made(await client.create({"input": common}, model="seedance-2-0"))
    image = await client.made(
        await client.create({"input": {"prompt": "a fox", "resolution": "2K"}}, model="nano-banana")
    )

    options = {"silent": True, "aspectRatio": "16:9", "resolution": "720p", "duration": 5}
    assert {name: video["options"][name] for name in options} == options
    assert (image["options"]["width"], image["options"]["height"]) == (2048, 2048)


@pytest.mark.parametrize(
    "value", [None, True, -1, 1e308, 2**63, "", "x" * 9000, "a\0b", "\ud800", [], [[]], {}, {"a": [None]}]
)
async def test_no_value_is_an_internal_error(client: ApixoClient, value: object) -> None:
    names = ["mode", "prompt", "image_urls", "aspect_ratio", "resolution", "duration", "sound", "seed", "quality"]
    for model in ("suno", "nano-banana", "seedream-4-5"):
        for name in [
            *names,
            "title",
            "style",
            "customMode",
            "instrumental",
            "output_format",
            "max_images",
            "extra",
            "x",
        ]:
            response = await client.http.post(
                f"{GENERATE}/{model}", content=json.dumps({"input": {"prompt": "a fox test:hang", name: value}})
            )
            assert response.status_code in (200, 400, 503), (model, name, response.text)
            assert response.status_code != 503 or model == "suno", response.text
    await client.server.wait_until_idle()


async def test_a_callback_has_the_status_as_its_body(client: ApixoClient, webhook_receiver: WebhookReceiver) -> None:
    webhook_receiver.status = 200
    task_id = await client.submit(
        {"request_type": "callback", "callback_url": webhook_receiver.url, "input": {**INPUT, "max_images": 2}}
    )
    await client.end(pictures(client.server, 2))

    headers, body = await webhook_receiver.next()
    delivery, status = await client.delivery(), (await client.status(task_id)).json()
    sent = json.loads(body)
    urls = [json.loads(one["data"].pop("resultJson"))["resultUrls"] for one in (sent, status)]
    assert sent == status
    assert [len(one) for one in urls] == [2, 2]
    assert (await client.http.get(urls[0][1])).status_code == 200
    assert "webhook-signature" in headers
    assert (delivery["status"], delivery["event"]) == ("DELIVERED", "GENERATION_COMPLETED")


async def test_a_callback_is_accepted_by_200_alone_and_retried_three_times(
    client: ApixoClient, webhook_receiver: WebhookReceiver
) -> None:
    webhook_receiver.status = 204
    await client.submit({"request_type": "callback", "callback_url": webhook_receiver.url, "input": INPUT})
    await client.end(Snapshot(BackendState.FAILED, error=ContentViolation("No.")))

    failed = json.loads((await webhook_receiver.next())[1])
    assert failed["data"]["failCode"] == "CONTENT_VIOLATION"
    for pause in (30, 120, 600):
        await client.delivery()
        client.server.clock.move(pause - 1)
        assert webhook_receiver.requests.empty()
        client.server.clock.move(1 + pause * 0.05)
        assert json.loads((await webhook_receiver.next())[1]) == failed
    async with asyncio.timeout(TIMEOUT):
        while (delivery := await client.delivery())["status"] == "PENDING":
            pass
    assert (delivery["status"], len(delivery["attempts"])) == ("FAILED", 4)


async def test_a_repeated_request_with_its_key_is_the_first_task(client: ApixoClient) -> None:
    key = {"Idempotency-Key": "wish-1"}
    first, again = await client.create(PUBLISHED, **key), await client.create(PUBLISHED, **key)
    other = await client.create({"input": {**INPUT, "prompt": "a cat"}}, **key)

    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert (other.status_code, other.json()["error_code"]) == (400, "IDEMPOTENCY_MISMATCH")
    assert client.server.clock.now() >= START
