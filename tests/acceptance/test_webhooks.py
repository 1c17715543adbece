"""Webhooks of a server process, received by the programs in docs/webhooks.md and verified with the official package."""

import asyncio
import os
import time
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from cli.client.graphql_client import Client
from kit.webhook_signature import sign
from tests.support.asgi_server import free_port
from tests.support.cli_process import run_cli
from tests.support.client_programs import interpreter, make_workspace
from tests.support.docs_programs import RECEIVERS, programs
from tests.support.graphql_requests import KeyClient
from tests.support.server_process import ServerProcess
from tests.support.webhook_receivers import SECRET, TIMEOUT, WebhookReceiver

pytestmark = pytest.mark.anyio

SMALL = {"width": 256, "height": 256}
IMAGE = {"type": "IMAGE", "provider": "flux-pro", "input": {"text": "a fox"}, "options": SMALL}
CREATE = """mutation ($input: CreateWebhookEndpointInput!) {
  createWebhookEndpoint(input: $input) { id url secret events enabled description }
}"""
UPDATE = """mutation ($id: ID!, $input: UpdateWebhookEndpointInput!) {
  updateWebhookEndpoint(id: $id, input: $input) { id url events enabled disabledBecause }
}"""
DELETE = "mutation ($id: ID!) { deleteWebhookEndpoint(id: $id) }"
ROTATE = "mutation ($id: ID, $secret: String) { rotateWebhookSecret(id: $id, secret: $secret) { secret } }"
REPLAY = "mutation ($id: ID!) { replayWebhook(id: $id) { id status } }"
ENDPOINTS = "{ account { webhookEndpoints(first: 100) { nodes { id } } } }"
DELIVERIES = """query ($filter: WebhookDeliveryFilter) {
  account { webhookDeliveries(first: 100, filter: $filter) {
    nodes { id messageId event status reason url body generationId endpointId attempts { number status error answer } }
  } }
}"""
OWN_SECRET = "{ account { webhookSecret } }"
KEY = """mutation ($scopes: [Scope!]) {
  createKey(input: { name: "k", testMode: true, scopes: $scopes }) { secret }
}"""


@pytest.fixture
async def key_client(server: ServerProcess) -> AsyncIterator[KeyClient]:
    async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=30) as http:
        yield KeyClient(http, server.key)


async def attempted_delivery(key_client: KeyClient, **filters: Any) -> dict[str, Any]:
    """Wait until the only delivery that matches `filters` has been attempted, and return it."""
    async with asyncio.timeout(TIMEOUT):
        while True:
            account = (await key_client.data(DELIVERIES, filter=filters))["account"]
            (delivery,) = account["webhookDeliveries"]["nodes"]
            if delivery["attempts"]:
                return dict(delivery)


async def test_a_webhook_url_gets_events_signed_with_the_account_secret(
    client: Client, key_client: KeyClient, webhook_receiver: WebhookReceiver
) -> None:
    generation = await client.generate(**IMAGE, webhookUrl=webhook_receiver.url)
    event = await webhook_receiver.verified((await key_client.data(OWN_SECRET))["account"]["webhookSecret"])

    assert (event["type"], event["id"], event["status"]) == ("generation.completed", generation["id"], "completed")
    assert event["metadata"] == {"duration": None, "width": 256, "height": 256}
    async with httpx.AsyncClient(trust_env=False) as http:
        file = await http.get(event["url"])
    assert (file.status_code, file.headers["content-type"]) == (200, "image/png")
    delivery = await attempted_delivery(key_client, generationId=generation["id"])
    assert (delivery["status"], delivery["endpointId"], delivery["url"]) == ("DELIVERED", None, webhook_receiver.url)


@asynccontextmanager
async def running_receiver(name: str, directory: Path) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    """Run a receiver of docs/webhooks.md as a process; yield its URL and the process."""
    make_workspace(directory)
    for file, code in programs("webhooks").items():
        (directory / file).write_text(code)
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *interpreter(directory / name),
        name,
        cwd=directory,
        env={**os.environ, "PORT": str(port), "WEBHOOK_SECRET": SECRET},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(TIMEOUT):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    continue
                writer.close()
                break
        yield f"http://127.0.0.1:{port}/hook", process
    finally:
        process.kill()
        await process.communicate()


