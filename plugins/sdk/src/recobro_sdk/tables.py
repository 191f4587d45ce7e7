"""A plugin's own tables: what is in them, and how it reads and writes them. Data, and never SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Literal, Protocol, TypeAlias, runtime_checkable
from uuid import UUID

from pydantic import JsonValue

TableValue: TypeAlias = str | int | bool | date | datetime | UUID | list[JsonValue] | dict[str, JsonValue] | None
"""What a column holds. Moments are aware; money is two columns, whole minor units and an ISO 4217 code."""

TableRow: TypeAlias = Mapping[str, TableValue]
"""Values by column, without `agency_id`: that one is the host's."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """A condition: the column has one of these values, at most 1,000; with none, no row fits."""

    values: Sequence[TableValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class InRange:
    """A condition on a text (by code points), a whole number, a day, a moment or a UUID: all bounds given hold."""

    at_least: TableValue = None
    more_than: TableValue = None
    at_most: TableValue = None
    less_than: TableValue = None


TableWhere: TypeAlias = Mapping[str, TableValue | OneOf | InRange]
"""Conditions by column, which all hold: a value is equal to it, None is null. Empty: every row of the agency."""


class ColumnType(StrEnum):
    """What a column can be; a table may have others, which a plugin does not reach."""

    TEXT = "text"
    """`str`. text, varchar."""
    INTEGER = "integer"
    """`int`. bigint, integer, smallint."""
    BOOLEAN = "boolean"
    """`bool`."""
    DATE = "date"
    """`date`."""
    MOMENT = "timestamptz"
    """An aware `datetime`; comes back in UTC."""
    UUID = "uuid"
    """`UUID`."""
    JSON = "jsonb"
    """A `dict` or a `list`; no condition and no order can be made of it."""


INTEGER_MOST: Final = 2**63 - 1
"""The largest `bigint`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table. `filled`: the database gives it a value where a row names none. `most`: characters of a
    text; of a whole number, the largest that fits."""

    type: ColumnType
    nullable: bool = False
    filled: bool = False
    most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableShape:
    """A table as the host reads it from the database, and as a test declares it, both without `agency_id`.

    `keys` are the columns of each unique key.
    """

    name: str
    columns: Mapping[str, Column]
    keys: tuple[frozenset[str], ...] = ()


@runtime_checkable
class PluginTables(Protocol):
    """The tables `<plugin>__<noun>` that the plugin's revisions made, and of them this agency's rows.

    Needs the scope `table:own:write`. Each call is one statement and one transaction: done as a whole, or not at all.
    At most 1,000 rows a call (10,000 that an update or a delete changes), 4 MiB and five seconds. Raises: ValueError,
    which names table and column and says what to do; ProviderTimeout; ProviderUnavailable where another call is in the
    way, and the same one can be made again.
    """

    async def insert(
        self,
        table: str,
        rows: Sequence[TableRow],
        *,
        key: Sequence[str] | None = None,
        existing: Literal["replace", "keep"] = "replace",
    ) -> int:
        """Write rows, which all have the same columns; returns how many were written.

        With `key`, the columns of a unique key, a row that is there already gets the other columns anew (`replace`), or
        stays as it is and is not counted (`keep`: of two that race, one writes). Without it, such a row is refused.
        """
        ...

    async def select(
        self, table: str, where: TableWhere, *, order: Sequence[str] = (), limit: int = 100
    ) -> list[dict[str, TableValue]]:
        """The rows that fit, at most `limit` (1 to 1,000), with all columns.

        `order` names columns, `-column` for the other way round; texts follow their code points, null comes after all
        else (before it with `-`). Without it rows come as they like. The next page: `InRange(more_than=…)` of the last.
        """
        ...

    async def update(self, table: str, where: TableWhere, values: TableRow) -> int:
        """Give the rows that fit new values; returns how many. With the value that was read in `where`, nobody's change
        in between is lost: 0 means that somebody was faster."""
        ...

    async def delete(self, table: str, where: TableWhere) -> int:
        """Take the rows that fit away; returns how many."""
        ...
