"""The most costly documents that the limits let through, on the real schema: none holds the server up."""

import gc
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from graphql import get_introspection_query

from server.graphql.documents.cache import DocumentCache
from server.graphql.schema import build_schema
from web.errors import RequestError

SCHEMA = build_schema()._schema
LONGEST = 0.050  # seconds of CPU time
ROUNDS = 3
SCALARS = "id progress status creditCost stage url width height version provider model createdAt duration type"


def many(text: str, count: int) -> str:
    return " ".join(text.replace("#", str(number)) for number in range(count))


def of_generation(selections: str) -> str:
    return f'{{ generation(id: "x") {{ {selections} }} }} '


DOCUMENTS = {
    "fragments of one field": of_generation(many("...F#", 50)) + many("fragment F# on Generation { id }", 50),
    "fragments of many fields": of_generation(many("...F#", 33))
    + many(f"fragment F# on Generation {{ {SCALARS} }}", 33),
    "fragments of objects": of_generation(many("...F#", 50))
    + many("fragment F# on Generation { metadata { seed width format } }", 50),
    "one fragment in each": "{ "
    + many('generation(id: "x") { ...F# }', 30)
    + " } "
    + many("fragment F# on Generation { metadata { adjustments { reason } } }", 30),
    "a field again and again": of_generation(many("id", 30)),
    "an object again and again": of_generation(many("metadata { adjustments { reason field used } }", 30)),
    "inline fragments": of_generation(many("... on Generation { id progress status creditCost }", 30)),
    "all fields there are": of_generation(many(f"outputs {{ url bytes }} {SCALARS}", 28)),
    "unknown fields": "{ " + many("generatoin#", 490) + " }",
    "unknown input fields": "mutation { generate(input: { " + many("typ#: 1", 400) + " }) { id } }",
    "unknown input fields beside a long list": "mutation { generate(input: { "
    + many("typ#: 1", 25)
    + " options: ["
    + "1 " * 1_800
    + "] }) { id } }",
    "unknown input fields in a default": "query ($input: GenerateInput = { "
    + many("typ#: 1", 25)
    + " options: ["
    + "1 " * 1_800
    + "] }) { account { id } }",
    "unknown input fields beside many lines": "mutation { generate(input: { "
    + many("typ#: 1", 25)
    + ' prompt: """'
    + ("x" * 30 + "\n") * 2_900
    + '""" }) { id } }',
    "unknown fields after many lines": "{ __typename" + "\n" * 90_000 + many("f#", 25) + " }",
    "unknown fields after as many lines as may be": "{ __typename" + "\n" * 2_999 + many("f#", 490) + " }",
    "unknown fields after carriage returns": "{ __typename" + "\r" * 2_999 + many("f#", 490) + " }",
    "a broken end after many lines": "{ __typename" + "\n" * 90_000,
    "unknown arguments": "{ generation(" + many("ide#: 1", 400) + ") { id } }",
    "unused variables": "query (" + many("$v#: Int", 400) + ") { account { id } }",
    "unknown fragments": of_generation(many("...G#", 400)),
    "introspection": get_introspection_query(),
    "operations that spread chains of fragments": many("query Q# { ...F0 } ", 25)
    + "".join(f"fragment F{number} on Query {{ ...F{number + 1} account {{ id }} }} " for number in range(49))
    + "fragment F49 on Query { account { id } }",
    "operations with the variables of fragments": many("query Q# ($id: ID!) { ...F0 } ", 25)
    + "".join(f"fragment F{number} on Query {{ ...F{number + 1} provider(id: $id) {{ id }} }} " for number in range(49))
    + "fragment F49 on Query { provider(id: $id) { id } }",
    "objects in fragments that meet": of_generation(many("...F#", 8))
    + many("fragment F# on Generation { " + "error { code } " * 30 + "}", 8),
    "connections in fragments that meet": "{ "
    + many("...F#", 8)
    + " } "
    + many("fragment F# on Query { " + "generations { nodes { id } } " * 20 + "}", 8),
    "deep objects in fragments that meet": "{ "
    + many("...F#", 8)
    + " } "
    + many("fragment F# on Query { " + "generations { nodes { error { code } } } " * 15 + "}", 8),
    "objects that meet two levels down": "{ " + f"generations {{ nodes {{ {'outputs { url } ' * 5} }} }} " * 30 + "}",
    "arguments that meet": "{ "
    + many("...F#", 6)
    + " } "
    + many("fragment F# on Query { " + 'provider(id: "x") { id } ' * 30 + "}", 6),
    "long arguments that meet": "{ "
    + many("...F#", 3)
    + " } "
    + many("fragment F# on Query { " + f'provider(id: "{"x" * 3_000}") {{ id }} ' * 10 + "}", 3),
    "leaves in fragments that meet": of_generation(many("...F#", 8))
    + many("fragment F# on Generation { " + "error status " * 30 + "}", 8),
}


@pytest.fixture(autouse=True)
def _without_collections() -> Iterator[None]:
    """The server's collections do not go through what was loaded; those of a test run would."""
    gc.freeze()
    yield
    gc.unfreeze()


def processor_time(text: str) -> float:
    cache = DocumentCache(SCHEMA)
    begun = time.thread_time()
    with suppress(RequestError):
        cache.get(text)
    return time.thread_time() - begun


@pytest.mark.parametrize("name", DOCUMENTS)
def test_it_is_ready_or_refused_in_an_instant(name: str) -> None:
    assert min(processor_time(DOCUMENTS[name]) for _ in range(ROUNDS)) < LONGEST


@pytest.mark.parametrize("name", DOCUMENTS)
def test_again_it_costs_next_to_nothing(name: str) -> None:
    cache = DocumentCache(SCHEMA)
    outcomes = [outcome(cache, DOCUMENTS[name]) for _ in range(2)]
    begun = time.thread_time()
    outcomes.append(outcome(cache, DOCUMENTS[name]))

    assert time.thread_time() - begun < LONGEST / 10
    assert outcomes[0] == outcomes[1] == outcomes[2]


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
def test_fields_that_take_too_long_to_compare_are_refused(name: str) -> None:
    with pytest.raises(RequestError, match=r"so often that comparing them takes more than 12,000 steps") as refused:
        DocumentCache(SCHEMA).get(DOCUMENTS[name])

    assert refused.value.code == "QUERY_TOO_COMPLEX"


def test_more_than_fifty_fragments_are_refused() -> None:
    text = of_generation(many("...F#", 51)) + many("fragment F# on Generation { id }", 51)

    with pytest.raises(RequestError, match="more than 50 fragments"):
        DocumentCache(SCHEMA).get(text)


def test_more_than_twenty_five_operations_are_refused() -> None:
    assert outcome(DocumentCache(SCHEMA), many("query Q# { account { id } }", 25)) == "ready"
    with pytest.raises(RequestError, match="more than 25 operations"):
        DocumentCache(SCHEMA).get(many("query Q# { account { id } }", 26))


def test_a_field_repeated_as_often_as_fields_are_allowed_is_no_matter() -> None:
    assert outcome(DocumentCache(SCHEMA), of_generation(many("id", 80))) == "ready"


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_more_than_three_thousand_lines_are_refused(end: str) -> None:
    assert outcome(DocumentCache(SCHEMA), "{ __typename " + end * 2_999 + "}") == "ready"
    with pytest.raises(RequestError, match="more than 3,000 lines: send long values as variables"):
        DocumentCache(SCHEMA).get("{ __typename " + end * 3_000 + "}")
