"""What commands share: an open database in a running loop, and tables."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

from rich.console import Console
from rich.table import Table

from recobro.runtime import addresses, opened
from recobro.settings import settings

console = Console()
T = TypeVar("T")

__all__ = ["console", "table", "with_database"]


def with_database(work: Callable[[], Awaitable[T]]) -> T:
    """Run `work` with the database of this installation open, migrated first."""

    async def run(app_url: str) -> T:
        async with opened(settings(), app_url):
            return await work()

    with addresses(settings()) as found:
        return asyncio.run(run(found.app))


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    shown = Table(*columns, title=title, title_justify="left")
    for row in rows:
        shown.add_row(*("" if cell is None else str(cell) for cell in row))
    console.print(shown)
