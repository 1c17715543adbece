"""Inputs that are built by plan equal those that Strawberry builds."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from random import Random
from typing import Any

import pytest
import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    coerce_input_value,
)
from strawberry.scalars import JSON
from strawberry.types.arguments import convert_argument
from strawberry.types.base import StrawberryObjectDefinition

from server.graphql.input_builder import InputBuilder, install_input_builders
from server.graphql.schema import build_schema

CASES = 300  # for each input type
VALUES: dict[str, list[Any]] = {
    "String": ["", "a fox"],
    "ID": ["gen_1", "1"],
    "Int": [0, -1, 2**31 - 1],
    "Float": [0.5, -2.0],
    "Boolean": [True, False],
    "DateTime": ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.5+01:00"],
    "JSON": [{"a": [1, None]}, "text", [1], 0],
}


@strawberry.enum
class Colour(Enum):
    RED = "r"
    BLUE = strawberry.enum_value("b", description="Blue.")


@strawberry.input
class Leaf:
    colour: Colour
    name: str = "default"
    shades: list[Colour] | None = strawberry.UNSET


@strawberry.input
class Branch:
    required_null: int | None
    leaf: Leaf
    grid: list[list[int] | None]
    renamed: float | None = strawberry.field(name="other_name", default=None)
    leaves: list[Leaf | None] | None = strawberry.field(default_factory=list)
    anything: JSON | None = strawberry.UNSET
    maybe: strawberry.Maybe[str | None]
    twig: "Branch | None" = strawberry.UNSET


@strawberry.type
class Query:
    @strawberry.field
    def tree(self, branch: Branch) -> int:
        return 1 if branch.leaf.colour is Colour.RED else 2


@pytest.mark.parametrize("schema", [build_schema(), strawberry.Schema(Query)], ids=["published", "toy"])
def test_an_input_built_by_plan_equals_that_of_strawberry(schema: strawberry.Schema) -> None:
    install_input_builders(schema)
    random, values = Random(1), {}
    for definition in input_definitions(schema):
        type_ = schema._schema.type_map[definition.name]
        assert isinstance(type_, GraphQLInputObjectType)
        external = [external_value(random, GraphQLNonNull(type_)) for _ in range(CASES)]
        values[definition.name] = [coerce_input_value(value, type_) for value in external]
    built = converted(schema, values)
    with without_plans(schema):
        judged = converted(schema, values)

    assert len(built) >= 2
    assert built == judged


def test_arguments_of_a_resolver_are_built_by_plan() -> None:
    schema = strawberry.Schema(Query)
    install_input_builders(schema)
    variables = {"branch": {"requiredNull": None, "leaf": {"colour": "BLUE"}, "grid": [[1], None]}}
    result = asyncio.run(schema.execute("query ($branch: Branch!) { tree(branch: $branch) }", variables))

    assert result.errors is None
    assert result.data == {"tree": 2}
    assert all(isinstance(one.from_input, InputBuilder) for one in input_definitions(schema))


def converted(schema: strawberry.Schema, values: dict[str, list[Any]]) -> dict[str, list[object]]:
    scalars = schema.schema_converter.scalar_registry
    return {
        one.name: [convert_argument(value, one.origin, scalars, schema.config) for value in values[one.name]]
        for one in input_definitions(schema)
    }


def input_definitions(schema: strawberry.Schema) -> list[StrawberryObjectDefinition]:
    definitions = [converted.definition for converted in schema.schema_converter.type_map.values()]
    return [one for one in definitions if isinstance(one, StrawberryObjectDefinition) and one.is_input]


@contextmanager
def without_plans(schema: strawberry.Schema) -> Iterator[None]:
    for definition in input_definitions(schema):
        definition.from_input = None
    yield
    install_input_builders(schema)


def external_value(random: Random, type_: GraphQLInputType, depth: int = 0) -> Any:
    """Return a random value that a client may send."""
    if not isinstance(type_, GraphQLNonNull):
        return None if depth > 3 or random.random() < 0.2 else external_value(random, GraphQLNonNull(type_), depth)
    inner = type_.of_type
    if isinstance(inner, GraphQLList):
        return [external_value(random, inner.of_type, depth + 1) for _ in range(random.randrange(3))]
    if isinstance(inner, GraphQLEnumType):
        return random.choice(list(inner.values))
    if isinstance(inner, GraphQLInputObjectType):
        return {
            name: external_value(random, field.type, depth + 1)
            for name, field in inner.fields.items()
            if isinstance(field.type, GraphQLNonNull) or random.random() < 0.6
        }
    return random.choice(VALUES[inner.name])
