"""Schemathesis asks for everything that the schema allows: each answer is GraphQL, and a refusal has a code of ours."""

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
UNTROUBLED = list(HealthCheck)
SCHEMA = build_schema((ROOT / "schema.graphql").read_text())

OPERATIONS = [
    f"{root.name}.{name}"
    for root in (SCHEMA.query_type, SCHEMA.mutation_type)
    if root is not None
    for name in root.fields
]


@pytest.fixture(scope="module")
def strategies(server: ServerProcess) -> dict[str, SearchStrategy[Case[Any]]]:
    """What can be asked, by the operation's name, from the schema as the server tells it."""
    headers = {"X-API-Key": server.key}
    schema = schemathesis.graphql.from_url(f"{server.url}/graphql", headers=headers)
    return {
        found.ok().label: found.ok().as_strategy() for found in schema.get_all_operations() if isinstance(found, Ok)
    }


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_answer_is_graphql_and_every_refusal_has_a_code(
    operation: str, strategies: dict[str, SearchStrategy[Case[Any]]], server: ServerProcess
) -> None:
    @settings(max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, suppress_health_check=UNTROUBLED)
    @given(strategies[operation])
    def ask(case: Case[Any]) -> None:
        answer = case.call(headers={"X-API-Key": server.key})
        assert answer.headers["content-type"][0].startswith("application/json")
        assert answer.status_code < 500 or answer.status_code == UNAVAILABLE
        body = answer.json()
        assert set(body) <= {"data", "errors"}
        assert {error["extensions"]["code"] for error in body.get("errors", ())} <= CODES, body
        if "errors" not in body:
            assert validate(SCHEMA, parse(str(case.body)), specified_rules) == []

    ask()
