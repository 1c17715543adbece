"""GraphQL documents for the schema: ordinary ones, and the most costly ones within the limits."""

from collections.abc import Iterable

from graphql import get_introspection_query

# The query of a page of components, each with a fragment composed of the fragments of its parts.
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
SCALARS = "id progress status creditCost stage url width height version provider model createdAt duration type"


def repeat(text: str, count: int) -> str:
    """Concatenate the text `count` times, with its number in place of each `#`."""
    return " ".join(text.replace("#", str(number)) for number in range(count))


def select_generation(selections: str) -> str:
    return f'{{ generation(id: "x") {{ {selections} }} }} '


COSTLY_DOCUMENTS = {
    "fragments of one field": select_generation(repeat("...F#", 50)) + repeat("fragment F# on Generation { id }", 50),
    "fragments of many fields": select_generation(repeat("...F#", 33))
    + repeat(f"fragment F# on Generation {{ {SCALARS} }}", 33),
    "fragments of objects": select_generation(repeat("...F#", 50))
    + repeat("fragment F# on Generation { metadata { seed width format } }", 50),
    "one fragment in each": "{ "
    + repeat('generation(id: "x") { ...F# }', 30)
    + " } "
    + repeat("fragment F# on Generation { metadata { adjustments { reason } } }", 30),
    "a field again and again": select_generation(repeat("id", 30)),
    "an object again and again": select_generation(repeat("metadata { adjustments { reason field used } }", 30)),
    "inline fragments": select_generation(repeat("... on Generation { id progress status creditCost }", 30)),
    "all fields there are": select_generation(repeat(f"outputs {{ url bytes }} {SCALARS}", 28)),
    "unknown fields": "{ " + repeat("generatoin#", 490) + " }",
    "unknown input fields": "mutation { generate(input: { " + repeat("typ#: 1", 400) + " }) { id } }",
    "unknown input fields beside a long list": "mutation { generate(input: { "
    + repeat("typ#: 1", 25)
    + " options: ["
    + "1 " * 1_800
    + "] }) { id } }",
    "unknown input fields in a default": "query ($input: GenerateInput = { "
    + repeat("typ#: 1", 25)
    + " options: ["
    + "1 " * 1_800
    + "] }) { account { id } }",
    "unknown input fields beside many lines": "mutation { generate(input: { "
    + repeat("typ#: 1", 25)
    + ' prompt: """'
    + ("x" * 30 + "\n") * 2_900
    + '""" }) { id } }',
    "unknown fields after many lines": "{ __typename" + "\n" * 90_000 + repeat("f#", 25) + " }",
    "unknown fields after as many lines as may be": "{ __typename" + "\n" * 2_999 + repeat("f#", 490) + " }",
    "unknown fields after carriage returns": "{ __typename" + "\r" * 2_999 + repeat("f#", 490) + " }",
    "a broken end after many lines": "{ __typename" + "\n" * 90_000,
    "unknown arguments": "{ generation(" + repeat("ide#: 1", 400) + ") { id } }",
    "unused variables": "query (" + repeat("$v#: Int", 400) + ") { account { id } }",
    "unknown fragments": select_generation(repeat("...G#", 400)),
    "introspection": get_introspection_query(),
    "operations that spread chains of fragments": repeat("query Q# { ...F0 } ", 25)
    + "".join(f"fragment F{number} on Query {{ ...F{number + 1} account {{ id }} }} " for number in range(49))
    + "fragment F49 on Query { account { id } }",
    "operations with the variables of fragments": repeat("query Q# ($id: ID!) { ...F0 } ", 25)
    + "".join(f"fragment F{number} on Query {{ ...F{number + 1} provider(id: $id) {{ id }} }} " for number in range(49))
    + "fragment F49 on Query { provider(id: $id) { id } }",
    "objects in fragments that meet": select_generation(repeat("...F#", 8))
    + repeat("fragment F# on Generation { " + "error { code } " * 30 + "}", 8),
    "connections in fragments that meet": "{ "
    + repeat("...F#", 8)
    + " } "
    + repeat("fragment F# on Query { " + "generations { nodes { id } } " * 20 + "}", 8),
    "deep objects in fragments that meet": "{ "
    + repeat("...F#", 8)
    + " } "
    + repeat("fragment F# on Query { " + "generations { nodes { error { code } } } " * 15 + "}", 8),
    "objects that meet two levels down": "{ " + f"generations {{ nodes {{ {'outputs { url } ' * 5} }} }} " * 30 + "}",
    "arguments that meet": "{ "
    + repeat("...F#", 6)
    + " } "
    + repeat("fragment F# on Query { " + 'provider(id: "x") { id } ' * 30 + "}", 6),
    "long arguments that meet": "{ "
    + repeat("...F#", 3)
    + " } "
    + repeat("fragment F# on Query { " + f'provider(id: "{"x" * 3_000}") {{ id }} ' * 10 + "}", 3),
    "leaves in fragments that meet": select_generation(repeat("...F#", 8))
    + repeat("fragment F# on Generation { " + "error status " * 30 + "}", 8),
}
