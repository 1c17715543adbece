"""Webhooks as customers take them: from a real server, with the receivers of our page and the official packages."""

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
PICTURE = {"type": "IMAGE", "provider": "flux-pro", "input": {"text": "a fox"}, "options": SMALL}
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
async def asking(server: ServerProcess) -> AsyncIterator[KeyClient]:
    async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=30) as http:
        yield KeyClient(http, server.key)


async def delivered(asking: KeyClient, **filters: Any) -> dict[str, Any]:
    """The only delivery of these, once it has been attempted."""
    async with asyncio.timeout(TIMEOUT):
        while True:
            account = (await asking.data(DELIVERIES, filter=filters))["account"]
            (delivery,) = account["webhookDeliveries"]["nodes"]
            if delivery["attempts"]:
                return dict(delivery)


async def test_a_plain_address_is_told_with_the_accounts_own_secret(
    client: Client, asking: KeyClient, webhook_receiver: WebhookReceiver
) -> None:
    made = await client.generate(**PICTURE, webhookUrl=webhook_receiver.url)
    told = await webhook_receiver.verified((await asking.data(OWN_SECRET))["account"]["webhookSecret"])

    assert (told["type"], told["id"], told["status"]) == ("generation.completed", made["id"], "completed")
    assert told["metadata"] == {"duration": None, "width": 256, "height": 256}
    async with httpx.AsyncClient(trust_env=False) as http:
        file = await http.get(told["url"])
    assert (file.status_code, file.headers["content-type"]) == (200, "image/png")
    delivery = await delivered(asking, generationId=made["id"])
    assert (delivery["status"], delivery["endpointId"], delivery["url"]) == ("DELIVERED", None, webhook_receiver.url)


