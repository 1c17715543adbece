"""Relay's pages: edges, nodes and what lies before and after."""

from collections.abc import Callable
from typing import Generic, Self, TypeVar

import strawberry

from kit.pagination import Page, cursor

T = TypeVar("T")
M = TypeVar("M")


@strawberry.interface(description="Something with an id of its own that `node` can find.")
class Node:
    id: strawberry.ID = strawberry.field(description="The id: a prefix that says what it is, then a sortable part.")


@strawberry.type(description="What lies around a page.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there is more after this page.")
    has_previous_page: bool = strawberry.field(description="Whether there is more before this page.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first edge.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last edge.")


@strawberry.type(description="One row of a page, with its cursor.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="Where this row is, for `after` and `before`.")
    node: T = strawberry.field(description="The row.")


@strawberry.type(description="One page of a list, newest first.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(description="The rows with their cursors.")
    nodes: list[T] = strawberry.field(description="The rows alone.")
    page_info: PageInfo = strawberry.field(description="What lies around the page.")

    @classmethod
    def from_page(cls, page: Page[M], *, identify: Callable[[M], str], convert: Callable[[M], T]) -> Self:
        """Convert a page of domain values; `identify` gives the id that sorts them."""
        cursors = [cursor(identify(item)) for item in page.items]
        nodes = [convert(item) for item in page.items]
        return cls(
            edges=[Edge(cursor=at, node=node) for at, node in zip(cursors, nodes, strict=True)],
            nodes=nodes,
            page_info=PageInfo(
                has_next_page=page.has_next,
                has_previous_page=page.has_previous,
                start_cursor=cursors[0] if cursors else None,
                end_cursor=cursors[-1] if cursors else None,
            ),
        )
