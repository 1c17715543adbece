"""The API of APIXO over real sockets, field by field; the clock stands still unless a test moves it."""

import json
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from accounts.principal import Scope
from dialects.apixo_inputs.seedream import SIZES
from kit.errors import ContentViolation, DoitongError, GenerationFailed, ProviderUnavailable
from providers.backend import BackendState, Output, Snapshot
from tests.support import sample_files
from tests.support.apixo_client import INPUT, PUBLISHED, ApixoClient, open_apixo_client
from tests.support.ledger_invariants import check_ledger
from tests.support.manual_clock import START
from tests.support.server_harness import ServerHarness, open_server_harness
from tests.support.webhook_receivers import WebhookReceiver

pytestmark = pytest.mark.anyio

CANCEL = "mutation ($id: ID!) { cancelGeneration(id: $id) }"
RUNNING = Snapshot(BackendState.RUNNING, progress=40)
REFERENCE = f"data:image/png;base64,{b64encode(sample_files.picture_bytes()).decode()}"


def pictures(server: ServerHarness, count: int) -> Snapshot:
    output = Output(media_type="image/png", url=f"{server.upstream.url}/files/picture.png")
    return replace(server.upstream.succeeded, outputs=(output,) * count)


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerHarness]:
    directory = tmp_path_factory.mktemp("apixo") / "data"
    async with open_server_harness(directory, backends=("fal", "ark", "kie")) as server:
        yield server
        await server.application.runtime.services.database.read(check_ledger)


@pytest.fixture
async def client(server: ServerHarness) -> AsyncIterator[ApixoClient]:
    async with open_apixo_client(server) as client:
        yield client


async def test_a_task_passes_through_its_states_as_published(client: ApixoClient) -> None:
    created = (await client.create(PUBLISHED)).json()
    task_id, now = created["data"]["taskId"], round(client.server.clock.now().timestamp() * 1000)
    await client.server.wait_until_idle()
    await client.end(RUNNING)
    processing = await client.read(task_id)
    client.server.clock.move(2.5)
    await client.end(client.server.upstream.succeeded)
    success = await client.read(task_id)

    assert created == {"code": 200, "message": "success", "data": {"taskId": task_id}}
    assert processing == {"taskId": task_id, "state": "processing", "createTime": now}
    assert list(success) == ["taskId", "state", "resultJson", "createTime", "completeTime", "costTime"]
    assert success["state"] == "success"
    [url] = json.loads(success["resultJson"])["resultUrls"]
    assert (await client.http.get(url)).headers["content-type"] == "image/png"
    assert (success["createTime"], success["costTime"]) == (now, 2500)
    assert success["completeTime"] == now + 2500


async def test_a_task_that_has_not_started_is_pending(client: ApixoClient) -> None:
    key = await client.server.create_key(test_mode=True)
    async with httpx.AsyncClient(base_url=client.server.url, headers={"X-API-Key": key}, trust_env=False) as http:
        tester = replace(client, http=http)
        hanging = (await tester.create({"input": {**INPUT, "prompt": "a fox test:hang"}})).json()["data"]["taskId"]
        edit = {**INPUT, "mode": "image-to-image", "image_urls": [hanging]}
        waiting = (await tester.create({"input": edit})).json()["data"]["taskId"]
        pending = await tester.read(waiting)
        for task_id in (waiting, hanging):
            await http.post("/graphql", json={"query": CANCEL, "variables": {"id": task_id}})

    now = round(client.server.clock.now().timestamp() * 1000)
    assert pending == {"taskId": waiting, "state": "pending", "createTime": now}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ContentViolation("No."), "CONTENT_VIOLATION"),
        (GenerationFailed("No."), "GENERATION_FAILED"),
        (ProviderUnavailable("No."), "MODEL_UNAVAILABLE"),
    ],
)
async def test_a_failed_task_says_why_and_costs_nothing(client: ApixoClient, error: DoitongError, code: str) -> None:
    task_id, now = await client.submit(), round(client.server.clock.now().timestamp() * 1000)
    client.server.clock.move(2)
    await client.end(Snapshot(BackendState.FAILED, error=error))

    failed = await client.read(task_id)
    ended = {"failCode": code, "failMsg": "No.", "createTime": now, "completeTime": now + 2000}
    assert failed == {"taskId": task_id, "state": "failed", **ended}
    assert await client.available() == 1000


