"""The most costly documents that the limits let through, on the real schema: none holds the server up."""

import gc
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from graphql import get_introspection_query

from server.graphql.documents import DocumentCache
from server.graphql.errors import RequestError
from server.schema import build_schema

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
    + "x\n" * 30_000
    + '""" }) { id } }',
    "unknown arguments": "{ generation(" + many("ide#: 1", 400) + ") { id } }",
    "unused variables": "query (" + many("$v#: Int", 400) + ") { account { id } }",
    "unknown fragments": of_generation(many("...G#", 400)),
    "introspection": get_introspection_query(),
}


@pytest.fixture(autouse=True)
def _without_collections() -> Iterator[None]:
    """The server's collections do not go through what was loaded; those of a test run would."""
    gc.freeze()
    yield
    gc.unfreeze()


def processor_time(text: str) -> float:
    cache = DocumentCache(SCHEMA)
    begun = time.process_time()
    with suppress(RequestError):
        cache.get(text)
    return time.process_time() - begun


@pytest.mark.parametrize("name", DOCUMENTS)
def test_it_is_ready_or_refused_in_an_instant(name: str) -> None:
    assert min(processor_time(DOCUMENTS[name]) for _ in range(ROUNDS)) < LONGEST


@pytest.mark.parametrize("name", DOCUMENTS)
def test_again_it_costs_next_to_nothing(name: str) -> None:
    cache = DocumentCache(SCHEMA)
    outcomes = [outcome(cache, DOCUMENTS[name]) for _ in range(2)]
    begun = time.process_time()
    outcomes.append(outcome(cache, DOCUMENTS[name]))

    assert time.process_time() - begun < LONGEST / 10
    assert outcomes[0] == outcomes[1] == outcomes[2]


def outcome(cache: DocumentCache, text: str) -> str:
    try:
        cache.get(text)
    except RequestError as refusal:
        return f"{refusal.code} {refusal.message}"
    return "ready"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (of_generation(many("...F#", 51)) + many("fragment F# on Generation { id }", 51), "more than 50 fragments"),
        (of_generation(many("id", 31)), "one field more than 30 times in one place"),
        (of_generation(many("... { ... { id } }", 31)), "one field more than 30 times in one place"),
    ],
)
def test_what_would_cost_the_square_of_its_length_is_refused(text: str, reason: str) -> None:
    with pytest.raises(RequestError, match=reason):
        DocumentCache(SCHEMA).get(text)
