"""What the four reports say: the same rows in every format, totals and summaries that are the sums of these rows."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import tracemalloc
import zipfile
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from recobro_creditor_reports import CreditorReport, CreditorReportParams, CreditorReportSettings, workbook
from recobro_creditor_reports.batch_track import BATCH_TRACK
from recobro_creditor_reports.inventory import INVENTORY, InventoryFold
from recobro_creditor_reports.recovery import RECOVERY
from recobro_creditor_reports.remittance import REMITTANCE
from recobro_creditor_reports.tables import Definition
from recobro_creditor_reports.totals import Groups
from recobro_sdk import ColumnKind, DebtRow, Money, RejectedByProvider
from recobro_sdk.testing import FakeContext, FakeReportData, FakeReportSink

ALL = (INVENTORY, RECOVERY, REMITTANCE, BATCH_TRACK)


def build(definition: Definition, data: FakeReportData, sink: Any = None, **params: Any) -> Any:
    settings = CreditorReportSettings(footer="=SUM(A1:A9)")
    kept = FakeReportSink() if sink is None else sink

    async def body() -> None:
        chosen = CreditorReportParams.model_validate(
            {"period_from": data.period_from, "period_to": data.period_to, **params}
        )
        async with FakeContext() as context:
            await CreditorReport(definition, settings, context).build(data, chosen, kept)

    asyncio.run(body())
    return kept


def csv_rows(sink: FakeReportSink, name: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(sink.files[name].decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("definition", ALL, ids=lambda definition: definition.code)
def test_every_total_is_the_sum_of_its_rows_and_every_format_says_the_same(definition: Definition) -> None:
    sink = build(definition, FakeReportData(debts=300, payments=600), language="en")
    stem = definition.stem.en
    told = json.loads(sink.files[f"{stem}.json"], parse_float=Decimal)
    tables = (*(detail.table for detail in definition.details), *definition.summaries)
    assert list(told["tables"]) == [table.code for table in tables]
    book = openpyxl.load_workbook(io.BytesIO(sink.files[f"{stem}.xlsx"]))
    for table in tables:
        rows, totals = told["tables"][table.code]["rows"], told["tables"][table.code]["totals"]
        assert told["tables"][table.code]["count"] == len(rows) > 0
        head, *lines, last = csv_rows(sink, f"{stem}_{table.file.en}.csv")
        assert len(lines) == len(rows) and len(head) == len(table.columns) and last[0] == "Total"
        for place, column in enumerate(table.columns):
            values = [row[column.code] for row in rows]
            assert [line[place].removeprefix("'") for line in lines] == [
                str(value).removeprefix("'") for value in values
            ]
            if column.adds:
                assert Decimal(totals[column.code]) == sum(map(Decimal, values)) == Decimal(last[place])
        if table in definition.summaries:
            continue
        sheet = [[cell.value for cell in row] for row in book[table.title.en].iter_rows(min_row=2)]
        for place, column in enumerate(table.columns):
            if column.kind is ColumnKind.MONEY:
                assert [round(Decimal(str(row[place])), 2) for row in sheet[:-1]] == [
                    Decimal(row[column.code]) for row in rows
                ]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f" or cell.hyperlink]
    with zipfile.ZipFile(io.BytesIO(sink.files[f"{stem}.xlsx"])) as archive:
        charts = [name for name in archive.namelist() if name.startswith("xl/charts/chart")]
    assert len(charts) == sum(table.charted is not None for table in definition.summaries) > 0
    assert sink.files[f"{stem}.pdf"].startswith(b"%PDF-")


def test_summaries_agree_with_the_rows_that_they_sum() -> None:
    data = FakeReportData(debts=300, payments=600)
    tables = json.loads(build(INVENTORY, data, formats=["json"]).files["inventario.json"])["tables"]
    for code in ("by_stage", "by_bucket", "by_portfolio"):
        assert {**tables["debts"]["totals"], "debts": 300} == tables[code]["totals"]
    buckets = {row["bucket"]: row["debts"] for row in tables["by_bucket"]["rows"]}
    # The kit's debts are 30 days apart: 0 is current, each bound ends its bucket, 7 to 299 are beyond 180 days.
    assert list(buckets) == ["saldada", "al día", "1-30", "31-60", "61-90", "91-120", "121-150", "151-180", "180+"]
    assert list(buckets.values()) == [0, 1, 1, 1, 1, 1, 1, 1, 293]
    told = json.loads(build(RECOVERY, data, formats=["json"]).files["recuperacion.json"])
    months = {row["month"]: row["recovered"] for row in told["tables"]["by_month"]["rows"]}
    server = {row["month"]: row["recovered"] for row in told["tables"]["recovery_by_month"]["rows"]}
    assert months == server and list(months) == ["2026-01", "2026-02", "2026-03"]
    assert {figure["title"]: figure["value"] for figure in told["figures"]}["Diferencia con el servidor"] == "0.00"
    assert told["tables"]["by_stage"]["totals"] == told["tables"]["by_month_and_stage"]["totals"]
    tables = json.loads(build(BATCH_TRACK, data, formats=["json"]).files["archivos_recibidos.json"])["tables"]
    assert tables["by_code"]["totals"] == tables["issues"]["totals"] and tables["by_state"]["totals"]["files"] == 300


def test_months_that_disagree_with_the_server_show_a_difference() -> None:
    data = FakeReportData()
    months = FakeReportData().recovery_by_month
    data.payment_rows[0] = replace(data.payment_rows[0], amount=data.payment_rows[0].amount + Money(1, "COP"))
    data.recovery_by_month = months
    figures = json.loads(build(RECOVERY, data, formats=["json"]).files["recuperacion.json"])["figures"]
    assert figures[-1]["value"] == "-0.01"


def test_what_cannot_be_done_is_refused_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    data = FakeReportData()
    data.creditor_name = "Банк"
    with pytest.raises(RejectedByProvider) as caught:
        build(INVENTORY, data)
    assert caught.value.code == "unprintable_text" and "Банк" not in str(caught.value)
    assert "Банк" in build(INVENTORY, data, formats=["json"]).files["inventario.json"].decode()
    monkeypatch.setattr(workbook, "_LAST_ROW", 10)
    with pytest.raises(RejectedByProvider) as caught:
        build(RECOVERY, FakeReportData(payments=20))
    assert caught.value.code == "too_many_rows"
    for wrong in ({"ageing_bounds": (30, 30)}, {"ageing_bounds": (0, 30)}, {"ageing_bounds": ()}):
        with pytest.raises(ValidationError):
            CreditorReportSettings.model_validate(wrong)
    data.payment_rows[3] = replace(data.payment_rows[3], amount=Money(1, "USD"))
    with pytest.raises(ValueError, match="cannot combine"):
        build(RECOVERY, data, formats=["csv"])


class _Nowhere:
    """A sink that keeps nothing, so that what is measured is the report's own memory."""

    @asynccontextmanager
    async def open(self, name: str, media_type: str) -> AsyncGenerator[Any, None]:
        class Writer:
            async def write(self, chunk: bytes, /) -> None:
                return None

        yield Writer()


