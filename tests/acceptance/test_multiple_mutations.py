"""Documents with several generations: accepted ones are reported, and an idempotency key applies to one."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.support.cli_process import run_cli
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.anyio

IMAGE = (
    '{ type: IMAGE, provider: "flux-pro", input: { text: "a fox test:hang" }, options: { width: 256, height: 256 } }'
)
ALIASED = f"mutation {{ a: generate(input: {IMAGE}) {{ id }} b: generate(input: {IMAGE}) {{ id }} }}"
IN_FRAGMENTS = (
    f"mutation {{ ... {{ a: generate(input: {IMAGE}) {{ id }} }} ...B }} "
    'fragment B on Mutation { b: retryGeneration(id: "gen_1") { id } }'
)
DOCUMENTS = [ALIASED, IN_FRAGMENTS]


@pytest.fixture
async def free_client(server: ServerProcess) -> AsyncIterator[httpx.AsyncClient]:
    """A client on the free plan, which runs one generation at a time."""
    key = run_cli("keys", "create", "free", "--plan", "free", "--credits", "100", "--test",
                  data_directory=server.data_directory)  # fmt: skip
    headers = {"x-api-key": key}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, trust_env=False, timeout=30) as http:
        yield http


async def execute(http: httpx.AsyncClient, query: str, **headers: str) -> tuple[httpx.Response, Any]:
    response = await http.post("/graphql", json={"query": query}, headers=headers)
    return response, response.json()


async def test_an_error_lists_the_generations_accepted_before_it(free_client: httpx.AsyncClient) -> None:
    response, body = await execute(free_client, ALIASED)
    [error] = body["errors"]
    [running] = (await execute(free_client, "{ generations { nodes { id } } }"))[1]["data"]["generations"]["nodes"]

    assert body["data"] is None
    assert error["extensions"]["code"] == "RATE_LIMIT"
    assert error["extensions"]["accepted"] == [running["id"]]
    assert error["extensions"]["retryable"] is False
    assert response.status_code == 200
    assert "retry-after" not in response.headers


@pytest.mark.parametrize("query", DOCUMENTS)
async def test_one_idempotency_key_for_several_generations_is_rejected(
    free_client: httpx.AsyncClient, query: str
) -> None:
    response, body = await execute(free_client, query, **{"idempotency-key": "one"})

    assert response.status_code == 400
    assert "pass a separate `idempotencyKey` to each" in body["errors"][0]["message"]
    assert (await execute(free_client, "{ generations { nodes { id } } }"))[1]["data"]["generations"]["nodes"] == []


async def test_a_merged_field_is_one_generation_and_accepts_the_header(free_client: httpx.AsyncClient) -> None:
    same = f"mutation {{ generate(input: {IMAGE}) {{ id }} generate(input: {IMAGE}) {{ status }} }}"
    _, body = await execute(free_client, same, **{"idempotency-key": "one"})

    assert body["data"]["generate"]["status"] == "PROCESSING"
