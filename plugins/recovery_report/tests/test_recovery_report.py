"""What the report's files say: every row, exact totals, no formulas, and a chart."""

from __future__ import annotations

import asyncio
import csv
import io
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from recobro_recovery_report import RecoveryReport, RecoveryReportParams, RecoveryReportSettings, workbook
from recobro_recovery_report.layout import PAYMENTS
from recobro_recovery_report.totals import Totals
from recobro_sdk import DebtRow, InvalidConfiguration, Money, RejectedByProvider, ReportParams
from recobro_sdk.testing import FakeContext, FakeReportData, FakeReportSink

SETTINGS = RecoveryReportSettings(footer="=SUM(A1:A9)")


def build(data: FakeReportData, **params: Any) -> FakeReportSink:
    async def body() -> FakeReportSink:
        sink = FakeReportSink()
        chosen = RecoveryReportParams.model_validate(
            {"period_from": data.period_from, "period_to": data.period_to, **params}
        )
        async with FakeContext() as context:
            await RecoveryReport(SETTINGS, context).build(data, chosen, sink)
        return sink

    return asyncio.run(body())


def csv_rows(sink: FakeReportSink, name: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(sink.files[name].decode("utf-8-sig"), newline="")))


def sheets(sink: FakeReportSink, name: str = "recuperacion.xlsx") -> Any:
    return openpyxl.load_workbook(io.BytesIO(sink.files[name]))


def cents(values: list[Any]) -> list[int]:
    # Text from 16 digits on, else a number: both become minor units without a binary fraction in between.
    return [int((Decimal(str(value)) * 100).to_integral_value()) for value in values]


def total(amounts: list[Money]) -> int:
    return sum(amount.minor_units for amount in amounts)


def test_files_by_language_and_format() -> None:
    data = FakeReportData()
    spanish = {"recuperacion.xlsx", "pagos.csv", "obligaciones.csv", "recaudo_por_mes.csv"}
    assert set(build(data).files) == spanish
    assert set(build(data, formats=["csv"]).files) == spanish - {"recuperacion.xlsx"}
    assert set(build(data, formats=["xlsx"], language="en").files) == {"recovery.xlsx"}


def test_csv_payments_are_exact_and_add_up() -> None:
    data = FakeReportData(payments=600)
    head, *rows, last = csv_rows(build(data), "pagos.csv")
    assert head == ["Pago", "Obligación", "Deudor", "Fecha", "Medio", "Valor (COP)"]
    assert [row[5] for row in rows] == [payment.amount.to_text() for payment in data.payment_rows]
    assert any(row[5].startswith("-") for row in rows), "reversals are rows with a negative amount"
    assert last == ["Total", "", "", "", "", Money(total([row.amount for row in data.payment_rows]), "COP").to_text()]


def test_csv_keeps_every_digit_of_a_huge_amount() -> None:
    data = FakeReportData()
    rows = csv_rows(build(data), "obligaciones.csv")
    assert rows[4][7] == "90071992547409.93"
    assert rows[-1][7:] == [
        Money(total(amounts), "COP").to_text()
        for amounts in (
            [row.placed for row in data.debt_rows],
            [row.recovered for row in data.debt_rows],
            [row.balance for row in data.debt_rows],
        )
    ]


def test_csv_text_is_never_a_formula() -> None:
    names = [row[1] for row in csv_rows(build(FakeReportData()), "obligaciones.csv")[1:-1]]
    assert names[:4] == ["'=HYPERLINK(A1)", "'+57 Ñandú", "'-Peña, María", "'@SUM(1)"]
    assert names[4:6] == ['Café "El Río", S.A.S.', "José\nÁvila"]


def test_csv_months_agree_with_payments() -> None:
    sink = build(FakeReportData())
    months, payments = csv_rows(sink, "recaudo_por_mes.csv"), csv_rows(sink, "pagos.csv")
    assert months[-1][2] == payments[-1][5]
    assert months[-1][1] == str(len(payments) - 2)


def test_workbook_payments_and_debts_add_up() -> None:
    data = FakeReportData(payments=600)
    book = sheets(build(data))
    assert book.sheetnames == ["Resumen", "Pagos", "Obligaciones"]
    payments = [[cell.value for cell in row] for row in book["Pagos"].iter_rows(min_row=2)]
    assert cents([row[5] for row in payments[:-1]]) == [row.amount.minor_units for row in data.payment_rows]
    assert cents([payments[-1][5]]) == [total([row.amount for row in data.payment_rows])]
    debts = [[cell.value for cell in row] for row in book["Obligaciones"].iter_rows(min_row=2)]
    assert cents([row[7] for row in debts[:-1]]) == [row.placed.minor_units for row in data.debt_rows]
    assert cents(debts[-1][7:]) == [
        total([row.placed for row in data.debt_rows]),
        total([row.recovered for row in data.debt_rows]),
        total([row.balance for row in data.debt_rows]),
    ]


