"""What belongs to another account is answered exactly as what was never there."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from websockets.asyncio.client import connect

from cli.client.graphql_client import Client
from tests.acceptance.server_process import ServerProcess
from tests.faults.test_keys_stay_secret import PROTOCOL, doitong

pytestmark = pytest.mark.anyio

UNKNOWN = "gen_01h0000000000000000000000z"
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
    """Generations of somebody else, by how they stand."""
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
def stranger_key(server: ServerProcess) -> str:
    return doitong(
        "keys", "create", "stranger", "--test", "--credits", "1000", "--plan", "enterprise",
        data_directory=server.data_directory,
    )  # fmt: skip


@pytest.fixture
async def stranger(server: ServerProcess, stranger_key: str) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {stranger_key}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, trust_env=False, timeout=30) as http:
        yield http


async def test_reads_cancels_and_retries_tell_a_stranger_nothing(
    theirs: dict[str, str], stranger: httpx.AsyncClient
) -> None:
    for operation in OPERATIONS.values():
        nothing = await answer(stranger, operation, UNKNOWN)
        for generation_id in theirs.values():
            assert await answer(stranger, operation, generation_id) == nothing


async def test_subscriptions_tell_a_stranger_nothing(
    theirs: dict[str, str], stranger: httpx.AsyncClient, server: ServerProcess, stranger_key: str
) -> None:
    events = await answer(stranger, FOLLOW, UNKNOWN, accept="text/event-stream")
    messages = await socket_answer(server.url, stranger_key, UNKNOWN)
    for generation_id in theirs.values():
        assert await answer(stranger, FOLLOW, generation_id, accept="text/event-stream") == events
        assert await socket_answer(server.url, stranger_key, generation_id) == messages


async def test_an_input_from_anothers_generation_is_refused_as_one_that_was_never_there(
    theirs: dict[str, str], stranger: httpx.AsyncClient
) -> None:
    nothing = await answer(stranger, ANIMATE, UNKNOWN)

    assert (nothing[0], "INVALID_INPUT" in nothing[2]) == (400, True)
    for generation_id in theirs.values():
        assert await answer(stranger, ANIMATE, generation_id) == nothing


async def test_a_list_of_a_stranger_has_nothing_of_theirs(theirs: dict[str, str], stranger: httpx.AsyncClient) -> None:
    query = (
        "{ generations(first: 100) { nodes { id } } account { transactions(first: 100) { nodes { generationId } } } }"
    )
    body = (await stranger.post("/graphql", json={"query": query})).text

    assert [generation_id for generation_id in theirs.values() if generation_id in body] == []


async def test_the_owner_is_still_told_everything(theirs: dict[str, str], client: Client) -> None:
    states = {
        name: (await client.execute(OPERATIONS["read"], {"id": generation_id}))["generation"]["status"]
        for name, generation_id in theirs.items()
    }

    assert states == {"running": "PROCESSING", "failed": "FAILED", "completed": "COMPLETED"}


async def answer(
    http: httpx.AsyncClient, query: str, generation_id: str, *, accept: str = "application/json"
) -> tuple[int, set[str], str]:
    """Status, names of the headers and the whole body, with the id struck out."""
    body = {"query": query, "variables": {"id": generation_id}}
    response = await http.post("/graphql", json=body, headers={"accept": accept})
    return response.status_code, set(response.headers) - {"content-length"}, anonymous(response.text, generation_id)


async def socket_answer(url: str, key: str, generation_id: str) -> list[str]:
    """Every message of a subscription up to its end, with the id struck out."""
    address = url.replace("http", "ws", 1) + "/graphql"
    seen: list[str] = []
    async with connect(address, subprotocols=[PROTOCOL], proxy=None) as socket:  # type: ignore[list-item]
        await socket.send(json.dumps({"type": "connection_init", "payload": {"X-API-Key": key}}))
        payload = {"query": FOLLOW, "variables": {"id": generation_id}}
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
        async for message in socket:
            seen.append(anonymous(str(message), generation_id))
            if json.loads(message)["type"] in ("error", "complete"):
                break
    return seen


def anonymous(text: str, generation_id: str) -> str:
    return text.replace(generation_id, "ID")
