"""What a report is made of: tables with typed columns, and the figures and summaries that are drawn from their rows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Protocol, TypeAlias

from recobro_creditor_reports.totals import Totals
from recobro_sdk import ColumnKind, Language, Money, ReportColumn, ReportData, Text

Cell: TypeAlias = str | int | date | Money
"""Text, a count, a day or an amount."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `adds` says whether its sum means something. Amounts that are balances of their row do not add up."""

    code: str
    kind: ColumnKind
    title: Text
    adds: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table and its name, which is also its file's and its sheet's. `charted` is the column that a chart shows."""

    code: str
    title: Text
    file: Text
    columns: tuple[Column, ...]
    charted: str | None = None

    def place(self, code: str) -> int:
        """Where a column stands, from 0."""
        return [column.code for column in self.columns].index(code)


@dataclass(frozen=True, slots=True)
class Detail:
    """A table of streamed rows; each of its columns is named like the field of the row that it shows."""

    table: Table
    rows: Callable[[ReportData], AsyncIterator[Any]]

    def cells(self, row: object) -> list[Cell]:
        """The cells of one row."""
        return [getattr(row, column.code) for column in self.table.columns]


@dataclass(frozen=True, slots=True)
class Summary:
    """A table that fits in memory, with its rows."""

    table: Table
    rows: Sequence[list[Cell]]


@dataclass(frozen=True, slots=True)
class Figure:
    """One labelled figure of a report's head."""

    title: Text
    value: Cell


class Fold(Protocol):
    """What a report keeps of the rows while they go by."""

    def add(self, table: Table, row: Any) -> None:
        """Take one row of a detail table."""
        ...

    def summaries(self) -> list[Summary]:
        """The summaries, in the order of `Definition.summaries`."""
        ...

    def figures(self, totals: Mapping[str, Totals]) -> list[Figure]:
        """The figures, from the totals of the detail tables by their code."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One report. `stem` begins the name of every file; `fold` makes a fresh fold for one creditor's data."""

    code: str
    title: Text
    stem: Text
    details: tuple[Detail, ...]
    summaries: tuple[Table, ...]
    fold: Callable[[ReportData, Language, Sequence[int]], Fold]

    @property
    def columns(self) -> tuple[ReportColumn, ...]:
        """Every column, as the SDK describes them."""
        tables = (*self.summaries, *(detail.table for detail in self.details))
        return tuple(
            ReportColumn(table.code, column.code, column.kind, column.title)
            for table in tables
            for column in table.columns
        )


TOTAL: Final = Text("Total", "Total")
EMPTY: Final = Text("(sin nombre)", "(no name)")
OTHERS: Final = Text("(otros)", "(others)")


def text(code: str, es: str, en: str) -> Column:
    """A column of text."""
    return Column(code, ColumnKind.TEXT, Text(es, en))


def day(code: str, es: str, en: str) -> Column:
    """A column of days."""
    return Column(code, ColumnKind.DATE, Text(es, en))


def count(code: str, es: str, en: str, *, adds: bool = True) -> Column:
    """A column of whole numbers."""
    return Column(code, ColumnKind.NUMBER, Text(es, en), adds)


def money(code: str, es: str, en: str, *, adds: bool = True) -> Column:
    """A column of amounts."""
    return Column(code, ColumnKind.MONEY, Text(es, en), adds)