@pytest.mark.parametrize("receiver", sorted(RECEIVERS))
async def test_the_documented_receivers_accept_events_and_reject_forgeries(
    receiver: str, client: Client, key_client: KeyClient, tmp_path: Path
) -> None:
    async with running_receiver(receiver.removeprefix("webhooks/"), tmp_path) as (url, process):
        created = await key_client.data(CREATE, input={"url": url, "secret": SECRET})
        endpoint = created["createWebhookEndpoint"]
        generation = await client.generate(**IMAGE)
        assert process.stdout is not None
        async with asyncio.timeout(TIMEOUT):
            line = (await process.stdout.readline()).decode()
        assert line == f"generation.completed {generation['id']}\n"
        assert (await attempted_delivery(key_client, endpointId=endpoint["id"]))["attempts"][0]["status"] == 204
        await key_client.data(DELETE, id=endpoint["id"])

        now, body = int(time.time()), b'{"type":"generation.completed","id":"gen_1"}'
        other = "whsec_" + b64encode(b"another secret, 24 bytes").decode()
        good = sign([SECRET], message_id="msg_1", timestamp=now, body=body)
        old = sign([SECRET], message_id="msg_1", timestamp=now - 3600, body=body)
        wrong = sign([other], message_id="msg_1", timestamp=now, body=body)
        both = sign([SECRET, other], message_id="msg_2", timestamp=now, body=body)
        async with httpx.AsyncClient(trust_env=False) as http:
            statuses = [
                (await http.post(url, content=content, headers=headers)).status_code
                for headers, content in ((good, body), (both, body), (good, body + b" "), (wrong, body), (old, body))
            ]
        # X-Doitong-Signature covers the body only, so plain.js cannot reject an old message.
        assert statuses == [204, 204, 400, 400, 204 if receiver.endswith("plain.js") else 400]


async def test_an_endpoint_is_created_rotated_replayed_updated_and_deleted(
    key_client: KeyClient, client: Client, webhook_receiver: WebhookReceiver
) -> None:
    input_ = {"url": webhook_receiver.url, "events": ["GENERATION_FAILED"], "description": "mine"}
    endpoint = (await key_client.data(CREATE, input=input_))["createWebhookEndpoint"]
    assert endpoint["events"] == ["GENERATION_FAILED"]
    assert (endpoint["enabled"], endpoint["description"]) == (True, "mine")
    assert endpoint["id"] in {
        node["id"] for node in (await key_client.data(ENDPOINTS))["account"]["webhookEndpoints"]["nodes"]
    }

    failing = await client.generate(**{**IMAGE, "input": {"text": "a fox test:fail"}})
    event = await webhook_receiver.verified(endpoint["secret"])
    assert (event["id"], event["status"], event["error"]["code"]) == (failing["id"], "failed", "GENERATION_FAILED")

    rotated = (await key_client.data(ROTATE, id=endpoint["id"], secret=SECRET))["rotateWebhookSecret"]
    delivery = await attempted_delivery(key_client, endpointId=endpoint["id"])
    assert (await key_client.data(REPLAY, id=delivery["id"]))["replayWebhook"]["status"] == "PENDING"
    headers, body = await webhook_receiver.next()
    assert rotated["secret"] == SECRET
    assert headers["webhook-id"] == delivery["messageId"]
    for secret in (SECRET, endpoint["secret"]):
        Webhook(secret).verify(body, headers)

    changed = await key_client.data(UPDATE, id=endpoint["id"], input={"enabled": False})
    assert changed["updateWebhookEndpoint"]["disabledBecause"] == "Disabled by its owner."
    assert await key_client.code(REPLAY, id=delivery["id"]) == "INVALID_INPUT"
    assert (await key_client.data(DELETE, id=endpoint["id"]))["deleteWebhookEndpoint"] is True
    assert await key_client.code(DELETE, id=endpoint["id"]) == "NOT_FOUND"


@pytest.mark.parametrize(
    ("input_", "field"),
    [
        ({"url": "ftp://example.com/hook"}, "input.url"),
        ({"url": "https://10.0.0.1/hook"}, "input.url"),
        ({"url": "https://user:pw@example.com/hook"}, "input.url"),
        ({"url": "https://example.com/" + "a" * 5000}, "input.url"),
        ({"url": "https://example.com/hook", "events": []}, "input.events"),
        ({"url": "https://example.com/hook", "secret": "secret"}, "input.secret"),
        ({"url": "https://example.com/hook", "secret": "whsec_c2hvcnQ="}, "input.secret"),
        ({"url": "https://example.com/hook", "secret": "whsec_ü"}, "input.secret"),
        ({"url": "https://example.com/hook", "description": "d" * 201}, "input.description"),
        ({"url": "https://example.com/hook", "description": "\0"}, "input.description"),
    ],
)
async def test_an_invalid_endpoint_is_rejected_with_its_field(
    key_client: KeyClient, input_: dict[str, Any], field: str
) -> None:
    (error,) = (await key_client.ask(CREATE, input=input_))["errors"]
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("INVALID_INPUT", field)


