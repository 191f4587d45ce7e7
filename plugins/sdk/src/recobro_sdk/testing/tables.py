"""Tables in memory, with the refusals of the host's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal
from uuid import uuid4

from recobro_sdk.table_rules import (
    Condition,
    Insert,
    Operator,
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
from recobro_sdk.table_values import size_of
from recobro_sdk.tables import Column, ColumnType, TableRow, TableShape, TableValue, TableWhere

_HOLDS: Final[Mapping[Operator, Callable[[Any, Any], bool]]] = {
    "null": lambda value, _: value is None,
    "in": lambda value, given: value in given,
    "=": lambda value, given: value == given,
    "<": lambda value, given: value is not None and value < given,
    "<=": lambda value, given: value is not None and value <= given,
    ">": lambda value, given: value is not None and value > given,
    ">=": lambda value, given: value is not None and value >= given,
}


class FakeTables:
    """The tables of one agency in memory, of the shapes that a test declares.

    Unique keys hold. What else the database holds to (checks, references) does not. A column that is `filled` gets a
    new UUID, the moment, or the empty value of its type.
    """

    def __init__(self, shapes: Iterable[TableShape], now: Callable[[], datetime]) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {}
        """By table, as they were written."""
        self.granted: bool = True
        """Whether the manifest asks for the scope; a kit looks."""
        self._shapes = {shape.name: shape for shape in shapes}
        self._now = now

    async def insert(
        self,
        table: str,
        rows: Sequence[TableRow],
        *,
        key: Sequence[str] | None = None,
        existing: Literal["replace", "keep"] = "replace",
    ) -> int:
        """Write, and count what was written."""
        shape = await self._shape(table)
        found = checked_insert(shape, rows, key, existing)
        kept, written = [dict(row) for row in self._of(table)], 0
        for row in found.rows:
            written += self._written(shape, kept, row, found)
        self._checked_keys(shape, kept)
        self.rows[table] = kept
        return written

    async def select(
        self, table: str, where: TableWhere, *, order: Sequence[str] = (), limit: int = 100
    ) -> list[dict[str, TableValue]]:
        """Copies of the rows that fit."""
        shape = await self._shape(table)
        found = checked_select(shape, where, order, limit)
        rows = list(_fitting(self._of(table), found.where))
        for name, reverse in reversed(found.order):
            rows.sort(key=lambda row: (row[name] is None, 0 if row[name] is None else row[name]), reverse=reverse)
        answer = [{name: _copied(row[name]) for name in shape.columns} for row in rows[: found.limit]]
        checked_answer(shape, sum(size_of(value) for row in answer for value in row.values()))
        return answer

    async def update(self, table: str, where: TableWhere, values: TableRow) -> int:
        """Change, and count."""
        shape = await self._shape(table)
        conditions, new = checked_where(shape, where), checked_values(shape, values)
        kept = [dict(row) for row in self._of(table)]
        changed = list(_fitting(kept, conditions))
        for row in changed:
            row.update(new)
        self._checked_keys(shape, kept)
        count = checked_changed(shape, len(changed))
        self.rows[table] = kept
        return count

    async def delete(self, table: str, where: TableWhere) -> int:
        """Take away, and count."""
        shape = await self._shape(table)
        gone = {id(row) for row in _fitting(self._of(table), checked_where(shape, where))}
        count = checked_changed(shape, len(gone))
        self.rows[table] = [row for row in self._of(table) if id(row) not in gone]
        return count

    async def _shape(self, table: str) -> TableShape:
        # The host's take a while; without a wait here, cancellation and races would go untested.
        await asyncio.sleep(0)
        granted(self.granted)
        return shape_of(self._shapes, table)

    def _of(self, table: str) -> list[dict[str, Any]]:
        return self.rows.setdefault(table, [])

    def _written(self, shape: TableShape, kept: list[dict[str, Any]], row: dict[str, Any], given: Insert) -> bool:
        there = None if given.key is None else next((old for old in kept if _same(old, row, given.key)), None)
        if there is None:
            kept.append({name: row[name] if name in row else self._filled(one) for name, one in shape.columns.items()})
            return True
        if given.keep or len(row) == len(given.key or ()):
            return False
        there.update(row)
        return True

    def _filled(self, column: Column) -> TableValue:
        if not column.filled:
            return None
        empty: Mapping[ColumnType, TableValue] = {
            ColumnType.TEXT: "", ColumnType.INTEGER: 0, ColumnType.BOOLEAN: False, ColumnType.DATE: self._now().date(),
            ColumnType.MOMENT: self._now(), ColumnType.UUID: uuid4(), ColumnType.JSON: {},
        }  # fmt: skip
        return empty[column.type]

    @staticmethod
    def _checked_keys(shape: TableShape, rows: list[dict[str, Any]]) -> None:
        for key in shape.keys:
            seen = [tuple(row[name] for name in sorted(key)) for row in rows]
            whole = [one for one in seen if None not in one]
            if len(set(whole)) != len(whole):
                raise taken(shape, ", ".join(sorted(key)))


def _same(old: Mapping[str, Any], new: Mapping[str, Any], key: Sequence[str]) -> bool:
    return all(new[name] is not None and old[name] == new[name] for name in key)


def _fitting(rows: Iterable[dict[str, Any]], where: Sequence[Condition]) -> Iterator[dict[str, Any]]:
    for row in rows:
        if all(_HOLDS[one.operator](row[one.column], one.value) for one in where):
            yield row


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copied(one) for name, one in value.items()}
    return [_copied(one) for one in value] if isinstance(value, list) else value
