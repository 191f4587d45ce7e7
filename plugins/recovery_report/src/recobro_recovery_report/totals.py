"""Sums of a table's columns, kept while its rows go by."""

from __future__ import annotations

from recobro_recovery_report.layout import TOTAL, Cell, Table
from recobro_sdk import ColumnKind, Language, Money


class Totals:
    """Adds up a table in exact integers; amounts in another currency than the report's are a `ValueError`."""

    def __init__(self, table: Table, currency: str) -> None:
        self._table = table
        self.rows: int = 0
        self._sums: dict[str, Money] = {
            column.code: Money.zero(currency) for column in table.columns if column.kind is ColumnKind.MONEY
        }
        self._counts: dict[str, int] = dict.fromkeys(table.counted, 0)

    def add(self, cells: list[Cell]) -> None:
        """Add one row."""
        self.rows += 1
        for column, cell in zip(self._table.columns, cells, strict=True):
            if isinstance(cell, Money):
                self._sums[column.code] += cell
            elif column.code in self._counts and isinstance(cell, int):
                self._counts[column.code] += cell

    def money(self, code: str) -> Money:
        """The sum of a column of kind money."""
        return self._sums[code]

    def cells(self, language: Language) -> list[Cell]:
        """The totals row: its label in the first column, and nothing under columns that do not add up."""
        cells: list[Cell] = [
            self._sums.get(column.code, self._counts.get(column.code, "")) for column in self._table.columns
        ]
        cells[0] = TOTAL.localised(language)
        return cells
