"""Relay connections over keyset pages."""

from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument

from core.kit import pages

T = TypeVar("T")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether more follow.")
    has_previous_page: bool = strawberry.field(description="Whether some come before.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first item.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last item.")


@strawberry.type(description="An item of a page, with its cursor.")
class Edge(Generic[T]):
    node: T = strawberry.field(description="The item.")
    cursor: str = strawberry.field(description="Give it as `after` to go on behind this item.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(description="The items with their cursors.")
    nodes: list[T] = strawberry.field(description="The items.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")
    counted: strawberry.Private[Callable[[], Awaitable[int]] | None] = None

    @strawberry.field(description="How many there are in all; counted only when asked for.")
    async def total_count(self) -> int | None:
        return await self.counted() if self.counted else None


PAGING = ("first", "after", "last", "before")


def page_arguments() -> list[StrawberryArgument]:
    """The arguments of a connection below an object."""
    return [
        StrawberryArgument(
            name, None, StrawberryAnnotation(int | None if name in ("first", "last") else str | None), default=None
        )
        for name in PAGING
    ]


def connection(
    page: pages.Page[Any], nodes: list[T], count: Callable[[], Awaitable[int]] | None = None
) -> Connection[T]:
    """A page of the core as a connection; `count` runs only where `totalCount` is asked for."""
    return Connection(
        edges=[Edge(node=node, cursor=cursor) for node, cursor in zip(nodes, page.cursors, strict=True)],
        nodes=nodes,
        page_info=PageInfo(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=page.start_cursor,
            end_cursor=page.end_cursor,
        ),
        counted=count,
    )
