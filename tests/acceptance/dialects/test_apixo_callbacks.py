"""Tasks of APIXO in callback mode: what the callback URL receives, and when it receives it again."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import httpx
import pytest

from cli.client.graphql_client import Client
from kit.errors import GenerationFailed
from kit.webhook_signature import sign
from providers.backend import BackendState, Output, Snapshot
from tests.support.asgi_server import free_socket, running_server
from tests.support.server_harness import TIMEOUT, ServerHarness, open_server_harness
from tests.support.webhook_receivers import ReceivedWebhook, WebhookReceivers

pytestmark = pytest.mark.anyio

MODEL = "seedream-4-5"
FAILED = Snapshot(BackendState.FAILED, error=GenerationFailed("No."))
DELIVERIES = """{ account { webhookDeliveries(first: 10) {
  nodes { id status event generationId endpointId url reason nextAttemptAt body attempts { number status } }
} } }"""
REPLAY = "mutation ($id: ID!) { replayWebhook(id: $id) { status } }"
SECRET = "{ account { webhookSecret } }"


@dataclass(frozen=True, slots=True)
class CallbackClient:
    """Sends tasks whose callbacks go to `receivers`."""

    server: ServerHarness
    http: httpx.AsyncClient
    graphql: Client
    receivers: WebhookReceivers

    async def submit(self, path: str, **fields: Any) -> str:
        """Return the id of a task whose callback URL has this path."""
        given = {"mode": "text-to-image", "prompt": "a fox", "max_images": 1, **fields}
        body = {"request_type": "callback", "callback_url": f"{self.receivers.url}{path}", "input": given}
        response = await self.http.post(f"/api/v1/generateTask/{MODEL}", json=body)
        assert response.status_code == 200, response.text
        await self.server.wait_until_idle()
        return str(response.json()["data"]["taskId"])

    async def end(self, snapshot: Snapshot) -> None:
        """Let the upstream report the end of the task submitted last."""
        assert await self.server.upstream.call(snapshot) == 200
        await self.server.wait_until_idle()

    async def status(self, task_id: str) -> dict[str, Any]:
        response = await self.http.get(f"/api/v1/statusTask/{MODEL}", params={"taskId": task_id})
        body: dict[str, Any] = response.json()
        return body

    async def received(self, path: str, count: int = 1) -> list[ReceivedWebhook]:
        """Wait until the path has received that many callbacks, and return them."""
        async with asyncio.timeout(TIMEOUT):
            return list(await self.receivers.count(path, count))

    async def delivery(self, *, attempts: int) -> dict[str, Any]:
        """Return the only delivery once that many attempts are recorded."""
        async with asyncio.timeout(TIMEOUT):
            while True:
                [delivery] = (await self.graphql.execute(DELIVERIES))["account"]["webhookDeliveries"]["nodes"]
                if len(delivery["attempts"]) >= attempts:
                    found: dict[str, Any] = delivery
                    return found


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerHarness]:
    async with open_server_harness(tmp_path_factory.mktemp("callbacks") / "data", backends=("fal", "apixo")) as server:
        yield server


@pytest.fixture
async def client(server: ServerHarness) -> AsyncIterator[CallbackClient]:
    key = await server.create_key()
    bound, url = free_socket()
    receivers = WebhookReceivers(url, server.clock.now)
    async with (
        running_server(receivers.asgi(), bound),
        httpx.AsyncClient(base_url=server.url, headers={"X-API-Key": key}, trust_env=False) as http,
        Client.open(server.url, key) as graphql,
    ):
        yield CallbackClient(server, http, graphql, receivers)


def picture(server: ServerHarness, count: int) -> Snapshot:
    urls = [f"{server.upstream.url}/files/image-{number}.png" for number in range(count)]
    return replace(server.upstream.succeeded, outputs=tuple(Output("image/png", url=url) for url in urls))


@pytest.mark.parametrize("count", [1, 3])
async def test_the_callback_is_the_status_of_the_task(client: CallbackClient, count: int) -> None:
    task_id = await client.submit("/status/200", max_images=count)
    client.server.clock.move(12.345)
    await client.end(picture(client.server, count))

    [call] = await client.received("/status/200")
    body, status = json.loads(call.body), await client.status(task_id)
    urls = json.loads(body["data"].pop("resultJson"))["resultUrls"]
    expected = json.loads(status["data"].pop("resultJson"))["resultUrls"]
    assert body == status
    assert list(body) == ["code", "message", "data"]
    assert list(body["data"]) == ["taskId", "state", "createTime", "completeTime", "costTime"]
    assert len(urls) == count
    assert [url.partition("?")[0] for url in urls] == [url.partition("?")[0] for url in expected]
    for url in urls:
        assert (await client.http.get(url)).headers["content-type"] == "image/png"
    assert (await client.delivery(attempts=1))["status"] == "DELIVERED"


async def test_the_callback_of_a_failed_task_says_why(client: CallbackClient) -> None:
    task_id = await client.submit("/status/200")
    await client.end(FAILED)

    [call] = await client.received("/status/200")
    body = json.loads(call.body)
    assert body == await client.status(task_id)
    assert (body["code"], body["data"]["state"], body["data"]["failCode"]) == (200, "failed", "GENERATION_FAILED")


async def test_the_callback_of_a_cancelled_task_is_a_failure(client: CallbackClient) -> None:
    task_id = await client.submit("/status/200")
    await client.graphql.execute("mutation ($id: ID!) { cancelGeneration(id: $id) }", {"id": task_id})

    [call] = await client.received("/status/200")
    assert json.loads(call.body) == await client.status(task_id)
    assert json.loads(call.body)["data"]["failCode"] == "CANCELLED"


async def test_a_callback_is_signed_as_every_webhook(client: CallbackClient) -> None:
    await client.submit("/status/200")
    await client.end(FAILED)

    [call] = await client.received("/status/200")
    secret = (await client.graphql.execute(SECRET))["account"]["webhookSecret"]
    timestamp = int(call.headers["webhook-timestamp"])
    expected = sign([secret], message_id=call.id, timestamp=timestamp, body=call.body)
    assert expected.items() <= call.headers.items()


@pytest.mark.parametrize("path", ["/status/500", "/status/204", "/status/410", "/redirect"])
async def test_a_callback_that_is_not_answered_with_200_is_sent_up_to_3_times_again(
    client: CallbackClient, path: str
) -> None:
    await client.submit(path)
    await client.end(FAILED)
    began = client.server.clock.now()
    pauses = []
    for attempt in range(1, 4):
        await client.received(path, attempt)
        due = (await client.delivery(attempts=attempt))["nextAttemptAt"]
        assert due is not None
        seconds = (datetime.fromisoformat(due) - client.server.clock.now()).total_seconds()
        pauses.append(seconds)
        client.server.clock.move(seconds + 0.001)
    calls = await client.received(path, 4)
    delivery = await client.delivery(attempts=4)

    assert calls[0].at == began
    for pause, wanted in zip(pauses, (30, 120, 600), strict=True):
        assert wanted <= pause <= wanted * 1.06
    assert len({call.id for call in calls}) == 1
    assert len({call.body for call in calls}) == 1
    assert (delivery["status"], delivery["nextAttemptAt"]) == ("FAILED", None)
    assert delivery["reason"] == "None of 4 attempts was accepted."


async def test_a_receiver_has_30_seconds_to_answer(client: CallbackClient) -> None:
    await client.submit("/hang")
    await client.end(FAILED)
    await client.received("/hang")
    client.server.clock.move(29.9)
    assert (await client.graphql.execute(DELIVERIES))["account"]["webhookDeliveries"]["nodes"][0]["attempts"] == []
    client.server.clock.move(0.1)

    delivery = await client.delivery(attempts=1)
    assert (delivery["status"], delivery["attempts"]) == ("PENDING", [{"number": 1, "status": None}])


async def test_a_delivery_is_listed_and_replayed_in_its_format(client: CallbackClient) -> None:
    task_id = await client.submit("/status/200")
    await client.end(picture(client.server, 1))
    await client.received("/status/200")
    delivery = await client.delivery(attempts=1)
    await client.graphql.execute(REPLAY, {"id": delivery["id"]})
    first, again = await client.received("/status/200", 2)

    assert (delivery["generationId"], delivery["endpointId"]) == (task_id, None)
    assert delivery["event"] == "GENERATION_COMPLETED"
    assert delivery["url"] == f"{client.receivers.url}/status/200"
    assert json.loads(first.body)["data"]["taskId"] == json.loads(again.body)["data"]["taskId"] == task_id


async def test_a_retried_task_has_the_same_callback(client: CallbackClient) -> None:
    task_id = await client.submit("/status/200")
    await client.end(FAILED)
    retry = "mutation ($id: ID!) { retryGeneration(id: $id) { id } }"
    again = (await client.graphql.execute(retry, {"id": task_id}))["retryGeneration"]["id"]
    await client.server.wait_until_idle()
    await client.end(FAILED)

    _, call = await client.received("/status/200", 2)
    assert json.loads(call.body)["data"]["taskId"] == again


async def test_endpoints_of_the_account_keep_their_own_format(client: CallbackClient) -> None:
    create = "mutation ($url: String!) { createWebhookEndpoint(input: {url: $url}) { id } }"
    await client.graphql.execute(create, {"url": f"{client.receivers.url}/endpoint"})
    task_id = await client.submit("/status/200")
    await client.end(FAILED)

    [own], [callback] = await client.received("/endpoint"), await client.received("/status/200")
    assert (json.loads(own.body)["id"], json.loads(own.body)["status"]) == (task_id, "failed")
    assert json.loads(callback.body)["data"]["taskId"] == task_id
