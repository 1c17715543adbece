"""Error messages quote the client's values, truncated."""

from typing import Any

import httpx
import pytest

from cli.client.graphql_client import Client
from tests.support.graphql_requests import GENERATE, IMAGE, post
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.anyio

LONG = "x" * 5_000
MAX_MESSAGE = 400  # characters
MUTATION = "mutation ($id: ID!) { %s(id: $id) { id } }"
SCALAR_MUTATION = "mutation ($id: ID!) { %s(id: $id) }"
TOKEN = "mutation ($input: ClientTokenInput) { createClientToken(input: $input) { token } }"
QUERY = "query { %s }"


def generate(**changes: object) -> dict[str, Any]:
    return {"query": GENERATE, "variables": {"input": {**IMAGE, **changes}}}


@pytest.mark.parametrize(
    "body",
    [
        *(
            {"query": SCALAR_MUTATION % name, "variables": {"id": LONG}}
            for name in ("cancelGeneration", "deleteGeneration")
        ),
        {"query": MUTATION % "retryGeneration", "variables": {"id": LONG}},
        {"query": TOKEN, "variables": {"input": {"generationId": LONG}}},
        {
            "query": "query ($after: String) { generations(after: $after) { nodes { id } } }",
            "variables": {"after": LONG},
        },
        generate(provider=LONG),
        generate(options={LONG: 1}),
        generate(options={"quality": LONG}),
        generate(input={"text": "x", LONG: "x"}),
        generate(input={"text": "x", "image": "gen_" + LONG}),
        generate(input={"text": "x", "image": "upl_" + LONG}),
        generate(input={"text": "x", "image": f"{LONG[:2_000]}://host/x.png"}),
        generate(input={"text": "x", "image": f"https://u:p@{'x' * 60}.{LONG[:2_000]}/x.png"}),
        generate(input={"text": "x", "image": LONG}),
        generate(type=LONG),
        generate(webhookUrl=LONG),
        generate(**{LONG: 1}),
        {"query": QUERY % LONG},
        {"query": f"{{ __typename }} {LONG}"},
        {"query": f"query (${LONG}: Int!) {{ __typename }}"},
        {"query": "{ __typename }", "operationName": LONG},
    ],
    ids=lambda body: repr(body).replace(LONG, "LONG")[:90],
)
async def test_a_long_value_is_truncated_in_the_message(server: ServerProcess, body: dict[str, Any]) -> None:
    response = await post(server, body, accept="application/graphql-response+json")

    assert response.status_code >= 400
    for error in response.json()["errors"]:
        assert len(error["message"]) < MAX_MESSAGE, error["message"][:200]
        assert len(str(error["extensions"].get("field", ""))) < MAX_MESSAGE


async def test_a_long_path_is_truncated_in_the_message(server: ServerProcess) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        response = await http.get(f"{server.url}/{LONG}")

    assert response.status_code == 404
    assert len(response.json()["errors"][0]["message"]) < MAX_MESSAGE


async def test_a_long_idempotency_key_is_truncated_in_the_message(server: ServerProcess, client: Client) -> None:
    key = "k" * 255
    first = await client.generate(**IMAGE, idempotencyKey=key)
    assert [state async for state in client.follow(first["id"])]
    response = await post(server, generate(idempotencyKey=key, input={"text": "another"}))

    [error] = response.json()["errors"]
    assert error["extensions"]["code"] == "IDEMPOTENCY_MISMATCH"
    assert len(error["message"]) < 200


async def test_a_message_of_many_words_is_truncated(server: ServerProcess) -> None:
    response = await post(server, generate(**{"x " * 2_000: 1}))

    assert [len(error["message"]) for error in response.json()["errors"]] == [501]
