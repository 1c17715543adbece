"""Several generations of one document: what was bought is always told, and a key is for one of them."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.support.cli_process import run_cli
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.anyio

PICTURE = (
    '{ type: IMAGE, provider: "flux-pro", input: { text: "a fox test:hang" }, options: { width: 256, height: 256 } }'
)
TWO = f"mutation {{ a: generate(input: {PICTURE}) {{ id }} b: generate(input: {PICTURE}) {{ id }} }}"
HIDDEN = (
    f"mutation {{ ... {{ a: generate(input: {PICTURE}) {{ id }} }} ...B }} "
    'fragment B on Mutation { b: retryGeneration(id: "gen_1") { id } }'
)
SEVERAL = [TWO, HIDDEN]


@pytest.fixture
async def poor(server: ServerProcess) -> AsyncIterator[httpx.AsyncClient]:
    """On the free plan, which runs one generation at a time."""
    key = run_cli("keys", "create", "poor", "--plan", "free", "--credits", "100", "--test",
                  data_directory=server.data_directory)  # fmt: skip
    headers = {"x-api-key": key}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, trust_env=False, timeout=30) as http:
        yield http


async def answer(http: httpx.AsyncClient, query: str, **headers: str) -> tuple[httpx.Response, Any]:
    response = await http.post("/graphql", json={"query": query}, headers=headers)
    return response, response.json()


async def test_what_was_bought_before_a_refusal_is_told_with_it(poor: httpx.AsyncClient) -> None:
    response, body = await answer(poor, TWO)
    [error] = body["errors"]
    [running] = (await answer(poor, "{ generations { nodes { id } } }"))[1]["data"]["generations"]["nodes"]

    assert body["data"] is None
    assert error["extensions"]["code"] == "RATE_LIMIT"
    assert error["extensions"]["accepted"] == [running["id"]]
    assert error["extensions"]["retryable"] is False
    assert response.status_code == 200
    assert "retry-after" not in response.headers


@pytest.mark.parametrize("query", SEVERAL)
async def test_one_key_in_the_header_is_not_for_several(poor: httpx.AsyncClient, query: str) -> None:
    response, body = await answer(poor, query, **{"idempotency-key": "one"})

    assert response.status_code == 400
    assert "pass a separate `idempotencyKey` to each" in body["errors"][0]["message"]
    assert (await answer(poor, "{ generations { nodes { id } } }"))[1]["data"]["generations"]["nodes"] == []


async def test_the_same_field_twice_is_one_generation_and_takes_the_header(poor: httpx.AsyncClient) -> None:
    same = f"mutation {{ generate(input: {PICTURE}) {{ id }} generate(input: {PICTURE}) {{ status }} }}"
    _, body = await answer(poor, same, **{"idempotency-key": "one"})

    assert body["data"]["generate"]["status"] == "PROCESSING"
