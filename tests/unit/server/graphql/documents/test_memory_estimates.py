"""Memory of the document cache: estimates are upper bounds, and ordinary documents stay cached."""

import gc
import hashlib
import tracemalloc
from contextlib import suppress

import pytest

from server.graphql.documents.cache import DOCUMENT_BYTES, PERSISTED_BYTES, Document, DocumentCache
from server.graphql.errors import DocumentError
from server.graphql.schema import build_schema
from tests.support.sample_documents import APPLICATION, repeat, select_generation
from web.errors import RequestError

SCHEMA = build_schema()._schema
COPIES = 3
HEAVY = {
    "anonymous operations": "{a}" * 25,
    "operations that fit": "".join(f"query Q{number} {{ __typename }} " for number in range(25)),
    "values": "{ estimate(input: { type: IMAGE, input: { images: [" + '"a" ' * 1_900 + "] } }) { creditCost } }",
    "fields": repeat('query Q# { generation(id: "x") { id status url width height stage progress } } ', 25),
    "many errors": "{ " + repeat("generatoin#", 490) + " }",
    "rewritten leaves": select_generation(repeat("e#: error", 29) + " error " * 60),
    "long text": '{ provider(id: "' + "é" * 30_000 + '") { id } }',
    "comments": "# é\n" * 1_900 + "{ __typename }",
    "bad syntax": "{ " + "a " * 900,
    "too complex": select_generation(repeat("... on Generation { error { code } }", 150)),
    "an application": APPLICATION,
}


@pytest.mark.parametrize("name", HEAVY)
def test_the_estimate_is_an_upper_bound(name: str) -> None:
    tracemalloc.start()
    try:
        cache = DocumentCache(SCHEMA)
        fill(cache, HEAVY[name], COPIES)
        gc.collect()
        weight, before = cache.weight, tracemalloc.get_traced_memory()[0]
        del cache
        gc.collect()
        used = before - tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()

    assert weight / 6 < used < weight


def fill(cache: DocumentCache, text: str, count: int) -> None:
    for number in range(count):
        with suppress(RequestError):
            cache.get(f"{text}#{count} {number}")


def test_hundreds_of_ordinary_documents_fit() -> None:
    cache = DocumentCache(SCHEMA)
    texts = [ordinary(number) for number in range(20)]
    first = [cache.get(text) for text in texts]

    assert [len(text) for text in texts if not 1_000 < len(text) < 2_000] == []
    assert all(cache.get(text) is document for text, document in zip(texts, first, strict=True))
    assert 400 * cache.weight / len(texts) < DOCUMENT_BYTES


def ordinary(number: int) -> str:
    page = "nodes { id status progress url width height creditCost createdAt metadata { seed width height } }"
    return f"query Page{number} {{ " + repeat(f"page#: generations(first: 1) {{ {page} }}", 10) + "}"


def test_an_invalid_document_is_cached_as_its_errors() -> None:
    cache = DocumentCache(SCHEMA)
    for _ in range(2):
        with pytest.raises(DocumentError) as refused:
            cache.get("{ nothing }")

    errors = refused.value.errors
    assert [error.nodes or error.source for error in errors] == [None]
    assert errors[0].formatted["locations"] == [{"line": 1, "column": 3}]
    assert refused.value.__context__ is None


def test_a_document_too_large_for_the_cache_is_still_prepared() -> None:
    cache = DocumentCache(SCHEMA, capacity=1_000)

    assert isinstance(cache.get(APPLICATION), Document)
    assert cache.weight == 0


def test_documents_and_their_errors_are_bounded_by_bytes() -> None:
    cache = DocumentCache(SCHEMA, capacity=100_000)
    for number in range(40):
        cache.get(f'{{ a{number}: generation(id: "x") {{ id status }} }}')
        with suppress(RequestError):
            cache.get(f"{{ unknown{number} }}")

    assert 50_000 < cache.weight <= 100_000


def test_persisted_queries_are_bounded_by_bytes() -> None:
    cache = DocumentCache(SCHEMA)
    for number in range(1_000):
        text = f"{{ a{number}: __typename }} #{'x' * 20_000}"
        cache.persisted_text(text, {"version": 1, "sha256Hash": hashlib.sha256(text.encode()).hexdigest()})

    assert 0.9 * PERSISTED_BYTES < cache.persisted_weight <= PERSISTED_BYTES
