"""Schemathesis generates operations from the schema: each response is GraphQL, and each error has a known code."""

from typing import Any

import pytest
import schemathesis
from graphql import build_schema, specified_rules, validate
from graphql.language import parse
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy
from schemathesis.core.result import Ok
from schemathesis.generation.case import Case

from kit.errors import ErrorCode
from tests.support.server_process import ROOT, ServerProcess

CODES = {code.value for code in ErrorCode} - {ErrorCode.INTERNAL.value} | {
    "BAD_USER_INPUT",
    "GRAPHQL_VALIDATION_FAILED",
}
UNAVAILABLE = 503
EXAMPLES = 20
SUPPRESSED = list(HealthCheck)
SCHEMA = build_schema((ROOT / "schema.graphql").read_text())

OPERATIONS = [
    f"{root.name}.{name}"
    for root in (SCHEMA.query_type, SCHEMA.mutation_type)
    if root is not None
    for name in root.fields
]


@pytest.fixture(scope="module")
def strategies(server: ServerProcess) -> dict[str, SearchStrategy[Case[Any]]]:
    """Strategies by operation name, from the introspected schema."""
    headers = {"X-API-Key": server.key}
    schema = schemathesis.graphql.from_url(f"{server.url}/graphql", headers=headers)
    return {
        found.ok().label: found.ok().as_strategy() for found in schema.get_all_operations() if isinstance(found, Ok)
    }


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_response_is_graphql_and_every_error_has_a_code(
    operation: str, strategies: dict[str, SearchStrategy[Case[Any]]], server: ServerProcess
) -> None:
    @settings(max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, suppress_health_check=SUPPRESSED)
    @given(strategies[operation])
    def send(case: Case[Any]) -> None:
        response = case.call(headers={"X-API-Key": server.key})
        assert response.headers["content-type"][0].startswith("application/json")
        assert response.status_code < 500 or response.status_code == UNAVAILABLE
        body = response.json()
        assert set(body) <= {"data", "errors"}
        assert {error["extensions"]["code"] for error in body.get("errors", ())} <= CODES, body
        if "errors" not in body:
            assert validate(SCHEMA, parse(str(case.body)), specified_rules) == []

    send()