async def test_a_filter_with_an_invalid_id_finds_nothing(key_client: KeyClient) -> None:
    for name in ("generationId", "endpointId"):
        found = await key_client.data(DELIVERIES, filter={name: "\0"})
        assert found["account"]["webhookDeliveries"]["nodes"] == []


async def test_the_number_of_endpoints_is_limited(key_client: KeyClient) -> None:
    endpoint_ids: list[str] = []
    while len(endpoint_ids) < 30:
        result = await key_client.ask(CREATE, input={"url": "https://example.com/hook"})
        if "errors" in result:
            break
        endpoint_ids.append(result["data"]["createWebhookEndpoint"]["id"])
    for endpoint_id in endpoint_ids:
        await key_client.data(DELETE, id=endpoint_id)
    assert "at most 20 endpoints" in result["errors"][0]["message"]
    assert len(endpoint_ids) <= 20


async def test_webhook_operations_need_the_webhooks_scope(key_client: KeyClient) -> None:
    key = (await key_client.data(KEY, scopes=["READ", "GENERATE"]))["createKey"]["secret"]
    reader = KeyClient(key_client.http, key)
    unknown = "whe_01kdvdna002t98086b3rm6tty2"
    for query, variables in (
        (CREATE, {"input": {"url": "https://example.com/hook"}}),
        (UPDATE, {"id": unknown, "input": {}}),
        (DELETE, {"id": unknown}),
        (ROTATE, {}),
        (REPLAY, {"id": unknown}),
        (ENDPOINTS, {}),
        (DELIVERIES, {}),
        (OWN_SECRET, {}),
        ("mutation { setCreditsLowAt(credits: 1) { lowAt } }", {}),
    ):
        assert await reader.code(query, **variables) == "FORBIDDEN", query


async def test_endpoints_of_another_account_are_not_found(
    key_client: KeyClient, server: ServerProcess, webhook_receiver: WebhookReceiver
) -> None:
    endpoint = (await key_client.data(CREATE, input={"url": webhook_receiver.url}))["createWebhookEndpoint"]
    stranger = KeyClient(
        key_client.http, run_cli("keys", "create", "stranger", "--test", data_directory=server.data_directory)
    )
    for query, variables in (
        (UPDATE, {"input": {"enabled": False}}),
        (DELETE, {}),
        (ROTATE, {}),
    ):
        theirs = (await stranger.ask(query, id=endpoint["id"], **variables))["errors"][0]
        unknown = (await stranger.ask(query, id="whe_01kdvdna002t98086b3rm6tty2", **variables))["errors"][0]
        assert theirs["extensions"] == unknown["extensions"]
        assert theirs["message"].replace(endpoint["id"], "") == unknown["message"].replace(
            "whe_01kdvdna002t98086b3rm6tty2", ""
        )
    assert (await stranger.data(DELIVERIES))["account"]["webhookDeliveries"]["nodes"] == []
    await key_client.data(DELETE, id=endpoint["id"])


async def test_the_cli_lists_and_replays_deliveries(
    client: Client, key_client: KeyClient, server: ServerProcess, webhook_receiver: WebhookReceiver
) -> None:
    generation = await client.generate(**IMAGE, webhookUrl=webhook_receiver.url)
    first, _ = await webhook_receiver.next()
    delivery = await attempted_delivery(key_client, generationId=generation["id"])
    listed = run_cli("webhooks", "list", "--status", "delivered", data_directory=server.data_directory)
    assert f"{delivery['id']}  generation.completed  {generation['id']}  {webhook_receiver.url}  delivered\n" in listed

    run_cli("webhooks", "replay", delivery["id"], data_directory=server.data_directory)
    second, _ = await webhook_receiver.next()
    assert first["webhook-id"] == second["webhook-id"]


async def test_a_failed_delivery_is_retried_after_a_crash(tmp_path: Path, webhook_receiver: WebhookReceiver) -> None:
    (tmp_path / "data").mkdir()
    webhook_receiver.status = 500
    with ServerProcess(tmp_path / "data") as process:
        async with Client.open(process.url, process.key) as client:
            await client.generate(**IMAGE, webhookUrl=webhook_receiver.url)
            first, _ = await webhook_receiver.next()
        process.kill()
    webhook_receiver.status = 204
    with ServerProcess(tmp_path / "data"):
        second, _ = await webhook_receiver.next()
    assert first["webhook-id"] == second["webhook-id"]
