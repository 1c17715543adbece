"""Documents of real applications are within the limits."""

from pathlib import Path

import pytest

from server.graphql.documents.cache import DocumentCache
from server.graphql.documents.limits import QueryLimits
from server.graphql.schema import build_schema
from tests.support.published_documents import ACCEPTED, PROVIDERS
from tests.support.sample_documents import APPLICATION, FULL_INTROSPECTION

SCHEMA = build_schema()._schema
EXAMPLES = sorted((Path(__file__).resolve().parents[5] / "frontend" / "src" / "examples").glob("*.graphql"))

DOCUMENTS = {
    "an application of forty fragments": APPLICATION,
    "introspection": FULL_INTROSPECTION,
    "the providers query": PROVIDERS,
    **{path.stem: path.read_text() for path in EXAMPLES},
    **{name: document for name, document, _ in ACCEPTED},
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_an_ordinary_document_is_accepted(name: str) -> None:
    assert DocumentCache(SCHEMA).get(DOCUMENTS[name]).operations


@pytest.mark.parametrize("name", DOCUMENTS)
def test_an_ordinary_document_needs_at_most_half_of_the_allowed_comparisons(name: str) -> None:
    half = QueryLimits(comparisons=QueryLimits().comparisons // 2)

    assert DocumentCache(SCHEMA, limits=half).get(DOCUMENTS[name]).operations
