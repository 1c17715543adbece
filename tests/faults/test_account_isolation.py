"""Resources of another account get the same responses as resources that do not exist."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from websockets.asyncio.client import connect

from cli.client.graphql_client import Client
from tests.support.cli_process import run_cli
from tests.support.graphql_requests import PROTOCOL
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.anyio

UNKNOWN_ID = "gen_01h0000000000000000000000z"
FIELDS = "id status input error { message } outputs { url }"
OPERATIONS = {
    "read": f"query ($id: ID!) {{ generation(id: $id) {{ {FIELDS} }} }}",
    "node": "query ($id: ID!) { node(id: $id) { id ... on Generation { status } } }",
    "cancel": "mutation ($id: ID!) { cancelGeneration(id: $id) }",
    "delete": "mutation ($id: ID!) { deleteGeneration(id: $id) }",
    "retry": f"mutation ($id: ID!) {{ retryGeneration(id: $id) {{ {FIELDS} }} }}",
    "leaf error": "query ($id: ID!) { generation(id: $id) { id status error metadata } }",
    "together": "query ($id: ID!) { generation(id: $id) { id } other: node(id: $id) { id } account { plan } }",
}
ANIMATE = """mutation ($id: String!) {
  generate(input: { type: VIDEO, provider: "kling", input: { text: "it turns round", image: $id } }) { id }
}"""
FOLLOW = f"subscription ($id: ID!) {{ generationUpdated(id: $id) {{ {FIELDS} }} }}"


@pytest.fixture
async def theirs(client: Client) -> dict[str, str]:
    """Generations of another account by status."""
    running = await client.generate(type="IMAGE", provider="flux-pro", input={"text": "a fox test:hang"})
    failed = await client.generate(type="IMAGE", provider="flux-pro", input={"text": "a fox test:fail"})
    completed = await client.generate(
        type="IMAGE", provider="flux-pro", input={"text": "a fox"}, options={"width": 256, "height": 256}
    )
    for generation in (failed, completed):
        async for _ in client.follow(generation["id"]):
            pass
    return {"running": running["id"], "failed": failed["id"], "completed": completed["id"]}


@pytest.fixture(scope="module")
def other_key(server: ServerProcess) -> str:
    return run_cli(
        "keys", "create", "stranger", "--test", "--credits", "1000", "--plan", "enterprise",
        data_directory=server.data_directory,
    )  # fmt: skip


@pytest.fixture
async def other_account(server: ServerProcess, other_key: str) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {other_key}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, trust_env=False, timeout=30) as http:
        yield http


async def test_queries_and_mutations_reveal_nothing_to_another_account(
    theirs: dict[str, str], other_account: httpx.AsyncClient
) -> None:
    for operation in OPERATIONS.values():
        nothing = await request_anonymized(other_account, operation, UNKNOWN_ID)
        for generation_id in theirs.values():
            assert await request_anonymized(other_account, operation, generation_id) == nothing


async def test_subscriptions_reveal_nothing_to_another_account(
    theirs: dict[str, str], other_account: httpx.AsyncClient, server: ServerProcess, other_key: str
) -> None:
    events = await request_anonymized(other_account, FOLLOW, UNKNOWN_ID, accept="text/event-stream")
    messages = await subscribe_anonymized(server.url, other_key, UNKNOWN_ID)
    for generation_id in theirs.values():
        assert await request_anonymized(other_account, FOLLOW, generation_id, accept="text/event-stream") == events
        assert await subscribe_anonymized(server.url, other_key, generation_id) == messages


async def test_an_input_from_a_generation_of_another_account_is_rejected_as_unknown(
    theirs: dict[str, str], other_account: httpx.AsyncClient
) -> None:
    nothing = await request_anonymized(other_account, ANIMATE, UNKNOWN_ID)

    assert (nothing[0], "INVALID_INPUT" in nothing[2]) == (400, True)
    for generation_id in theirs.values():
        assert await request_anonymized(other_account, ANIMATE, generation_id) == nothing


async def test_lists_have_no_generations_of_another_account(
    theirs: dict[str, str], other_account: httpx.AsyncClient
) -> None:
    query = (
        "{ generations(first: 100) { nodes { id } } account { transactions(first: 100) { nodes { generationId } } } }"
    )
    body = (await other_account.post("/graphql", json={"query": query})).text

    assert [generation_id for generation_id in theirs.values() if generation_id in body] == []


async def test_the_owner_sees_the_generations(theirs: dict[str, str], client: Client) -> None:
    states = {
        name: (await client.execute(OPERATIONS["read"], {"id": generation_id}))["generation"]["status"]
        for name, generation_id in theirs.items()
    }

    assert states == {"running": "PROCESSING", "failed": "FAILED", "completed": "COMPLETED"}


async def request_anonymized(
    http: httpx.AsyncClient, query: str, generation_id: str, *, accept: str = "application/json"
) -> tuple[int, set[str], str]:
    """Return the status, the header names and the body, with the generation ID replaced."""
    body = {"query": query, "variables": {"id": generation_id}}
    response = await http.post("/graphql", json=body, headers={"accept": accept})
    return response.status_code, set(response.headers) - {"content-length"}, anonymize(response.text, generation_id)


async def subscribe_anonymized(url: str, key: str, generation_id: str) -> list[str]:
    """Return all messages of a subscription, with the generation ID replaced."""
    address = url.replace("http", "ws", 1) + "/graphql"
    seen: list[str] = []
    async with connect(address, subprotocols=[PROTOCOL], proxy=None) as socket:  # type: ignore[list-item]
        await socket.send(json.dumps({"type": "connection_init", "payload": {"X-API-Key": key}}))
        payload = {"query": FOLLOW, "variables": {"id": generation_id}}
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
        async for message in socket:
            seen.append(anonymize(str(message), generation_id))
            if json.loads(message)["type"] in ("error", "complete"):
                break
    return seen


def anonymize(text: str, generation_id: str) -> str:
    return text.replace(generation_id, "ID")
