"""The documents published for Doitong run unchanged with their variables."""

from typing import Any

import httpx
import pytest

from cli.client.graphql_client import Client
from tests.support.published_documents import ACCEPTED, GENERATE, PROVIDERS, TEXT
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("name", "document", "variables"), ACCEPTED, ids=[name for name, *_ in ACCEPTED])
async def test_a_published_document_is_accepted_and_its_generation_can_be_cancelled(
    client: Client, name: str, document: str, variables: dict[str, Any]
) -> None:
    [accepted] = (await client.execute(document, variables)).values()
    read = await client.execute(
        "query GetGeneration($id: ID!) { generation(id: $id) { id status progress url creditCost } }",
        {"id": accepted["id"]},
    )
    cancelled = await client.execute(
        "mutation CancelGeneration($id: ID!) { cancelGeneration(id: $id) }", {"id": accepted["id"]}
    )

    assert read["generation"]["id"] == accepted["id"]
    assert read["generation"]["creditCost"] > 0
    assert cancelled == {"cancelGeneration": True}


async def test_error_as_a_leaf_is_a_string_and_makes_the_status_lower_case(client: Client) -> None:
    request = {"type": "IMAGE", "provider": "flux-pro", "input": {"text": "x test:content_violation"}}
    generate = "mutation ($input: GenerateInput!) { generate(input: $input, wait: 30) { %s } }"

    flat = (await client.execute(generate % "status error errorCode", {"input": request}))["generate"]
    nested = (await client.execute(generate % "status error { code message }", {"input": request}))["generate"]

    assert flat["status"] == "failed"
    assert flat["errorCode"] == "CONTENT_VIOLATION"
    assert isinstance(flat["error"], str)
    assert nested["status"] == "FAILED"
    assert nested["error"] == {"code": "CONTENT_VIOLATION", "message": flat["error"]}


async def test_metadata_as_a_leaf_equals_the_object(client: Client) -> None:
    document = GENERATE % "leaf: metadata whole: metadata { seed simulated adjustments { field used } }"
    request = {"type": "VIDEO", "provider": "luma", "input": {"text": TEXT}, "options": {"duration": 9, "seed": 7}}
    generation = (await client.execute(document, {"input": request}))["generate"]

    assert generation["leaf"]["seed"] == generation["whole"]["seed"] == 7
    assert generation["leaf"]["simulated"] is generation["whole"]["simulated"] is True
    assert generation["whole"]["adjustments"] == [{"field": "options.duration", "used": 5}]


@pytest.mark.parametrize("type_", ["VIDEO", "IMAGE", "AUDIO", "AVATAR", "MUSIC"])
async def test_every_type_has_providers_with_prices_and_options(client: Client, type_: str) -> None:
    providers = (await client.execute(PROVIDERS, {"type": type_}))["providers"]

    assert providers
    for provider in providers:
        assert provider["pricing"]["creditCost"] > 0
        assert provider["options"]


async def test_a_success_has_no_errors_key_and_a_replay_has_its_header(server: ServerProcess) -> None:
    body = {"query": GENERATE % "id", "variables": {"input": {"type": "IMAGE", "input": {"text": TEXT}}}}
    headers = {"authorization": f"Bearer {server.key}", "idempotency-key": "unique-request-id-123"}
    async with httpx.AsyncClient(trust_env=False) as http:
        first = await http.post(f"{server.url}/graphql", json=body, headers=headers)
        second = await http.post(f"{server.url}/graphql", json=body, headers=headers)
        other = {**body, "variables": {"input": {"type": "IMAGE", "input": {"text": "another"}}}}
        mismatch = await http.post(f"{server.url}/graphql", json=other, headers=headers)

    assert set(first.json()) == {"data"}
    assert first.json() == second.json()
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert mismatch.status_code == 409
    assert mismatch.json()["errors"][0]["extensions"]["code"] == "IDEMPOTENCY_MISMATCH"
