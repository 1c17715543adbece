"""Every document shape published for Doitong runs on the one schema, each with its variables."""

from typing import Any

import httpx
import pytest

from cli.client.graphql_client import Client
from tests.support.published_documents import ACCEPTED, GENERATE, PROVIDERS, TEXT
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("name", "document", "variables"), ACCEPTED, ids=[name for name, *_ in ACCEPTED])
async def test_it_is_accepted_and_can_be_read_and_cancelled(
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


async def test_a_leaf_error_is_a_text_and_brings_the_status_in_lower_case(client: Client) -> None:
    refused = {"type": "IMAGE", "provider": "flux-pro", "input": {"text": "x test:content_violation"}}
    generate = "mutation ($input: GenerateInput!) { generate(input: $input, wait: 30) { %s } }"

    flat = (await client.execute(generate % "status error errorCode", {"input": refused}))["generate"]
    nested = (await client.execute(generate % "status error { code message }", {"input": refused}))["generate"]

    assert flat["status"] == "failed"
    assert flat["errorCode"] == "CONTENT_VIOLATION"
    assert isinstance(flat["error"], str)
    assert nested["status"] == "FAILED"
    assert nested["error"] == {"code": "CONTENT_VIOLATION", "message": flat["error"]}


async def test_leaf_metadata_holds_what_the_object_does(client: Client) -> None:
    document = GENERATE % "leaf: metadata whole: metadata { seed simulated adjustments { field used } }"
    sample = {"type": "VIDEO", "provider": "luma", "input": {"text": TEXT}, "options": {"duration": 9, "seed": 7}}
    made = (await client.execute(document, {"input": sample}))["generate"]

    assert made["leaf"]["seed"] == made["whole"]["seed"] == 7
    assert made["leaf"]["simulated"] is made["whole"]["simulated"] is True
    assert made["whole"]["adjustments"] == [{"field": "options.duration", "used": 5}]


@pytest.mark.parametrize("type_", ["VIDEO", "IMAGE", "AUDIO", "AVATAR", "MUSIC"])
async def test_the_providers_query_lists_every_type(client: Client, type_: str) -> None:
    providers = (await client.execute(PROVIDERS, {"type": type_}))["providers"]

    assert providers
    for provider in providers:
        assert provider["pricing"]["creditCost"] > 0
        assert provider["options"]


async def test_a_success_has_no_errors_key_and_a_replay_says_so(server: ServerProcess) -> None:
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
