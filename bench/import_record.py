"""Writes down what an import says to PostgreSQL, as a script for psql: `replay.sql`, and `staged.csv` for its COPY.

Taken down where the driver takes the statements, so from BEGIN with role and tenant to COMMIT, with what the commit
brings. Statements with arguments become PREPARE and EXECUTE, which is what the driver makes of them. What other
connections do meanwhile (the progress of the job, each a transaction of its own) is left out: psql does less.
"""

from collections.abc import AsyncIterable, AsyncIterator, Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any
from unittest.mock import patch

import asyncpg
import orjson
from psycopg import sql

SCRIPT = "replay.sql"


@dataclass
class _Taken:
    """The lines of each connection since its last BEGIN, and those of the transaction with the COPY."""

    folder: Path
    lines: dict[int, list[str]] = field(default_factory=dict[int, list[str]])
    copied: set[int] = field(default_factory=set[int])
    script: list[str] | None = None

    def add(self, connection: object, text: str) -> None:
        if text.startswith("BEGIN"):
            self.lines[id(connection)] = []
        lines = self.lines.setdefault(id(connection), [])
        lines.append(text)
        if text.startswith("COMMIT") and id(connection) in self.copied:
            assert self.script is None, "one transaction copies"
            self.script = list(lines)

    def statement(self, connection: object, query: str, args: tuple[Any, ...]) -> None:
        query = query.strip().rstrip(";")
        if args:
            name = f"r{len(self.lines.get(id(connection), []))}"
            values = ", ".join(literal(value) for value in args)
            query = f"PREPARE {name} AS {query};\nEXECUTE {name}({values})"
        self.add(connection, f"{query};\n")


@contextmanager
def recorded(folder: Path) -> Generator[None]:
    """Write the script of the one transaction in the block that fills a table by COPY."""
    taken = _Taken(folder)
    with ExitStack() as stack:
        for name in ("execute", "fetch", "fetchrow", "fetchval"):
            stack.enter_context(patch.object(asyncpg.Connection, name, _listening(name, taken)))
        stack.enter_context(patch.object(asyncpg.Connection, "copy_to_table", _copying(taken)))
        yield
    assert taken.script is not None, "a transaction with a COPY was committed"
    (folder / SCRIPT).write_text("".join(taken.script))


def _listening(name: str, taken: _Taken) -> Callable[..., Any]:
    original = getattr(asyncpg.Connection, name)

    async def call(self: object, query: str, *args: Any, **options: Any) -> Any:
        found = await original(self, query, *args, **options)
        taken.statement(self, query, args)
        return found

    return call


def _copying(taken: _Taken) -> Callable[..., Any]:
    original: Callable[..., Any] = asyncpg.Connection.copy_to_table

    async def call(
        self: object, table: str, *, source: AsyncIterable[bytes], columns: list[str], **options: Any
    ) -> Any:
        path = taken.folder / "staged.csv"
        given = ", ".join(f"{name} {literal(value)}" for name, value in options.items() if name != "timeout")
        found = await original(self, table, source=_kept(source, path), columns=columns, **options)
        taken.copied.add(id(self))
        taken.add(self, f"\\copy {table} ({', '.join(columns)}) from '{path}' with ({given})\n")
        return found

    return call


async def _kept(source: AsyncIterable[bytes], path: Path) -> AsyncIterator[bytes]:
    with path.open("wb") as out:
        async for piece in source:
            out.write(piece)
            yield piece


def literal(value: Any) -> str:
    """An argument as the driver would send it; text without a type, so that the parameter's own is taken."""
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, dict):
        value = orjson.dumps(value, default=str).decode()
    return sql.Literal(value).as_string(None)
