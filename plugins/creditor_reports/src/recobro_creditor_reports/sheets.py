"""How a cell of the workbook is written: text always as text, amounts as exact decimals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any, Final, Literal, TypeAlias

from recobro_creditor_reports.output import month_text
from recobro_creditor_reports.tables import Cell, Table
from recobro_sdk import ColumnKind, Money, currency_exponent

Style: TypeAlias = Literal["plain", "heading", "total"]

# A spreadsheet keeps 15 significant digits; a longer amount is written as text rather than with its end rounded off.
_EXACT_BELOW: Final = 10**15
_INK: Final = "#1B2A41"


class Formats:
    """The formats of one workbook."""

    def __init__(self, book: Any, currency: str) -> None:
        decimals = currency_exponent(currency)
        money = {"num_format": f"#,##0.{'0' * decimals}" if decimals else "#,##0", "align": "right"}
        top = {"bold": True, "top": 1}
        self.title: Any = book.add_format({"bold": True, "font_size": 16, "font_color": _INK})
        self.label: Any = book.add_format({"bold": True})
        self.note: Any = book.add_format({"italic": True, "font_color": "#5A6675"})
        self._heading: Any = book.add_format({"bold": True, "font_color": "white", "bg_color": _INK, "text_wrap": True})
        self._date: Any = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        self._styles: dict[tuple[str, bool], Any] = {
            (name, total): book.add_format({**base, **(top if total else {})})
            for name, base in (("text", {}), ("number", {"num_format": "#,##0"}), ("money", money))
            for total in (False, True)
        }

    def write(self, sheet: Any, row: int, column: int, cell: Cell, style: Style = "plain") -> None:
        """Write one cell by its type. Text goes in as a string whatever it starts with, so it is never a formula."""
        total = style == "total"
        if style == "heading":
            sheet.write_string(row, column, str(cell), self._heading)
        elif isinstance(cell, Money):
            if abs(cell.minor_units) < _EXACT_BELOW:
                sheet.write_number(row, column, cell.to_decimal(), self._styles["money", total])
            else:
                sheet.write_string(row, column, cell.to_text(), self._styles["money", total])
        elif isinstance(cell, date):
            sheet.write_datetime(row, column, datetime.combine(cell, time()), self._date)
        elif isinstance(cell, int):
            sheet.write_number(row, column, cell, self._styles["number", total])
        else:
            sheet.write_string(row, column, str(cell), self._styles["text", total])


def write_row(
    sheet: Any, row: int, table: Table, cells: Sequence[Cell], formats: Formats, *, style: Style = "plain"
) -> None:
    """Write the cells of one row; in `constant_memory` rows have to come in order."""
    for position, (column, cell) in enumerate(zip(table.columns, cells, strict=True)):
        if column.kind is ColumnKind.MONTH and isinstance(cell, date):
            formats.write(sheet, row, position, month_text(cell), style)
        else:
            formats.write(sheet, row, position, cell, style)
