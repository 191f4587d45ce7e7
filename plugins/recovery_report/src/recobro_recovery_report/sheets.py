"""How a cell is written: text always as text, amounts as exact decimals."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any, Final

from recobro_recovery_report.layout import Cell, Table
from recobro_sdk import ColumnKind, Money, currency_exponent

# A spreadsheet keeps 15 significant digits; a longer amount is written as text rather than with its end rounded off.
_EXACT_BELOW: Final = 10**15
_INK: Final = "#1B2A41"


class Formats:
    """The formats of one workbook."""

    def __init__(self, book: Any, currency: str) -> None:
        decimals = currency_exponent(currency)
        money = f"#,##0.{'0' * decimals}" if decimals else "#,##0"
        top = {"bold": True, "top": 1}
        self.title: Any = book.add_format({"bold": True, "font_size": 16, "font_color": _INK})
        self.heading: Any = book.add_format({"bold": True, "font_color": "white", "bg_color": _INK, "text_wrap": True})
        self.label: Any = book.add_format({"bold": True})
        self.text: Any = book.add_format({})
        self.note: Any = book.add_format({"italic": True, "font_color": "#5A6675"})
        self.date: Any = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        self.number: Any = book.add_format({"num_format": "#,##0"})
        self.money: Any = book.add_format({"num_format": money, "align": "right"})
        self.total_text: Any = book.add_format(top)
        self.total_number: Any = book.add_format({**top, "num_format": "#,##0"})
        self.total_money: Any = book.add_format({**top, "num_format": money, "align": "right"})


def write_row(
    sheet: Any,
    row: int,
    table: Table,
    cells: list[Cell],
    formats: Formats,
    *,
    heading: bool = False,
    total: bool = False,
) -> None:
    """Write the cells of one row; in `constant_memory` rows have to come in order."""
    for position, (column, cell) in enumerate(zip(table.columns, cells, strict=True)):
        if heading:
            sheet.write_string(row, position, str(cell), formats.heading)
        elif isinstance(cell, int) and column.kind is ColumnKind.NUMBER:
            sheet.write_number(row, position, cell, formats.total_number if total else formats.number)
        else:
            write_cell(sheet, row, position, cell, formats, total=total)


def write_cell(sheet: Any, row: int, column: int, cell: Cell, formats: Formats, *, total: bool = False) -> None:
    """Write one cell by its type. Text goes in as a string whatever it starts with, so it is never a formula."""
    if isinstance(cell, Money):
        style = formats.total_money if total else formats.money
        if abs(cell.minor_units) < _EXACT_BELOW:
            sheet.write_number(row, column, cell.to_decimal(), style)
        else:
            sheet.write_string(row, column, cell.to_text(), style)
    elif isinstance(cell, date):
        sheet.write_datetime(row, column, datetime.combine(cell, time()), formats.date)
    elif isinstance(cell, int):
        sheet.write_number(row, column, cell, formats.number)
    else:
        sheet.write_string(row, column, cell, formats.total_text if total else formats.text)
