"""The first sheet of the workbook: whose report it is, its figures, the months, and their chart."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from recobro_recovery_report.layout import DEBTS, MONTHS, PAYMENTS, Cell, month_name
from recobro_recovery_report.sheets import Formats, write_cell, write_row
from recobro_recovery_report.totals import Totals
from recobro_sdk import Language, ReportData, Text

SUMMARY: Final[dict[str, Text]] = {
    "file": Text("recuperacion.xlsx", "recovery.xlsx"),
    "sheet": Text("Resumen", "Summary"),
    "title": Text("Informe de recuperación", "Recovery report"),
    "creditor": Text("Acreedor", "Creditor"),
    "agency": Text("Agencia", "Agency"),
    "from": Text("Desde", "From"),
    "to": Text("Hasta", "To"),
    "currency": Text("Moneda", "Currency"),
    "debts": Text("Obligaciones asignadas", "Debts placed"),
    "placed": Text("Valor asignado", "Placed amount"),
    "recovered": Text("Recaudo del período", "Recovered in the period"),
    "payments": Text("Pagos y reversos", "Payments and reversals"),
    "balance": Text("Saldo", "Balance"),
    "difference": Text("Diferencia entre meses y pagos", "Difference between months and payments"),
}


def write_summary(
    book: Any,
    sheet: Any,
    formats: Formats,
    data: ReportData,
    language: Language,
    footer: str,
    months: list[list[Cell]],
    totals: Mapping[str, Totals],
) -> None:
    """Write the sheet from top to bottom, as `constant_memory` wants it."""
    for position, column in enumerate(MONTHS.columns):
        sheet.set_column(position, position, column.width)
    sheet.write_string(0, 0, SUMMARY["title"].localised(language), formats.title)
    row = 2
    for code, value in _figures(data, totals):
        sheet.write_string(row, 0, SUMMARY[code].localised(language), formats.label)
        write_cell(sheet, row, 1, value, formats)
        row += 1
    first = row + 2
    titles: list[Cell] = [column.title.localised(language) for column in MONTHS.columns]
    write_row(sheet, first - 1, MONTHS, titles, formats, heading=True)
    for offset, cells in enumerate(months):
        write_row(sheet, first + offset, MONTHS, _named(cells, language), formats)
    last = first + len(months)
    write_row(sheet, last, MONTHS, totals[MONTHS.code].cells(language), formats, total=True)
    if footer:
        sheet.write_string(last + 2, 0, footer, formats.note)
    if months:
        _insert_chart(book, sheet, language, first, last - 1)


def _figures(data: ReportData, totals: Mapping[str, Totals]) -> list[tuple[str, Cell]]:
    payments, debts, months = totals[PAYMENTS.code], totals[DEBTS.code], totals[MONTHS.code]
    return [
        ("creditor", data.creditor_name),
        ("agency", data.agency_name),
        ("from", data.period_from),
        ("to", data.period_to),
        ("currency", data.currency),
        ("debts", debts.rows),
        ("placed", debts.money("placed")),
        ("recovered", payments.money("amount")),
        ("payments", payments.rows),
        ("balance", debts.money("balance")),
        # Two independent roads to the same figure: anything but zero tells the reader to ask.
        ("difference", months.money("recovered") - payments.money("amount")),
    ]


def _named(cells: list[Cell], language: Language) -> list[Cell]:
    month, *others = cells
    assert isinstance(month, date)  # the first column is of kind month
    return [month_name(month, language), *others]


def _insert_chart(book: Any, sheet: Any, language: Language, first: int, last: int) -> None:
    name = SUMMARY["sheet"].localised(language)
    chart = book.add_chart({"type": "column"})
    chart.add_series(
        {
            "name": MONTHS.columns[2].title.localised(language),
            "categories": [name, first, 0, last, 0],
            "values": [name, first, 2, last, 2],
            "fill": {"color": "#2F6690"},
            "gap": 60,
        }
    )
    chart.set_title({"name": MONTHS.title.localised(language)})
    chart.set_legend({"none": True})
    chart.set_y_axis({"num_format": "#,##0", "major_gridlines": {"visible": True, "line": {"color": "#E1E5EA"}}})
    chart.set_size({"width": 620, "height": 320})
    sheet.insert_chart(1, 4, chart)
