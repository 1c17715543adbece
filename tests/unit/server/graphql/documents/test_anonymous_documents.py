"""What those without a key may ask: introspection, in documents as tools write them, and nothing that costs much."""

import time

import pytest
import strawberry

from kit.errors import Unauthenticated
from server.graphql.execution.operations import Operations, PreparedOperation
from server.graphql.request_params import GraphQLParams
from server.graphql.schema import build_schema
from tests.unit.server.graphql.documents.test_ordinary_documents import FULL_INTROSPECTION
from tests.unit.server.graphql.documents.test_worst_documents import DOCUMENTS, many
from web.errors import RequestError

SCHEMA: strawberry.Schema = build_schema()
REFUSAL = Unauthenticated("Send a key.")
LONGEST = 0.030  # seconds of CPU time
COSTLY = {
    **{f"__typename and {name}": f"{text} #__" for name, text in DOCUMENTS.items() if name != "introspection"},
    "unknown fields": "{ __typename " + many("f#", 1_500) + "}",
    "unknown fields after lines": "{ __typename" + "\n" * 7_000 + many("f#", 25) + "}",
}


def asked(text: str, *, refusal: Unauthenticated | None = REFUSAL) -> PreparedOperation:
    return Operations(SCHEMA).prepare(GraphQLParams(text), refusal=refusal)


def test_introspection_as_tools_write_it_is_prepared() -> None:
    assert asked(FULL_INTROSPECTION).operation.introspection_only
    assert asked(f"{FULL_INTROSPECTION}#{' ' * (7_999 - len(FULL_INTROSPECTION))}").operation.introspection_only


@pytest.mark.parametrize(
    "text",
    [
        f"{FULL_INTROSPECTION}#{' ' * 8_000}",
        "{ __schema { queryType { name } }" + "\n" * 1_000 + "}",
        "{ __schema { queryType { " + "name " * 1_000 + "} } }",
    ],
    ids=["characters", "lines", "tokens"],
)
def test_more_than_tools_need_is_refused_without_a_key(text: str) -> None:
    with pytest.raises(Unauthenticated):
        asked(text)


@pytest.mark.parametrize("name", COSTLY)
def test_nothing_without_a_key_costs_much(name: str) -> None:
    spent = []
    for _ in range(3):
        begun = time.thread_time()
        with pytest.raises(Unauthenticated):
            asked(COSTLY[name])
        spent.append(time.thread_time() - begun)

    assert min(spent) < LONGEST


@pytest.mark.parametrize(
    "text",
    [
        "{ " + many("a#: __schema { types { fields { name } } }", 5) + " }",
        "{ __schema { types { " + many("a#: fields { name }", 5) + " } } }",
        "{ __schema { types { ...F } } } fragment F on __Type { " + many("a#: fields { name }", 5) + " }",
    ],
    ids=["of the schema", "below it", "in a fragment"],
)
def test_the_schema_is_not_listed_again_and_again(text: str) -> None:
    with pytest.raises(RequestError, match="more than 4 aliases in introspection"):
        asked(text, refusal=None)
