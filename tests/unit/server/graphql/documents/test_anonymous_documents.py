"""Requests without a key: introspection as tools send it, within bounds of CPU time."""

import pytest
import strawberry

from kit.errors import Unauthenticated
from server.graphql.execution.operations import Operations, PreparedOperation
from server.graphql.request_params import GraphQLParams
from server.graphql.schema import build_schema
from tests.support.cpu_time import RelativeCpuTime
from tests.support.sample_documents import COSTLY_DOCUMENTS, FULL_INTROSPECTION, repeat
from web.errors import RequestError

SCHEMA: strawberry.Schema = build_schema()
REFUSAL = Unauthenticated("Send a key.")
MAX_CPU_TIME = 4.0  # units of RelativeCpuTime
COSTLY = {
    **{f"__typename and {name}": f"{text} #__" for name, text in COSTLY_DOCUMENTS.items() if name != "introspection"},
    "unknown fields": "{ __typename " + repeat("f#", 1_500) + "}",
    "unknown fields after lines": "{ __typename" + "\n" * 7_000 + repeat("f#", 25) + "}",
}


def prepare(text: str, *, refusal: Unauthenticated | None = REFUSAL) -> PreparedOperation:
    return Operations(SCHEMA).prepare(GraphQLParams(text), refusal=refusal)


def test_introspection_queries_of_tools_are_accepted() -> None:
    assert prepare(FULL_INTROSPECTION).operation.introspection_only
    assert prepare(f"{FULL_INTROSPECTION}#{' ' * (7_999 - len(FULL_INTROSPECTION))}").operation.introspection_only


@pytest.mark.parametrize(
    "text",
    [
        f"{FULL_INTROSPECTION}#{' ' * 8_000}",
        "{ __schema { queryType { name } }" + "\n" * 1_000 + "}",
        "{ __schema { queryType { " + "name " * 1_000 + "} } }",
    ],
    ids=["characters", "lines", "tokens"],
)
def test_larger_documents_are_refused_without_a_key(text: str) -> None:
    with pytest.raises(Unauthenticated):
        prepare(text)


@pytest.mark.serial
@pytest.mark.parametrize("name", COSTLY)
def test_cpu_time_without_a_key_is_bounded(name: str) -> None:
    cpu_time = RelativeCpuTime()
    for _ in range(5):
        with cpu_time.round(), pytest.raises(Unauthenticated):
            prepare(COSTLY[name])

    assert cpu_time.units < MAX_CPU_TIME


@pytest.mark.parametrize(
    "text",
    [
        "{ " + repeat("a#: __schema { types { fields { name } } }", 5) + " }",
        "{ __schema { types { " + repeat("a#: fields { name }", 5) + " } } }",
        "{ __schema { types { ...F } } } fragment F on __Type { " + repeat("a#: fields { name }", 5) + " }",
    ],
    ids=["of the schema", "below it", "in a fragment"],
)
def test_aliases_in_introspection_are_limited(text: str) -> None:
    with pytest.raises(RequestError, match="more than 4 aliases in introspection"):
        prepare(text, refusal=None)
