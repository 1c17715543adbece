"""Which operations are compiled, and the memory of their plans."""

import gc
import tracemalloc
from typing import Any

import pytest

from server.graphql.execution.operations import Operations
from server.graphql.request_params import GraphQLParams
from server.graphql.schema import build_schema
from tests.support.published_documents import ACCEPTED
from tests.support.sample_documents import APPLICATION, repeat, select_generation

SCHEMA = build_schema()
PAGE = "pageInfo { endCursor } edges { cursor node { id status outputs { url } error { code } } } nodes { id }"
COMPILED: dict[str, tuple[str, dict[str, Any]]] = {
    "a poll": ("query ($id: ID!) { generation(id: $id) { id status progress url } }", {"id": "gen_1"}),
    "a connection": (f"{{ generations(first: 3) {{ {PAGE} }} }}", {}),
    "an interface": ('{ node(id: "gen_1") { id ... on Generation { status } __typename } }', {}),
    "lists": ("{ providers { id models { id } options { name default } pricing { tiers { creditCost } } } }", {}),
    "several fields": ("{ providers { id health { breaker } } account { credits { available } } }", {}),
    "a subscription": ('subscription { generationUpdated(id: "gen_1") { status url } }', {}),
}
NOT_COMPILED = {
    "introspection": "{ __schema { queryType { name } } providers { id } }",
    "a field that reads the database": "{ account { transactions(first: 3) { nodes { id } } } }",
}


@pytest.mark.parametrize("name", COMPILED)
def test_operations_are_compiled(name: str) -> None:
    assert is_compiled(*COMPILED[name])


@pytest.mark.parametrize(("name", "text", "variables"), ACCEPTED)
def test_published_operations_are_compiled(name: str, text: str, variables: dict[str, Any]) -> None:
    assert is_compiled(text, variables)


@pytest.mark.parametrize("name", NOT_COMPILED)
def test_other_operations_are_left_to_graphql_core(name: str) -> None:
    assert not is_compiled(NOT_COMPILED[name], {})


def is_compiled(text: str, variables: dict[str, Any]) -> bool:
    operations = Operations(SCHEMA)
    prepared = operations.prepare(GraphQLParams(text, variables=variables))
    return operations.plans.get(prepared.document, prepared.operation, prepared.variables) is not None


@pytest.mark.parametrize(
    "text",
    [
        "{ generation(id: 1) { id } }",
        select_generation(repeat("... on Generation { statusText outputs { url } } ", 15)),
        "{ " + repeat("p#: providers { id options { name type default minimum maximum required } } ", 25) + "}",
        APPLICATION,
    ],
    ids=["small", "fragments", "many fields", "an application"],
)
def test_the_weight_of_a_plan_is_an_upper_bound(text: str) -> None:
    operations = Operations(SCHEMA)
    prepared = operations.prepare(GraphQLParams(text, operation_name=operations.documents.get(text).operations[0].name))
    tracemalloc.start()
    try:
        operations.plans.get(prepared.document, prepared.operation, {"id": "x", "input": {}, "ids": []})
        gc.collect()
        used = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()

    assert 0 < used < operations.plans.weight


def test_plans_are_bounded_by_bytes() -> None:
    operations = Operations(SCHEMA)
    operations.plans._plans.capacity = 100_000
    for number in range(40):
        prepared = operations.prepare(GraphQLParams(f'{{ a{number}: generation(id: "x") {{ id status }} }}'))
        operations.plans.get(prepared.document, prepared.operation, {})

    assert 50_000 < operations.plans.weight <= 100_000
