"""The SQL of a call of a plugin's table: names of the catalogue, and values bound and cast by the types of columns."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from recobro_sdk import ColumnType, TableShape
from recobro_sdk.table_rules import OWNER, Condition, Insert, Select


@dataclass(slots=True)
class Statement:
    """A statement and what is bound in it: the agency first."""

    shape: TableShape
    agency: UUID
    values: list[Any] = field(default_factory=list[Any])

    def __post_init__(self) -> None:
        self.values.append(self.agency)

    def select(self, wanted: Select) -> str:
        order = ", ".join(f"{self._compared(name)}{' DESC' if other else ''}" for name, other in wanted.order)
        return (
            f"SELECT {_listed(self.shape.columns)} FROM {_table(self.shape)} WHERE {self._where(wanted.where)}"  # noqa: S608 - names of the catalogue
            f"{f' ORDER BY {order}' if order else ''} LIMIT {wanted.limit}"
        )

    def update(self, where: Sequence[Condition], values: Mapping[str, Any]) -> str:
        given = ", ".join(f"{quoted(name)} = {self._bound(name, value)}" for name, value in values.items())
        return f"UPDATE {_table(self.shape)} SET {given} WHERE {self._where(where)}"  # noqa: S608 - as above

    def delete(self, where: Sequence[Condition]) -> str:
        return f"DELETE FROM {_table(self.shape)} WHERE {self._where(where)}"  # noqa: S608 - as above

    def _where(self, where: Sequence[Condition]) -> str:
        return " AND ".join([f"{OWNER} = $1", *(self._condition(one) for one in where)])

    def _condition(self, one: Condition) -> str:
        if one.operator == "null":
            return f"{quoted(one.column)} IS NULL"
        if one.operator == "in":
            return f"{quoted(one.column)} = ANY ({self._bound(one.column, one.value, many='[]')})"
        compared = quoted(one.column) if one.operator == "=" else self._compared(one.column)
        return f"{compared} {one.operator} {self._bound(one.column, one.value)}"

    def _compared(self, name: str) -> str:
        """By code points, so that a page of texts is the same in every installation, and in a test."""
        text = self.shape.columns[name].type is ColumnType.TEXT
        return f'{quoted(name)} COLLATE "C"' if text else quoted(name)

    def _bound(self, name: str, value: Any, *, many: str = "") -> str:
        self.values.append(value)
        return f"${len(self.values)}::{_cast(self.shape, name)}{many}"


def insert_statement(shape: TableShape, given: Insert) -> str:
    """All rows as one JSON document, which PostgreSQL reads by the types of the columns."""
    typed = ", ".join(f"{quoted(name)} {_cast(shape, name)}" for name in given.columns)
    columns = _listed([OWNER, *given.columns])
    chosen = ", ".join(["$1", *(f"r.{quoted(name)}" for name in given.columns)])
    return (
        f"INSERT INTO {_table(shape)} ({columns}) SELECT {chosen} "  # noqa: S608 - names of the catalogue
        f"FROM jsonb_to_recordset($2::jsonb) AS r({typed}){_conflict(given)}"
    )


def _conflict(given: Insert) -> str:
    if given.key is None:
        return ""
    others = [name for name in given.columns if name not in given.key]
    target = f" ON CONFLICT ({_listed([OWNER, *given.key])}) DO "
    if given.keep or not others:
        return target + "NOTHING"
    return target + "UPDATE SET " + ", ".join(f"{quoted(name)} = EXCLUDED.{quoted(name)}" for name in others)


def _cast(shape: TableShape, name: str) -> str:
    kind = shape.columns[name].type
    return "bigint" if kind is ColumnType.INTEGER else kind.value


def _listed(names: Iterable[str]) -> str:
    return ", ".join(quoted(name) for name in names)


def _table(shape: TableShape) -> str:
    return f"public.{quoted(shape.name)}"


def quoted(name: str) -> str:
    """A name of the catalogue, as SQL has it."""
    return '"' + name.replace('"', '""') + '"'
