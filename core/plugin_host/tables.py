"""A plugin's own tables, as the plugin reaches them: data in, one statement made here, data out.

A name in a statement is one that the database's catalogue gave, never the plugin's; a value is bound, and cast to the
type of its column. Each statement names the agency, and the policies of the table hold it to that as well.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from uuid import UUID

import asyncpg
import orjson

from core.kit import db
from core.kit.scope import Actor, Scope, agency_scope
from core.plugin_host.cells import MOST_TOLD, given_rows, row_of, rows_of, where_of
from core.plugin_host.table_shapes import read_shapes
from core.plugin_host.table_statements import Statement, insert_statement
from recobro_sdk import ProviderTimeout, ProviderUnavailable, TableShape
from recobro_sdk.table_rules import (
    checked_answer,
    checked_changed,
    checked_insert,
    checked_select,
    checked_values,
    checked_where,
    granted,
    shape_of,
    taken,
)

T = TypeVar("T")
TABLE_S = 5.0
"""How long a statement may take, waiting for rows that another one holds included."""
_MUCH = 64 << 10
_PAGE = 50
"""Rows that are read at once: what is too large is noticed before all of it is here."""


@dataclass(frozen=True, slots=True)
class Told:
    """A call as the plugin's process told it: `what` of it, and in how many bytes."""

    what: dict[str, Any]
    size: int

    async def judged(self, judge: Callable[[dict[str, Any]], T]) -> T:
        """What comes of it; apart from the loop where there is much to judge."""
        return await asyncio.to_thread(judge, self.what) if self.size > _MUCH else judge(self.what)


@dataclass(slots=True)
class Tables:
    """The tables of one plugin at one agency. Each call is one statement in a transaction of its own.

    All raise: ValueError; ProviderTimeout; ProviderUnavailable.
    """

    plugin: str
    scope: Scope
    asked_for: bool
    _shapes: Mapping[str, TableShape] | None = field(default=None, repr=False)

    @classmethod
    def of(cls, plugin: str, agency_id: UUID, *, asked_for: bool) -> "Tables":
        return cls(plugin, agency_scope(agency_id, Actor("system", f"plugin_{plugin}")), asked_for)

    async def insert(self, told: Told) -> int:
        shape = await self._shape(told)
        given = await told.judged(lambda told: checked_insert(
            shape, rows_of(told.get("rows")), told.get("key"), told.get("existing")
        ))  # fmt: skip
        if not given.rows:
            return 0
        return await self._changed(shape, insert_statement(shape, given), [self.scope.agency, given.rows])

    async def select(self, told: Told) -> bytes:
        """The rows as the wire has them (cells.py), a JSON list."""
        shape = await self._shape(told)
        statement = Statement(shape, self.scope.agency)
        wanted = await told.judged(lambda told: checked_select(
            shape, where_of(told.get("where")), told.get("order"), told.get("limit")
        ))  # fmt: skip
        sql = statement.select(wanted)
        found, size = list[bytes](), 0
        async with self._transaction(shape, read_only=True) as tx:
            cursor = await tx.connection.cursor(sql, *statement.values, timeout=TABLE_S)
            while page := await cursor.fetch(_PAGE, timeout=TABLE_S):
                found.append(orjson.dumps(given_rows([dict(row) for row in page]))[1:-1])
                size = checked_answer(shape, size + len(found[-1]))
        return b"[" + b",".join(found) + b"]"

    async def update(self, told: Told) -> int:
        shape = await self._shape(told)
        statement = Statement(shape, self.scope.agency)
        where = await told.judged(lambda told: checked_where(shape, where_of(told.get("where"))))
        values = await told.judged(lambda told: checked_values(shape, row_of(told.get("values"))))
        return await self._changed(shape, statement.update(where, values), statement.values)

    async def delete(self, told: Told) -> int:
        shape = await self._shape(told)
        statement = Statement(shape, self.scope.agency)
        where = await told.judged(lambda told: checked_where(shape, where_of(told.get("where"))))
        return await self._changed(shape, statement.delete(where), statement.values)

    async def _shape(self, told: Told) -> TableShape:
        granted(self.asked_for)
        if self._shapes is None:
            async with db.transaction(self.scope, read_only=True) as tx:
                self._shapes = await read_shapes(tx, self.plugin)
        return shape_of(self._shapes, told.what.get("table"))

    async def _changed(self, shape: TableShape, sql: str, values: Sequence[Any]) -> int:
        async with self._transaction(shape) as tx:
            status = await tx.execute(sql, *values, timeout_s=TABLE_S)
            return checked_changed(shape, int(status.rpartition(" ")[2]))

    @asynccontextmanager
    async def _transaction(self, shape: TableShape, *, read_only: bool = False) -> AsyncGenerator[db.Tx]:
        try:
            async with db.transaction(self.scope, read_only=read_only) as tx:
                yield tx
        except TimeoutError as problem:
            raise _late(shape) from problem
        except asyncpg.PostgresError as problem:
            refusal = _refusal(shape, problem)
            if refusal is None:
                raise
            raise refusal from problem


def _late(shape: TableShape) -> ProviderTimeout:
    return ProviderTimeout(f"{shape.name} took longer than {TABLE_S:.0f} s", code="tables_timeout")


def _refusal(shape: TableShape, problem: asyncpg.PostgresError) -> Exception | None:
    """What the database says, without the values that it tells with it; None where that is not the plugin's doing."""
    named = problem.constraint_name or problem.column_name
    if isinstance(problem, asyncpg.UniqueViolationError):
        return taken(shape, f"key ({named})")
    if isinstance(problem, asyncpg.QueryCanceledError):
        return _late(shape)
    if isinstance(problem, asyncpg.TransactionRollbackError | asyncpg.LockNotAvailableError):
        return ProviderUnavailable(f"{shape.name}: another call was in the way", code="tables_busy")
    if isinstance(problem, asyncpg.InsufficientPrivilegeError):
        return ValueError(f"{shape.name}: what op.secure_table gave it does not allow this")
    if (problem.sqlstate or "")[:2] in ("22", "23", "42", "44", "P0"):
        at = f" ({named})" if named else ""
        return ValueError(f"{shape.name} refuses this{at}: {type(problem).__name__.removesuffix('Error')}")
    return None


async def asked_of(tables: Tables, what: str, body: bytes) -> tuple[dict[str, Any], bytes]:
    """What a plugin asks of its tables. Raises: ValueError, TypeError; ProviderTimeout; ProviderUnavailable."""
    if len(body) > MOST_TOLD:
        raise ValueError("the values of a call hold at most 4 MiB; make several calls")
    found = orjson.loads(body)
    if not isinstance(found, dict):
        raise ValueError("a call of a table is an object")
    told = Told(cast("dict[str, Any]", found), len(body))
    if what == "tables.select":
        return {}, await tables.select(told)
    changes = {"tables.insert": tables.insert, "tables.update": tables.update, "tables.delete": tables.delete}
    if what not in changes:
        raise ValueError("a table does nothing of that kind")
    return {"count": await changes[what](told)}, b""