@asynccontextmanager
async def receiving(name: str, directory: Path) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    """A receiver of the page as a process, and its address."""
    make_workspace(directory)
    for file, code in programs("webhooks").items():
        (directory / file).write_text(code)
    number = free_port()
    process = await asyncio.create_subprocess_exec(
        *interpreter(directory / name),
        name,
        cwd=directory,
        env={**os.environ, "PORT": str(number), "WEBHOOK_SECRET": SECRET},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(TIMEOUT):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", number)
                except OSError:
                    continue
                writer.close()
                break
        yield f"http://127.0.0.1:{number}/hook", process
    finally:
        process.kill()
        await process.communicate()


@pytest.mark.parametrize("receiver", sorted(RECEIVERS))
async def test_the_receivers_of_the_page_take_ours_and_refuse_forgeries(
    receiver: str, client: Client, asking: KeyClient, tmp_path: Path
) -> None:
    async with receiving(receiver.removeprefix("webhooks/"), tmp_path) as (url, process):
        created = await asking.data(CREATE, input={"url": url, "secret": SECRET})
        endpoint = created["createWebhookEndpoint"]
        made = await client.generate(**PICTURE)
        assert process.stdout is not None
        async with asyncio.timeout(TIMEOUT):
            line = (await process.stdout.readline()).decode()
        assert line == f"generation.completed {made['id']}\n"
        assert (await delivered(asking, endpointId=endpoint["id"]))["attempts"][0]["status"] == 204
        await asking.data(DELETE, id=endpoint["id"])

        now, body = int(time.time()), b'{"type":"generation.completed","id":"gen_1"}'
        other = "whsec_" + b64encode(b"another secret, 24 bytes").decode()
        good = sign([SECRET], message_id="msg_1", timestamp=now, body=body)
        old = sign([SECRET], message_id="msg_1", timestamp=now - 3600, body=body)
        wrong = sign([other], message_id="msg_1", timestamp=now, body=body)
        both = sign([SECRET, other], message_id="msg_2", timestamp=now, body=body)
        async with httpx.AsyncClient(trust_env=False) as http:
            answers = [
                (await http.post(url, content=content, headers=headers)).status_code
                for headers, content in ((good, body), (both, body), (good, body + b" "), (wrong, body), (old, body))
            ]
        # The signature over the body alone has no time in it.
        assert answers == [204, 204, 400, 400, 204 if receiver.endswith("plain.js") else 400]


async def test_an_endpoint_lives_through_graphql(
    asking: KeyClient, client: Client, webhook_receiver: WebhookReceiver
) -> None:
    wanted = {"url": webhook_receiver.url, "events": ["GENERATION_FAILED"], "description": "mine"}
    endpoint = (await asking.data(CREATE, input=wanted))["createWebhookEndpoint"]
    assert endpoint["events"] == ["GENERATION_FAILED"]
    assert (endpoint["enabled"], endpoint["description"]) == (True, "mine")
    assert endpoint["id"] in {
        node["id"] for node in (await asking.data(ENDPOINTS))["account"]["webhookEndpoints"]["nodes"]
    }

    failing = await client.generate(**{**PICTURE, "input": {"text": "a fox test:fail"}})
    told = await webhook_receiver.verified(endpoint["secret"])
    assert (told["id"], told["status"], told["error"]["code"]) == (failing["id"], "failed", "GENERATION_FAILED")

    rotated = (await asking.data(ROTATE, id=endpoint["id"], secret=SECRET))["rotateWebhookSecret"]
    delivery = await delivered(asking, endpointId=endpoint["id"])
    assert (await asking.data(REPLAY, id=delivery["id"]))["replayWebhook"]["status"] == "PENDING"
    headers, body = await webhook_receiver.next()
    assert rotated["secret"] == SECRET
    assert headers["webhook-id"] == delivery["messageId"]
    for secret in (SECRET, endpoint["secret"]):
        Webhook(secret).verify(body, headers)

    changed = await asking.data(UPDATE, id=endpoint["id"], input={"enabled": False})
    assert changed["updateWebhookEndpoint"]["disabledBecause"] == "Disabled by its owner."
    assert await asking.code(REPLAY, id=delivery["id"]) == "INVALID_INPUT"
    assert (await asking.data(DELETE, id=endpoint["id"]))["deleteWebhookEndpoint"] is True
    assert await asking.code(DELETE, id=endpoint["id"]) == "NOT_FOUND"


@pytest.mark.parametrize(
    ("wanted", "field"),
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
async def test_an_endpoint_that_cannot_work_is_refused(asking: KeyClient, wanted: dict[str, Any], field: str) -> None:
    (error,) = (await asking.ask(CREATE, input=wanted))["errors"]
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("INVALID_INPUT", field)


async def test_a_filter_by_what_is_no_id_finds_nothing(asking: KeyClient) -> None:
    for name in ("generationId", "endpointId"):
        found = await asking.data(DELIVERIES, filter={name: "\0"})
        assert found["account"]["webhookDeliveries"]["nodes"] == []


async def test_there_is_a_most_of_endpoints(asking: KeyClient) -> None:
    made: list[str] = []
    while len(made) < 30:
        answer = await asking.ask(CREATE, input={"url": "https://example.com/hook"})
        if "errors" in answer:
            break
        made.append(answer["data"]["createWebhookEndpoint"]["id"])
    for endpoint_id in made:
        await asking.data(DELETE, id=endpoint_id)
    assert "at most 20 endpoints" in answer["errors"][0]["message"]
    assert len(made) <= 20


async def test_without_the_scope_nothing_of_webhooks_can_be_seen_or_done(asking: KeyClient) -> None:
    key = (await asking.data(KEY, scopes=["READ", "GENERATE"]))["createKey"]["secret"]
    reader = KeyClient(asking.http, key)
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


async def test_what_others_have_is_not_there(
    asking: KeyClient, server: ServerProcess, webhook_receiver: WebhookReceiver
) -> None:
    endpoint = (await asking.data(CREATE, input={"url": webhook_receiver.url}))["createWebhookEndpoint"]
    stranger = KeyClient(
        asking.http, run_cli("keys", "create", "stranger", "--test", data_directory=server.data_directory)
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
    await asking.data(DELETE, id=endpoint["id"])


async def test_the_command_line_lists_and_replays(
    client: Client, asking: KeyClient, server: ServerProcess, webhook_receiver: WebhookReceiver
) -> None:
    made = await client.generate(**PICTURE, webhookUrl=webhook_receiver.url)
    first, _ = await webhook_receiver.next()
    delivery = await delivered(asking, generationId=made["id"])
    listed = run_cli("webhooks", "list", "--status", "delivered", data_directory=server.data_directory)
    assert f"{delivery['id']}  generation.completed  {made['id']}  {webhook_receiver.url}  delivered\n" in listed

    run_cli("webhooks", "replay", delivery["id"], data_directory=server.data_directory)
    second, _ = await webhook_receiver.next()
    assert first["webhook-id"] == second["webhook-id"]


async def test_a_server_that_is_killed_between_two_attempts_makes_the_second(
    tmp_path: Path, webhook_receiver: WebhookReceiver
) -> None:
    (tmp_path / "data").mkdir()
    webhook_receiver.status = 500
    with ServerProcess(tmp_path / "data") as process:
        async with Client.open(process.url, process.key) as client:
            await client.generate(**PICTURE, webhookUrl=webhook_receiver.url)
            first, _ = await webhook_receiver.next()
        process.kill()
    webhook_receiver.status = 204
    with ServerProcess(tmp_path / "data"):
        second, _ = await webhook_receiver.next()
    assert first["webhook-id"] == second["webhook-id"]
