"""Resolvers of root fields that are called directly get what Strawberry gives them."""

from enum import Enum
from random import Random
from typing import Annotated, Any

import pytest
import strawberry
from strawberry.types.info import Info

from server.graphql.input_builder import install_input_builders
from server.graphql.root_resolvers import install_root_resolvers

pytestmark = pytest.mark.anyio

CASES = 200
CHOICES: dict[str, list[Any]] = {
    "$count": [0, 7, None],
    "$texts": [["a", None], [], None],
    "$shades": [["RED", "BLUE"], [], None],
    "$size": [{"width": 1, "shade": "BLUE"}, {"width": 2, "height": None}, None],
    "$sizes": [[{"width": 1}], [None], None],
    "$named": ["given"],
}
DOCUMENT = """query ($count: Int, $texts: [String], $shades: [Shade!], $size: Size, $sizes: [Size], $named: String) {
  now(count: $count, texts: $texts, shades: $shades, size: $size, sizes: $sizes, called: $named)
  later(count: $count, texts: $texts, shades: $shades, size: $size, sizes: $sizes, called: $named)
  root
}"""


@strawberry.enum
class Shade(Enum):
    RED = "r"
    BLUE = "b"


@strawberry.input
class Size:
    width: int
    height: int | None = strawberry.UNSET
    shade: Shade | None = Shade.RED


@strawberry.type
class Query:
    @strawberry.field
    def now(
        self,
        info: Info[Any, Any],
        count: int | None = 3,
        texts: list[str | None] | None = strawberry.UNSET,
        shades: list[Shade] | None = None,
        size: Size | None = None,
        sizes: list[Size | None] | None = None,
        named: Annotated[str | None, strawberry.argument(name="called")] = "default",
    ) -> str:
        return repr((self, info.context, info.field_name, count, texts, shades, size, sizes, named))

    @strawberry.field
    async def later(
        self,
        count: int | None = 3,
        texts: list[str | None] | None = strawberry.UNSET,
        shades: list[Shade] | None = None,
        size: Size | None = None,
        sizes: list[Size | None] | None = None,
        named: Annotated[str | None, strawberry.argument(name="called")] = "default",
    ) -> str:
        if count == 0:
            raise ValueError("zero")
        return repr((self, count, texts, shades, size, sizes, named))

    @strawberry.field
    def root(root: Any) -> str:
        return repr(root)


async def test_arguments_source_and_info_are_those_that_strawberry_passes() -> None:
    random, judge, direct = Random(1), strawberry.Schema(Query), strawberry.Schema(Query)
    install_input_builders(direct)
    install_root_resolvers(direct)

    for _ in range(CASES):
        given = {name[1:]: random.choice(values) for name, values in CHOICES.items() if random.random() < 0.7}
        results = [
            await schema.execute(DOCUMENT, given, context_value="context", root_value="root")
            for schema in (judge, direct)
        ]

        assert results[1].data == results[0].data
        assert [error.formatted for error in results[1].errors or ()] == [
            error.formatted for error in results[0].errors or ()
        ]


def test_every_root_field_is_called_directly() -> None:
    schema = strawberry.Schema(Query)
    install_root_resolvers(schema)

    query = schema._schema.query_type

    assert query is not None
    assert all("_root_resolver" in field.resolve.__qualname__ for field in query.fields.values() if field.resolve)
