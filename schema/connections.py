"""Cursor-based pagination as specified by Relay: connections, edges and page info.

https://relay.dev/graphql/connections.htm
"""

from collections.abc import Callable
from typing import Generic, Self, TypeVar

import strawberry

from kit.pagination import Page, cursor

T = TypeVar("T")
M = TypeVar("M")


@strawberry.interface(description="An object with a globally unique id, which can be fetched with `node`.")
class Node:
    id: strawberry.ID = strawberry.field(
        description="The id: a type prefix such as `gen_`, followed by a part that sorts by creation time."
    )


@strawberry.type(description="The position of a page in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there are items after this page.")
    has_previous_page: bool = strawberry.field(description="Whether there are items before this page.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first item; null if the page is empty.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last item; null if the page is empty.")


@strawberry.type(description="An item of a page, with its cursor.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="The opaque cursor of the item, for the arguments `after` and `before`.")
    node: T = strawberry.field(description="The item.")


@strawberry.type(description="A page of a list, newest items first.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(description="The items with their cursors.")
    nodes: list[T] = strawberry.field(description="The items without cursors.")
    page_info: PageInfo = strawberry.field(description="The cursors and flags for pagination.")

    @classmethod
    def from_page(cls, page: Page[M], *, identify: Callable[[M], str], convert: Callable[[M], T]) -> Self:
        """Convert a page of domain values; `identify` returns the id that the cursor of an item is made from."""
        cursors = [cursor(identify(item)) for item in page.items]
        nodes = [convert(item) for item in page.items]
        return cls(
            edges=[Edge(cursor=item_cursor, node=node) for item_cursor, node in zip(cursors, nodes, strict=True)],
            nodes=nodes,
            page_info=PageInfo(
                has_next_page=page.has_next,
                has_previous_page=page.has_previous,
                start_cursor=cursors[0] if cursors else None,
                end_cursor=cursors[-1] if cursors else None,
            ),
        )
