"""Documents as programs send them are ready to run, whatever the limits refuse."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from graphql import get_introspection_query

from server.graphql.documents.cache import DocumentCache
from server.graphql.documents.limits import QueryLimits
from server.graphql.schema import build_schema
from tests.acceptance.test_published import ACCEPTED, PROVIDERS

SCHEMA = build_schema()._schema
EXAMPLES = sorted((Path(__file__).resolve().parents[5] / "frontend" / "src" / "examples").glob("*.graphql"))

# What a page of components asks for: each has a fragment of its own, made of those of its parts.
PARTS = {
    "State": "id status progress stage",
    "Price": "id creditCost status",
    "Failure": "id status error { code message retryable }",
    "Times": "id createdAt completedAt duration",
    "Picture": "id url width height outputs { url width height format bytes }",
    "Settings": "id metadata { seed width height format adjustments { field reason used } }",
    "Origin": "id type provider model",
    "Cost": "id creditCost creditsCharged estimatedTime",
}
CARDS = {f"Card{number}": tuple(PARTS)[number % 7 : number % 7 + 2] for number in range(21)}
MAKERS = {f"Maker{number}": f"id name {detail}" for number, detail in enumerate(["description", "features"] * 5)}


def spread(names: Iterable[str]) -> str:
    return " ".join(f"...{name}" for name in names)


def fragment(name: str, on: str, selections: str) -> str:
    return f"fragment {name} on {on} {{ {selections} __typename }}\n"


APPLICATION = (
    f"query Page {{ account {{ id __typename }} providers {{ id {spread(MAKERS)} }} "
    f"newest: generations(first: 1) {{ nodes {{ id {spread(tuple(CARDS)[:7])} }} }} "
    f"generations(first: 20) {{ nodes {{ id status {spread(tuple(CARDS)[7:14])} }} pageInfo {{ hasNextPage }} }} "
    f'generation(id: "gen_x") {{ id {spread([*tuple(CARDS)[14:], "State", "Failure"])} }} }}\n'
    + "".join(fragment(name, "Provider", selections) for name, selections in MAKERS.items())
    + "".join(fragment(name, "Generation", selections) for name, selections in PARTS.items())
    + "".join(fragment(name, "Generation", f"id createdAt {spread(parts)}") for name, parts in CARDS.items())
)
FULL_INTROSPECTION = get_introspection_query(
    specified_by_url=True,
    directive_is_repeatable=True,
    schema_description=True,
    input_value_deprecation=True,
)
DOCUMENTS = {
    "an application of forty fragments": APPLICATION,
    "introspection": FULL_INTROSPECTION,
    "the providers query": PROVIDERS,
    **{path.stem: path.read_text() for path in EXAMPLES},
    **{name: document for name, document, _ in ACCEPTED},
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_it_is_ready_to_run(name: str) -> None:
    assert DocumentCache(SCHEMA).get(DOCUMENTS[name]).operations


@pytest.mark.parametrize("name", DOCUMENTS)
def test_it_takes_no_more_than_half_the_comparisons_there_are(name: str) -> None:
    half = QueryLimits(comparisons=QueryLimits().comparisons // 2)

    assert DocumentCache(SCHEMA, limits=half).get(DOCUMENTS[name]).operations
