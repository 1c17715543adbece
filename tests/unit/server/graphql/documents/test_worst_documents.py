"""The most costly documents within the limits, on the real schema: each takes bounded CPU time."""

from contextlib import suppress

import pytest

from server.graphql.documents.cache import DocumentCache
from server.graphql.schema import build_schema
from tests.support.cpu_time import RelativeCpuTime
from tests.support.sample_documents import COSTLY_DOCUMENTS, repeat, select_generation
from web.errors import RequestError

SCHEMA = build_schema()._schema
MAX_CPU_TIME = 6.0  # units of RelativeCpuTime
ROUNDS = 5


@pytest.mark.serial
@pytest.mark.parametrize("name", COSTLY_DOCUMENTS)
def test_the_first_use_takes_bounded_cpu_time(name: str) -> None:
    cpu_time = RelativeCpuTime()
    for _ in range(ROUNDS):
        cache = DocumentCache(SCHEMA)
        with cpu_time.round(), suppress(RequestError):
            cache.get(COSTLY_DOCUMENTS[name])

    assert cpu_time.units < MAX_CPU_TIME


@pytest.mark.serial
@pytest.mark.parametrize("name", COSTLY_DOCUMENTS)
def test_later_uses_are_cached(name: str) -> None:
    cache = DocumentCache(SCHEMA)
    outcomes = [outcome(cache, COSTLY_DOCUMENTS[name]) for _ in range(2)]
    cpu_time = RelativeCpuTime()
    for _ in range(ROUNDS):
        with cpu_time.round():
            outcomes.append(outcome(cache, COSTLY_DOCUMENTS[name]))

    assert cpu_time.units < MAX_CPU_TIME / 10
    assert len(set(outcomes)) == 1


def outcome(cache: DocumentCache, text: str) -> str:
    try:
        cache.get(text)
    except RequestError as refusal:
        return f"{refusal.code} {refusal.message}"
    return "ready"


@pytest.mark.parametrize(
    "name",
    [
        "fragments of many fields",
        "objects in fragments that meet",
        "connections in fragments that meet",
        "deep objects in fragments that meet",
        "objects that meet two levels down",
        "arguments that meet",
        "leaves in fragments that meet",
    ],
)
def test_documents_with_too_many_field_comparisons_are_refused(name: str) -> None:
    with pytest.raises(RequestError, match=r"so often that comparing them takes more than 12,000 steps") as refused:
        DocumentCache(SCHEMA).get(COSTLY_DOCUMENTS[name])

    assert refused.value.code == "QUERY_TOO_COMPLEX"


def test_more_than_fifty_fragments_are_refused() -> None:
    text = select_generation(repeat("...F#", 51)) + repeat("fragment F# on Generation { id }", 51)

    with pytest.raises(RequestError, match="more than 50 fragments"):
        DocumentCache(SCHEMA).get(text)


def test_more_than_twenty_five_operations_are_refused() -> None:
    assert outcome(DocumentCache(SCHEMA), repeat("query Q# { account { id } }", 25)) == "ready"
    with pytest.raises(RequestError, match="more than 25 operations"):
        DocumentCache(SCHEMA).get(repeat("query Q# { account { id } }", 26))


def test_a_field_may_be_repeated_up_to_the_field_limit() -> None:
    assert outcome(DocumentCache(SCHEMA), select_generation(repeat("id", 80))) == "ready"


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_more_than_three_thousand_lines_are_refused(end: str) -> None:
    assert outcome(DocumentCache(SCHEMA), "{ __typename " + end * 2_999 + "}") == "ready"
    with pytest.raises(RequestError, match="more than 3,000 lines: send long values as variables"):
        DocumentCache(SCHEMA).get("{ __typename " + end * 3_000 + "}")
