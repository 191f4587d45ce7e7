"""Sums in exact integers: of a table's columns, and by group. Both are bounded, whatever the number of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from recobro_sdk import ColumnKind, Money

if TYPE_CHECKING:
    from recobro_creditor_reports.tables import Table

Key: TypeAlias = tuple[str | date, ...]
MOST: Final = 200
"""Groups that are told apart by a name that anybody may give, such as a portfolio's; the rest are one group."""


class Totals:
    """Adds up a table's columns; an amount in another currency than the report's is a `ValueError`."""

    def __init__(self, table: Table, currency: str) -> None:
        self._table = table
        self.rows: int = 0
        self._sums: dict[str, Any] = {
            column.code: Money.zero(currency) if column.kind is ColumnKind.MONEY else 0
            for column in table.columns
            if column.adds
        }

    def add(self, cells: Sequence[Any]) -> None:
        """Add one row."""
        self.rows += 1
        for column, cell in zip(self._table.columns, cells, strict=True):
            if column.adds:
                self._sums[column.code] += cell

    def of(self, code: str) -> Any:
        """The sum of a column that adds up: `Money` or a whole number."""
        return self._sums[code]

    def cells(self, label: str) -> list[Any]:
        """The totals row: its label in the first column, and nothing under columns that do not add up."""
        cells: list[Any] = [self._sums.get(column.code, "") for column in self._table.columns]
        cells[0] = label
        return cells


class Groups:
    """Counts and sums by key. A key after `most` others is `rest`, so that memory is bounded and every sum whole."""

    def __init__(self, counts: int, sums: int, currency: str, *, most: int | None = None, rest: Key = ()) -> None:
        self._zero: list[Any] = [0] * counts + [Money.zero(currency)] * sums
        self._most = most
        self._rest = rest
        self._groups: dict[Key, list[Any]] = {}

    def expect(self, keys: Iterable[Key]) -> None:
        """Have these groups whether or not a row comes for them."""
        for key in keys:
            self._groups.setdefault(key, list(self._zero))

    def add(self, key: Key, values: Sequence[Any]) -> None:
        """Add counts and amounts, in the order of the columns behind the key."""
        group = self._groups.get(key)
        if group is None:
            full = self._most is not None and len(self._groups) >= self._most
            group = self._groups.setdefault(self._rest if full else key, list(self._zero))
        for position, value in enumerate(values):
            group[position] += value

    def rows(self, order: Callable[[Key], Any] | None = None) -> list[list[Any]]:
        """A row for each group: its key, its counts and its sums; ordered by key unless `order` says otherwise."""
        return [[*key, *self._groups[key]] for key in sorted(self._groups, key=order)]