def test_memory_does_not_grow_with_the_rows() -> None:
    def peak(count: int) -> int:
        data, (row,) = FakeReportData(debts=0), FakeReportData(debts=1).debt_rows

        async def debts() -> AsyncIterator[DebtRow]:
            for number in range(count):
                yield replace(row, reference=f"OBL-{number}", portfolio=f"P{number}")

        data.debts = debts
        tracemalloc.start()
        try:
            build(INVENTORY, data, _Nowhere(), formats=["csv", "json", "xlsx"])
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(300)
    assert peak(3000) < 2 * peak(750), "every row is kept"


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(-(10**20), 10**20))))
def test_groups_lose_nothing_whatever_their_number(rows: list[tuple[int, int]]) -> None:
    groups = Groups(1, 1, "COP", most=5, rest=("others",))
    for key, amount in rows:
        groups.add((f"g{key}",), (1, Money(amount, "COP")))
    found = groups.rows()
    assert len(found) <= 6 and sum(row[1] for row in found) == len(rows)
    assert sum(row[2].minor_units for row in found) == sum(amount for _, amount in rows)


def test_a_settled_debt_is_in_no_bucket_of_days() -> None:
    data = FakeReportData(debts=1)
    fold = InventoryFold(data, "en", (30, 60))
    fold.add(INVENTORY.details[0].table, replace(data.debt_rows[0], balance=Money(0, "COP"), days_past_due=45))
    fold.add(INVENTORY.details[0].table, replace(data.debt_rows[0], days_past_due=60, placed_on=date(2026, 1, 1)))
    rows = {row[0]: row[1] for row in fold.summaries()[1].rows}
    assert rows == {"settled": 1, "current": 0, "1-30": 0, "31-60": 1, "60+": 0}
