"""A schema whose values may break every rule of GraphQL: for comparing two executions of one operation."""

from collections.abc import AsyncIterator, Callable, Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from random import Random
from typing import Any

import strawberry
from graphql import Undefined
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig
from strawberry.types import Info

from kit.errors import NotFound
from schema.scalars import SCALARS

LONG = 200  # items of a long list


@dataclass(frozen=True)
class Raises:
    """A value that a resolver raises."""

    error: Exception


class Later:
    """A value that has to be awaited, as often as wanted."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __await__(self) -> Generator[None, None, object]:
        return self._value
        yield


class PlainTree:
    """Has the attributes of a tree, and is not of its class."""

    def __init__(self, **values: object) -> None:
        self.__dict__.update(values)


@dataclass
class Orchard:
    """The context: what the root resolvers return, and which of them were called."""

    values: dict[str, Any]
    calls: list[str] = field(default_factory=list)

    def get(self, name: str) -> Any:
        self.calls.append(name)
        return give(self.values.get(name))


def give(value: Any) -> Any:
    """Return the value, or raise it."""
    if isinstance(value, Raises):
        raise value.error
    return value


@strawberry.enum
class Colour(Enum):
    GREEN = "GREEN"
    RED = "RED"


@strawberry.interface
class Named:
    name: str


@strawberry.type
class Leaf(Named):
    size: int | None = 1
    fallen: bool = False


@strawberry.type
class Tree(Named):
    height: int = 1
    weight: float | None = 1.5
    tag: strawberry.ID | None = strawberry.field(default=strawberry.ID("oak"))
    is_old: bool | None = True
    colour: Colour | None = Colour.GREEN
    colours: list[Colour] = strawberry.field(default_factory=list)
    extra: JSON | None = None
    planted: datetime | None = datetime(2026, 1, 31, tzinfo=UTC)
    rows: list[list[int | None]] | None = None
    branches: list["Tree"] = strawberry.field(default_factory=list)
    neighbour: "Tree | None" = None
    things: list[Named | None] | None = None
    soil: "Soil | None" = None
    hidden: strawberry.Private[Any] = None

    @strawberry.field
    def computed(self) -> str | None:
        value: str | None = give(self.hidden)
        return value

    @strawberry.field
    def required(self) -> int:
        value: int = give(self.hidden)
        return value

    @strawberry.field
    def inner(self) -> "Soil | None":
        value: Soil | None = give(self.hidden)
        return value


@strawberry.type
class Soil:
    depth: int = 3
    wet: bool | None = None


@strawberry.type(description="Its fields are not compiled.")
class Stone:
    depth: int = 3

    @strawberry.field
    def scaled(self, by: int = 2) -> int:
        return self.depth * by

    @strawberry.field
    async def probed(self) -> int | None:
        return self.depth


OrchardInfo = Info[Orchard, None]


@strawberry.type
class Query:
    @strawberry.field
    def tree(self, info: OrchardInfo, name: str | None = None, count: int = 1) -> Tree | None:
        tree: Tree | None = info.context.get("tree")
        return tree

    @strawberry.field
    async def fetched(self, info: OrchardInfo, colour: Colour = Colour.RED) -> Tree:
        tree: Tree = info.context.get("fetched")
        return tree

    @strawberry.field
    async def thing(self, info: OrchardInfo, id: strawberry.ID) -> Named | None:
        thing: Named | None = info.context.get("thing")
        return thing

    @strawberry.field
    def forest(self, info: OrchardInfo) -> list[Tree | None] | None:
        forest: list[Tree | None] | None = info.context.get("forest")
        return forest

    @strawberry.field
    def soil(self, info: OrchardInfo) -> Soil:
        soil: Soil = info.context.get("soil")
        return soil

    @strawberry.field
    async def stone(self, info: OrchardInfo) -> Stone:
        stone: Stone = info.context.get("stone")
        return stone

    @strawberry.field
    def number(self, info: OrchardInfo, of: list[int] | None = None) -> int | None:
        number: int | None = info.context.get("number")
        return number


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def plant(self, info: OrchardInfo, name: str, count: int = 1) -> Tree:
        tree: Tree = info.context.get("fetched")
        return tree

    @strawberry.mutation
    def water(self, info: OrchardInfo, colour: Colour | None = None) -> Tree | None:
        tree: Tree | None = info.context.get("tree")
        return tree


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def grown(self, name: str | None = None) -> AsyncIterator[Tree]:
        yield Tree(name=name or "")


def build_orchard_schema() -> strawberry.Schema:
    config = StrawberryConfig(scalar_map=SCALARS)
    return strawberry.Schema(Query, Mutation, Subscription, types=[Leaf, Tree], config=config)


ERRORS = (NotFound("No such tree."), ZeroDivisionError("a bug"), ValueError("another"))
LATER = (Later(None), Later(1), Later("later"), Later(Colour.RED), Later([1]))
ODD: tuple[Any, ...] = (
    *(None, 2**31, -(2**31), float("nan"), 1.5, True, "text", "", b"bytes", Colour.RED),
    *(object(), [], {}, (1, 2), {1}),
    *(Undefined, *ERRORS, *LATER),
)


@dataclass
class OrchardGrower:
    """Makes random values for the root resolvers: some valid, some not, some raised."""

    random: Random
    odds: float = field(init=False)
    """The share of odd values."""

    def __post_init__(self) -> None:
        self.odds = self.random.choice([0, 0, 0.01, 0.04])

    def orchard(self) -> dict[str, Any]:
        """Return what each root resolver returns or raises."""
        values = {
            "tree": self._or_none(lambda: self._tree(3)),
            "fetched": self._tree(3),
            "thing": self._or_none(lambda: self._thing(2)),
            "forest": self._list(lambda: self._or_none(lambda: self._tree(2))),
            "soil": self._soil(),
            "stone": Stone(depth=self._usually(3)),
            "number": self._usually(7),
        }
        return {
            name: self._usually(value) if self.random.random() > self.odds else failure(self.random)
            for name, value in values.items()
        }

    def _usually(self, good: Any) -> Any:
        return good if self.random.random() >= self.odds else self.random.choice(ODD)

    def _or_none(self, make: Callable[[], Any]) -> Any:
        return make() if self.random.random() < 0.75 else None

    def _list(self, make: Callable[[], Any]) -> Any:
        return self._usually([self._usually(make()) for _ in range(self.random.choice([0, 1, 2, 3]))])

    def _tree(self, depth: int) -> Any:
        values = {**self._scalars(), **(self._inner(depth) if depth else {})}
        if self.random.random() < self.odds:
            return PlainTree(**vars(Tree(**values)))
        return Tree(**values)

    def _scalars(self) -> dict[str, Any]:
        pick = self.random.choice
        values = {
            "name": pick(["oak", "", "\u00e9"]),
            "height": pick([0, 7, -3, 2**31 - 1, -(2**31)]) if pick(range(50)) else 2**31,
            "weight": pick([None, 1.25, 0.0, 3]) if pick(range(50)) else float("inf"),
            "tag": pick([None, "t", 12]),
            "is_old": pick([None, True, False]),
            "colour": pick([None, *Colour]),
            "colours": self._list(lambda: pick(list(Colour))),
            "extra": pick([None, {"a": [1, None]}, [], "text", 0]),
            "planted": pick([None, datetime(2026, 2, 3, 4, 5, 6, 7_000, tzinfo=UTC)]),
            "rows": self._or_none(lambda: self._list(lambda: self._list(lambda: pick([None, 1, 2])))),
            "hidden": pick([None, 4]) if self.random.random() >= 4 * self.odds else failure(self.random),
        }
        return {name: self._usually(value) for name, value in values.items()}

    def _inner(self, depth: int) -> dict[str, Any]:
        values = {
            "branches": self._list(lambda: self._tree(depth - 1)),
            "neighbour": self._or_none(lambda: self._tree(depth - 1)),
            "things": self._or_none(lambda: self._list(lambda: self._or_none(lambda: self._thing(depth - 1)))),
            "soil": self._or_none(self._soil),
        }
        if self.random.random() < 0.05:
            values["branches"] = [self._tree(0)] * LONG
        return {name: self._usually(value) for name, value in values.items()}

    def _thing(self, depth: int) -> Any:
        leaf = Leaf(name=self._usually("leaf"), size=self._usually(self.random.choice([None, 2])))
        return leaf if self.random.random() < 0.5 else self._tree(depth)

    def _soil(self) -> Soil:
        return Soil(depth=self._usually(3), wet=self._usually(self.random.choice([None, True])))


def failure(random: Random) -> Raises:
    return Raises(random.choice(ERRORS))