def test_workbook_amounts_are_numbers_with_two_decimals() -> None:
    cell = sheets(build(FakeReportData()))["Pagos"]["F2"]
    assert cell.data_type == "n" and cell.number_format == "#,##0.00"


def test_workbook_has_no_formula_and_no_link_anywhere() -> None:
    data = FakeReportData()
    data.creditor_name = "=1+1"
    data.debt_rows[0] = replace(data.debt_rows[0], debtor_name="https://malo.example")
    sink = build(data)
    cells = [cell for sheet in sheets(sink) for row in sheet.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f" or cell.hyperlink]
    values = {cell.value for cell in cells}
    assert {"=HYPERLINK(A1)", "+57 Ñandú", "-Peña, María", "@SUM(1)", "=1+1", "=SUM(A1:A9)"} <= values


def test_summary_shows_figures_months_and_chart() -> None:
    data = FakeReportData()
    sink = build(data)
    summary = sheets(sink)["Resumen"]
    figures = {row[0].value: row[1].value for row in summary.iter_rows() if row[0].value}
    assert figures["Acreedor"] == "Banco Ejemplo S.A."
    assert figures["Obligaciones asignadas"] == len(data.debt_rows)
    assert cents([figures["Recaudo del período"]]) == [total([row.amount for row in data.payment_rows])]
    assert figures["Diferencia entre meses y pagos"] == 0
    months = {row[0].value: row[2].value for row in summary.iter_rows() if row[2].value is not None}
    assert {"enero 2026", "febrero 2026", "marzo 2026", "Total"} <= set(months)
    assert cents([months["Total"]]) == [total([row.amount for row in data.payment_rows])]
    with zipfile.ZipFile(io.BytesIO(sink.files["recuperacion.xlsx"])) as archive:
        chart = archive.read("xl/charts/chart1.xml").decode()
    assert "Resumen!$C$" in chart and "Resumen!$A$" in chart


def test_months_that_disagree_with_payments_show_a_difference() -> None:
    data = FakeReportData()
    data.payment_rows[0] = replace(data.payment_rows[0], amount=data.payment_rows[0].amount + Money(1, "COP"))
    wrong = Money(total([row.amount for row in data.payment_rows]), "COP")
    months = FakeReportData().recovery_by_month
    data.recovery_by_month = months
    summary = sheets(build(data))["Resumen"]
    figures = {row[0].value: row[1].value for row in summary.iter_rows() if row[0].value}
    assert cents([figures["Diferencia entre meses y pagos"]]) == [-1]
    assert cents([figures["Recaudo del período"]]) == [wrong.minor_units]


def test_currency_without_decimals() -> None:
    data = FakeReportData(debts=0, payments=0)
    data.currency = "CLP"

    async def debts() -> AsyncIterator[DebtRow]:
        amount = Money(1_234_567, "CLP")
        row = FakeReportData(debts=1).debt_rows[0]
        yield replace(row, placed=amount, recovered=Money(0, "CLP"), balance=amount)

    async def none() -> AsyncIterator[Any]:
        for row in ():
            yield row

    data.debts, data.recovery_by_month = debts, none
    sink = build(data)
    assert csv_rows(sink, "obligaciones.csv")[-1][7] == "1234567"
    assert sheets(sink)["Obligaciones"]["H2"].number_format == "#,##0"


def test_amount_in_another_currency_is_not_added() -> None:
    data = FakeReportData()
    data.payment_rows[3] = replace(data.payment_rows[3], amount=Money(1, "USD"))
    with pytest.raises(ValueError, match="cannot combine"):
        build(data)


def test_more_rows_than_a_sheet_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "_LAST_ROW", 10)
    with pytest.raises(RejectedByProvider) as caught:
        build(FakeReportData(payments=20))
    assert caught.value.code == "too_many_rows"
    assert build(FakeReportData(payments=9, debts=9)).files


def test_parameters_are_checked() -> None:
    wrongs: list[dict[str, object]] = [
        {"period_to": "2025-12-31"},
        {"language": "fr"},
        {"formats": []},
        {"colour": "red"},
    ]
    for wrong in wrongs:
        with pytest.raises(ValidationError):
            RecoveryReportParams.model_validate({"period_from": "2026-01-01", "period_to": "2026-03-31", **wrong})


def test_parameters_of_another_report_are_refused() -> None:
    async def body() -> None:
        params = ReportParams.model_validate({"period_from": "2026-01-01", "period_to": "2026-03-31"})
        async with FakeContext() as context:
            await RecoveryReport(SETTINGS, context).build(FakeReportData(), params, FakeReportSink())

    with pytest.raises(InvalidConfiguration):
        asyncio.run(body())


@given(st.lists(st.integers(-(10**20), 10**20)))
def test_totals_are_the_sums_of_any_amounts(amounts: list[int]) -> None:
    totals = Totals(PAYMENTS, "COP")
    for amount in amounts:
        totals.add([Money(amount, "COP") if column.code == "amount" else "x" for column in PAYMENTS.columns])
    assert totals.money("amount") == Money(sum(amounts), "COP") and totals.rows == len(amounts)
