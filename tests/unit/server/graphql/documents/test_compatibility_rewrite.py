"""`metadata` and `error` selected as leaves, as published documents do, where the schema has objects."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.support.toy_schema import toy_client

pytestmark = pytest.mark.anyio

DONE = {"status": "completed", "error": None}
METADATA = {"width": 1024, "seed": 42}
ENUM = {"status": "COMPLETED", "metadata": METADATA}


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with toy_client() as client:
        yield client


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ generation(id: 1) { status metadata } }", {"status": "COMPLETED", "metadata": METADATA}),
        ("{ generation(id: 1) { m: metadata } }", {"m": METADATA}),
        ("{ generation(id: 1) { metadata { seed } } }", {"metadata": {"seed": 42}}),
        ("{ generation(id: 1) { m: metadata metadata { seed } } }", {"m": METADATA, "metadata": {"seed": 42}}),
        ("{ generation(id: 1) { metadata @include(if: true) id @skip(if: true) } }", {"metadata": METADATA}),
        ("{ generation(id: 1) { status error } }", {"status": "completed", "error": None}),
        ('{ generation(id: "gen_failed") { error } }', {"error": "it rained"}),
        ('{ generation(id: "gen_failed") { e: error s: status } }', {"e": "it rained", "s": "completed"}),
        (
            '{ generation(id: "gen_failed") { status error { code } } }',
            {"status": "COMPLETED", "error": {"code": "GENERATION_FAILED"}},
        ),
        (
            '{ generation(id: "gen_failed") { status metadata error { code } } }',
            {"status": "COMPLETED", "metadata": METADATA, "error": {"code": "GENERATION_FAILED"}},
        ),
        (
            "{ generation(id: 1) { status error metadata { width } } }",
            {"status": "completed", "error": None, "metadata": {"width": 1024}},
        ),
        ("{ generation(id: 1) { ... on Generation { status metadata } } }", ENUM),
        ("{ generation(id: 1) { status ... { error } } }", {"status": "completed", "error": None}),
        ("{ generation(id: 1) { status ...F } } fragment F on Generation { error }", DONE),
        (
            "{ generation(id: 1) { error ...F } } fragment F on Generation { status metadata }",
            {"error": None, "status": "completed", "metadata": METADATA},
        ),
        (
            "{ generation(id: 1) { status ...F } } fragment F on Generation { status ...G } "
            "fragment G on Generation { error }",
            {"status": "completed", "error": None},
        ),
        ("{ generation(id: 1) { error } generation(id: 1) { status } }", {"error": None, "status": "completed"}),
        (
            "{ ...A ...B } fragment A on Query { generation(id: 1) { error status } } "
            "fragment B on Query { generation(id: 1) { id status } }",
            {"error": None, "status": "completed", "id": "1"},
        ),
        (
            "{ ...A ... { ...B } } fragment A on Query { ...C } fragment B on Query { generation(id: 1) { status } } "
            "fragment C on Query { generation(id: 1) { error } }",
            {"error": None, "status": "completed"},
        ),
    ],
)  # fmt: skip
async def test_a_leaf_gets_a_scalar_and_an_object_stays_an_object(
    client: httpx.AsyncClient, query: str, expected: dict[str, object]
) -> None:
    response = await client.post("/graphql", json={"query": query})

    assert response.json() == {"data": {"generation": expected}}


async def test_selection_sets_are_independent(client: httpx.AsyncClient) -> None:
    query = "{ old: generation(id: 1) { status error } new: generation(id: 2) { status } }"
    response = await client.post("/graphql", json={"query": query})

    assert response.json()["data"] == {
        "old": {"status": "completed", "error": None},
        "new": {"status": "COMPLETED"},
    }


async def test_merged_fields_are_rewritten_alike(client: httpx.AsyncClient) -> None:
    query = (
        "{ g: generation(id: 1) { status } ...A ...B } fragment A on Query { node(id: 1) { ...S } } "
        "fragment B on Query { node(id: 1) { ... on Generation { error } } } fragment S on Generation { status }"
    )
    response = await client.post("/graphql", json={"query": query})

    assert response.json()["data"] == {
        "g": {"status": "COMPLETED"},
        "node": {"status": "completed", "error": None},
    }


async def test_an_inline_fragment_on_an_interface_is_rewritten(client: httpx.AsyncClient) -> None:
    query = "{ node(id: 1) { id ... on Generation { status error metadata } } }"
    response = await client.post("/graphql", json={"query": query})

    assert response.json()["data"]["node"] == {"id": "1", "status": "completed", "error": None, "metadata": METADATA}


async def test_other_types_with_the_same_field_names_are_unchanged(client: httpx.AsyncClient) -> None:
    query = '{ provider { metadata status error } node(id: "flux-pro") { ... on Provider { metadata error status } } }'
    response = await client.post("/graphql", json={"query": query})

    expected = {"metadata": "a provider's own", "status": "UP", "error": "none"}
    assert response.json()["data"] == {"provider": expected, "node": expected}


async def test_mutations_are_rewritten_too(client: httpx.AsyncClient) -> None:
    query = "mutation ($p: String!) { generate(prompt: $p) { id status error metadata } }"
    response = await client.post("/graphql", json={"query": query, "variables": {"p": "a lake"}})

    assert response.json()["data"]["generate"] == {
        "id": "gen_1",
        "status": "processing",
        "error": None,
        "metadata": METADATA,
    }


async def test_leaf_and_object_under_one_response_name_conflict(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json={"query": "{ generation(id: 1) { metadata metadata { seed } } }"})

    assert response.json()["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
