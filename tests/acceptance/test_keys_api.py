"""API keys and client tokens over GraphQL and every transport."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError

from cli.client.graphql_client import Client
from tests.support.cli_process import run_cli
from tests.support.graphql_requests import PROTOCOL, KeyClient
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.anyio

CREATE = """mutation ($input: CreateKeyInput!) {
  createKey(input: $input) { secret key { id name hint testMode scopes expiresAt revokedAt lastUsedAt spendCap spent } }
}"""
REVOKE = "mutation ($id: ID!) { revokeKey(id: $id) }"
LIST = "{ account { keys(first: 100) { nodes { id testMode revokedAt } pageInfo { hasNextPage } } } }"
TOKEN = "mutation ($input: ClientTokenInput) { createClientToken(input: $input) { token expiresAt scopes } }"
FOLLOW = "subscription ($id: ID!) { generationUpdated(id: $id) { status } }"
READ = "query ($id: ID!) { generation(id: $id) { id } }"
ACCOUNT = "{ account { plan } }"
IMAGE = {
    "type": "IMAGE",
    "provider": "flux-pro",
    "input": {"text": "a fox"},
    "options": {"width": 256, "height": 256},
}


@pytest.fixture
async def http(server: ServerProcess) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=30) as opened:
        yield opened


@pytest.fixture
def owner(http: httpx.AsyncClient, server: ServerProcess) -> KeyClient:
    key = run_cli("keys", "create", "owner", "--credits", "1000", "--scopes", "keys", "read", "generate",
                  data_directory=server.data_directory)  # fmt: skip
    return KeyClient(http, key)


async def test_a_key_is_created_used_listed_and_revoked(owner: KeyClient, http: httpx.AsyncClient) -> None:
    made = (await owner.data(CREATE, input={"name": "worker", "scopes": ["READ"], "spendCap": 7}))["createKey"]
    worker = KeyClient(http, made["secret"])

    assert made["key"] | {"id": "", "hint": ""} == {
        "id": "", "name": "worker", "hint": "", "testMode": False, "scopes": ["READ"], "expiresAt": None,
        "revokedAt": None, "lastUsedAt": None, "spendCap": 7, "spent": 0,
    }  # fmt: skip
    assert made["secret"].startswith("sk_live_")
    assert made["secret"].endswith(made["key"]["hint"])
    assert (await worker.data(ACCOUNT))["account"]
    assert await worker.code(LIST) == "FORBIDDEN"
    assert await owner.data(REVOKE, id=made["key"]["id"]) == {"revokeKey": True}
    assert await worker.code(ACCOUNT) == "UNAUTHENTICATED"
    assert await owner.data(REVOKE, id=made["key"]["id"]) == {"revokeKey": True}
    listed = (await owner.data(LIST))["account"]["keys"]["nodes"]
    assert (listed[0]["id"], listed[0]["revokedAt"] is None) == (made["key"]["id"], False)
    assert len(listed) == 2


async def test_a_key_cannot_create_one_with_more_rights(owner: KeyClient, http: httpx.AsyncClient) -> None:
    for scope in ("ADMIN", "WEBHOOKS"):
        assert await owner.code(CREATE, input={"name": "more", "scopes": [scope]}) == "FORBIDDEN"
    test = (await owner.data(CREATE, input={"name": "test", "testMode": True, "scopes": ["KEYS"]}))["createKey"]
    capped = (await owner.data(CREATE, input={"name": "capped", "spendCap": 5, "scopes": ["KEYS"]}))["createKey"]

    tester = KeyClient(http, test["secret"])
    assert await tester.code(LIST) == "FORBIDDEN", "the account needs READ"
    assert await tester.code(CREATE, input={"name": "live", "scopes": ["KEYS"]}) == "FORBIDDEN"
    assert await tester.code(REVOKE, id=capped["key"]["id"]) == "NOT_FOUND"
    assert (
        await KeyClient(http, capped["secret"]).code(CREATE, input={"name": "free", "scopes": ["KEYS"]}) == "FORBIDDEN"
    )
    assert await owner.code(REVOKE, id="key_01h0000000000000000000000z") == "NOT_FOUND"


async def test_a_created_key_expires_no_later_than_its_creator(owner: KeyClient, http: httpx.AsyncClient) -> None:
    parent_expiry = "2098-01-01T00:00:00.000Z"
    created = await owner.data(CREATE, input={"name": "a", "scopes": ["KEYS"], "expiresAt": parent_expiry})
    creator = KeyClient(http, created["createKey"]["secret"])

    for later in (None, "2099-01-01T00:00:00Z"):
        made = await creator.data(CREATE, input={"name": "b", "scopes": ["KEYS"], "expiresAt": later})
        assert made["createKey"]["key"]["expiresAt"] == parent_expiry


@pytest.mark.parametrize("timestamp", ["yesterday", "9999-12-31T23:59:59-14:00", "2026-01-01T00:00:00+99:00", 12345])
async def test_an_invalid_timestamp_is_rejected_with_an_example(owner: KeyClient, timestamp: object) -> None:
    [error] = (await owner.ask(CREATE, input={"name": "a", "expiresAt": timestamp}))["errors"]

    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "such as 2026-01-31T12:00:00.000Z" in error["message"]


@pytest.mark.parametrize(
    ("input_", "field"),
    [
        ({"name": ""}, "input.name"),
        ({"name": "x" * 101}, "input.name"),
        ({"name": "x\u0000"}, "input.name"),
        ({"name": "x", "scopes": []}, "input.scopes"),
        ({"name": "x", "spendCap": -1}, "input.spendCap"),
        ({"name": "x", "expiresAt": "2020-01-01T00:00:00Z"}, "input.expiresAt"),
    ],
)
async def test_an_invalid_key_input_is_rejected_with_its_field(
    owner: KeyClient, input_: dict[str, object], field: str
) -> None:
    [error] = (await owner.ask(CREATE, input=input_))["errors"]

    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("INVALID_INPUT", field)


async def test_a_token_works_over_every_transport(
    client: Client, server: ServerProcess, http: httpx.AsyncClient
) -> None:
    accepted = await client.generate(**IMAGE)
    made = await client.execute(TOKEN, {"input": {"generationId": accepted["id"], "ttl": 60}})
    token = made["createClientToken"]["token"]
    assert made["createClientToken"]["scopes"] == ["READ"]

    assert (await KeyClient(http, token).data(READ, id=accepted["id"]))["generation"]["id"] == accepted["id"]
    for accept in ("text/event-stream", "multipart/mixed;subscriptionSpec=1.0"):
        body = {"query": FOLLOW, "variables": {"id": accepted["id"]}}
        headers = {"authorization": f"Bearer {token}", "accept": accept}
        assert '"COMPLETED"' in (await http.post("/graphql", json=body, headers=headers)).text
    assert await message_types(server.url, token, accepted["id"]) == ["next", "complete"]


async def message_types(url: str, key: str, generation_id: str) -> list[str]:
    """Return the types of the messages that a WebSocket gets for an ended generation."""
    endpoint = url.replace("http", "ws", 1) + "/graphql"
    types = []
    async with connect(endpoint, subprotocols=[PROTOCOL], proxy=None) as socket:  # type: ignore[list-item]
        await socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {key}"}}))
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        payload = {"query": FOLLOW, "variables": {"id": generation_id}}
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
        async for message in socket:
            types.append(json.loads(message)["type"])
            if types[-1] in ("error", "complete"):
                break
    return types


async def test_a_browser_of_an_allowed_origin_may_send_requests(http: httpx.AsyncClient) -> None:
    preflight = {
        "origin": "https://shop.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type,idempotency-key",
    }

    allowed = await http.options("/graphql", headers=preflight)

    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] in ("*", "https://shop.example")
    assert "authorization" in allowed.headers["access-control-allow-headers"].lower()


async def test_the_cli_creates_a_key_with_a_spend_cap_and_lists_its_use(tmp_path: Path) -> None:
    key = run_cli("keys", "create", "shop", "--spend-cap", "40", "--test", data_directory=tmp_path)
    listed = run_cli("keys", "list", data_directory=tmp_path)

    assert key.startswith("sk_test_")
    assert "never used  0 credits available, 0 held  0 of 40 credits of its cap spent  shop" in listed


async def test_an_invalid_token_closes_the_websocket(server: ServerProcess) -> None:
    with pytest.raises(ConnectionClosedError, match="4403"):
        await message_types(server.url, "ct_test_" + "0" * 38, "gen_x")
