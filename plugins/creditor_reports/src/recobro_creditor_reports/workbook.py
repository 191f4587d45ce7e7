"""XLSX: a first sheet with figures, summaries and their charts, then a sheet for each detail table."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from recobro_creditor_reports.output import Job
from recobro_creditor_reports.sheets import Formats, write_row
from recobro_creditor_reports.tables import TOTAL, Cell, Figure, Summary, Table
from recobro_creditor_reports.totals import Totals
from recobro_sdk import ColumnKind, RejectedByProvider, ReportSink, Text

XLSX_MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SUMMARY: Final = Text("Resumen", "Summary")

_LAST_ROW: Final = 1_048_575
_CHUNK: Final = 256 * 1024
_WIDTHS: Final = {ColumnKind.TEXT: 24, ColumnKind.MONEY: 22, ColumnKind.MONTH: 16, ColumnKind.DATE: 12}
_CHART_ROWS: Final = 17


class WorkbookFile:
    """An `Output`. Rows go to temporary files as they come; the file reaches the sink when all is written."""

    def __init__(self, job: Job, sink: ReportSink) -> None:
        self._job = job
        self._sink = sink
        self._folder = tempfile.TemporaryDirectory(prefix="creditor-report-")
        self._path = Path(self._folder.name) / "report.xlsx"
        import xlsxwriter  # pyright: ignore[reportMissingTypeStubs]  # here: a server that makes no report needs none

        self._book: Any = xlsxwriter.Workbook(
            str(self._path),
            {
                "constant_memory": True,
                "tmpdir": self._folder.name,
                "strings_to_formulas": False,
                "strings_to_numbers": False,
                "strings_to_urls": False,
            },
        )
        self._formats = Formats(self._book, job.data.currency)
        self._sheets: dict[str, Any] = {}
        self._table: Table = job.definition.details[0].table
        self._next_row = 0

    async def __aenter__(self) -> Self:
        # The moment of the data, not of the writing: the same data give the same bytes.
        created = self._job.data.generated_at.replace(tzinfo=None)
        title = self._job.words(self._job.definition.title)
        self._book.set_properties({"title": title, "author": self._job.data.agency_name, "created": created})
        self._sheets[""] = self._book.add_worksheet(self._job.words(SUMMARY))
        for detail in self._job.definition.details:
            self._sheets[detail.table.code] = self._book.add_worksheet(self._job.words(detail.table.title))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A cancelled batch may still be writing in its thread; the files outlive their names until it is done.
        self._folder.cleanup()

    async def begin(self, table: Table) -> None:
        """Start the sheet of a table."""
        self._table, self._next_row = table, 1
        sheet = self._sheets[table.code]
        for position, column in enumerate(table.columns):
            sheet.set_column(position, position, _WIDTHS.get(column.kind, 14))
        sheet.freeze_panes(1, 0)
        write_row(sheet, 0, table, self._job.titles(table), self._formats, style="heading")

    async def rows(self, batch: Sequence[list[Cell]]) -> None:
        """Append rows. Raises `RejectedByProvider` (code `too_many_rows`) when the sheet is full."""
        # One row is kept for the totals.
        if self._next_row + len(batch) > _LAST_ROW:
            raise RejectedByProvider("too many rows for a workbook; ask for CSV or JSON", code="too_many_rows")
        await asyncio.to_thread(self._write_batch, batch)

    async def end(self, totals: Totals) -> None:
        """Append the totals."""
        sheet = self._sheets[self._table.code]
        cells = totals.cells(self._job.words(TOTAL))
        write_row(sheet, self._next_row, self._table, cells, self._formats, style="total")
        sheet.autofilter(0, 0, max(1, self._next_row - 1), len(self._table.columns) - 1)

    async def finish(self, figures: Sequence[Figure], summaries: Sequence[tuple[Summary, Totals]]) -> None:
        """Write the first sheet, assemble the file and send it."""
        await asyncio.to_thread(self._write_summary, figures, summaries)
        await asyncio.to_thread(self._book.close)
        async with self._sink.open(self._job.file("xlsx"), XLSX_MEDIA_TYPE) as writer:
            with await asyncio.to_thread(self._path.open, "rb") as file:
                while chunk := await asyncio.to_thread(file.read, _CHUNK):
                    await writer.write(chunk)

    def _write_batch(self, batch: Sequence[list[Cell]]) -> None:
        sheet = self._sheets[self._table.code]
        for cells in batch:
            write_row(sheet, self._next_row, self._table, cells, self._formats)
            self._next_row += 1

    def _write_summary(self, figures: Sequence[Figure], summaries: Sequence[tuple[Summary, Totals]]) -> None:
        job, sheet, formats = self._job, self._sheets[""], self._formats
        sheet.set_column(0, 0, 28)
        sheet.set_column(1, 12, 22)
        sheet.write_string(0, 0, job.words(job.definition.title), formats.title)
        row = 2
        told = [*job.head(), *((job.words(figure.title), figure.value) for figure in figures)]
        for label, value in told:
            sheet.write_string(row, 0, label, formats.label)
            formats.write(sheet, row, 1, value)
            row += 1
        for summary, totals in summaries:
            row = self._write_one(sheet, row + 2, summary, totals)
        if job.footer:
            sheet.write_string(row + 1, 0, job.footer, formats.note)

    def _write_one(self, sheet: Any, row: int, summary: Summary, totals: Totals) -> int:
        """Write a summary and its chart beneath; gives the row after them."""
        job, table, formats = self._job, summary.table, self._formats
        sheet.write_string(row, 0, job.words(table.title), formats.label)
        write_row(sheet, row + 1, table, job.titles(table), formats, style="heading")
        first = row + 2
        for offset, cells in enumerate(summary.rows):
            write_row(sheet, first + offset, table, cells, formats)
        last = first + len(summary.rows)
        write_row(sheet, last, table, totals.cells(job.words(TOTAL)), formats, style="total")
        if table.charted is None or not summary.rows:
            return last + 1
        self._insert_chart(sheet, table, table.place(table.charted), first, last)
        return last + 2 + _CHART_ROWS

    def _insert_chart(self, sheet: Any, table: Table, value: int, first: int, last: int) -> None:
        name, title = self._job.words(SUMMARY), self._job.words(table.columns[value].title)
        chart = self._book.add_chart({"type": "column"})
        chart.add_series(
            {
                "name": title,
                "categories": [name, first, 0, last - 1, 0],
                "values": [name, first, value, last - 1, value],
                "fill": {"color": "#2F6690"},
                "gap": 60,
            }
        )
        chart.set_title({"name": f"{title}: {self._job.words(table.title)}", "name_font": {"size": 12}})
        chart.set_legend({"none": True})
        chart.set_y_axis({"num_format": "#,##0", "major_gridlines": {"visible": True, "line": {"color": "#E1E5EA"}}})
        chart.set_size({"width": 760, "height": 320})
        sheet.insert_chart(last + 1, 0, chart)