async def test_an_image_that_cannot_be_downloaded_fails_the_task(client: ApixoClient) -> None:
    edit = {**INPUT, "mode": "image-to-image", "image_urls": ["http://127.0.0.1:9/a.png"]}
    failed = await client.read(await client.submit({"input": edit}))

    assert (failed["state"], failed["failCode"]) == ("failed", "INVALID_IMAGE_URL")
    assert await client.available() == 1000


async def test_a_cancelled_task_is_failed(client: ApixoClient) -> None:
    task_id = await client.submit()
    await client.graphql.execute(CANCEL, {"id": task_id})
    failed = await client.read(task_id)

    assert (failed["state"], failed["failCode"], failed["failMsg"]) == (
        "failed",
        "CANCELLED",
        "The task was cancelled.",
    )


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
    ("model", "provider"), [("vidu-q3", "vidu"), ("nano-banana", "nano-banana-2"), ("veo-3-1", "veo3")]
)
async def test_a_published_model_is_a_provider_of_ours(client: ApixoClient, model: str, provider: str) -> None:
    key = {"Authorization": f"Bearer {await client.server.create_key(test_mode=True)}"}
    made = await client.create({"provider": None, "input": {"prompt": "a fox test:fail"}}, model=model, **key)

    query, variables = "query ($id: ID!) { generation(id: $id) { provider } }", {"id": made.json()["data"]["taskId"]}
    body = {"query": query, "variables": variables}
    found = await client.http.post("/graphql", json=body, headers=key)
    assert found.json()["data"]["generation"]["provider"] == provider


async def test_the_cover_of_a_song_is_no_result(client: ApixoClient, webhook_receiver: WebhookReceiver) -> None:
    webhook_receiver.status = 200
    body = {"request_type": "callback", "callback_url": webhook_receiver.url, "input": {"prompt": "a song"}}
    created = await client.create(body, model="suno")
    await client.server.wait_until_idle()
    files = f"{client.server.upstream.url}/files"
    song, cover = Output("audio/mpeg", url=f"{files}/song.mp3"), Output("image/png", url=f"{files}/a.png", role="cover")
    await client.end(replace(client.server.upstream.succeeded, outputs=(song, cover)))
    _, called = await webhook_receiver.next()
    status = await client.status(created.json()["data"]["taskId"], model="suno")

    for answer in (json.loads(called), status.json()):
        [url] = json.loads(answer["data"]["resultJson"])["resultUrls"]
        assert ".mp3" in url


async def test_a_key_that_may_not_read_sees_no_balance(client: ApixoClient) -> None:
    key = await client.server.create_key(scopes=(Scope.GENERATE,))
    refused = await client.http.get("/api/v1/apikeys/current-balance", headers={"Authorization": f"Bearer {key}"})

    assert (refused.status_code, refused.json()["code"], refused.json()["error_code"]) == (403, 403, "FORBIDDEN")


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


async def test_a_repeated_request_with_its_key_is_the_first_task(client: ApixoClient) -> None:
    key = {"Idempotency-Key": "wish-1"}
    first, again = await client.create(PUBLISHED, **key), await client.create(PUBLISHED, **key)
    other = await client.create({"input": {**INPUT, "prompt": "a cat"}}, **key)

    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert (other.status_code, other.json()["error_code"]) == (400, "IDEMPOTENCY_MISMATCH")
    assert client.server.clock.now() >= START
