"""The report's workbook: a summary with a chart, the payments and the debts, in memory that does not grow with them."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from recobro_recovery_report.layout import DEBTS, MONTHS, PAYMENTS, Cell, Table
from recobro_recovery_report.sheets import Formats, write_row
from recobro_recovery_report.summary import SUMMARY, write_summary
from recobro_recovery_report.totals import Totals
from recobro_sdk import Language, RejectedByProvider, ReportData, ReportSink

XLSX_MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_LAST_ROW: Final = 1_048_575
_CHUNK: Final = 256 * 1024


class WorkbookFile:
    """One workbook. Rows go to temporary files as they come; the file reaches the sink when all is written."""

    def __init__(self, data: ReportData, language: Language, footer: str, sink: ReportSink) -> None:
        self._data = data
        self._language: Language = language
        self._footer = footer
        self._sink = sink
        self._folder = tempfile.TemporaryDirectory(prefix="recovery-report-")
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
        self._formats = Formats(self._book, data.currency)
        self._sheets: dict[str, Any] = {}
        self._table: Table = PAYMENTS
        self._next_row = 0
        self._totals: dict[str, Totals] = {}
        self._months: list[list[Cell]] = []

    async def __aenter__(self) -> Self:
        # The moment of the data, not of the writing: the same data give the same bytes.
        created = self._data.generated_at.replace(tzinfo=None)
        title = SUMMARY["title"].localised(self._language)
        self._book.set_properties({"title": title, "author": self._data.agency_name, "created": created})
        for code, name in (("summary", SUMMARY["sheet"]), (PAYMENTS.code, PAYMENTS.title), (DEBTS.code, DEBTS.title)):
            self._sheets[code] = self._book.add_worksheet(name.localised(self._language))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A cancelled batch may still be writing in its thread; the files outlive their names until it is done.
        self._folder.cleanup()

    async def begin(self, table: Table) -> None:
        """Start the sheet of a table. The months have none: they are part of the summary, which comes last."""
        self._table, self._next_row = table, 1
        if table is MONTHS:
            return
        sheet = self._sheets[table.code]
        for position, column in enumerate(table.columns):
            sheet.set_column(position, position, column.width)
        sheet.freeze_panes(1, 0)
        titles: list[Cell] = [column.title.localised(self._language) for column in table.columns]
        write_row(sheet, 0, table, titles, self._formats, heading=True)

    async def rows(self, batch: list[list[Cell]]) -> None:
        """Append rows."""
        if self._table is MONTHS:
            self._months += batch
            return
        # One row is kept for the totals.
        if self._next_row + len(batch) > _LAST_ROW:
            raise RejectedByProvider("too many rows for a workbook; ask for CSV", code="too_many_rows")
        await asyncio.to_thread(self._write_batch, batch)

    async def end(self, totals: Totals) -> None:
        """Append the totals."""
        self._totals[self._table.code] = totals
        if self._table is not MONTHS:
            sheet = self._sheets[self._table.code]
            write_row(sheet, self._next_row, self._table, totals.cells(self._language), self._formats, total=True)
            sheet.autofilter(0, 0, self._next_row - 1, len(self._table.columns) - 1)

    async def finish(self) -> None:
        """Write the summary, assemble the file and send it."""
        write_summary(
            self._book,
            self._sheets["summary"],
            self._formats,
            self._data,
            self._language,
            self._footer,
            self._months,
            self._totals,
        )
        await asyncio.to_thread(self._book.close)
        name = SUMMARY["file"].localised(self._language)
        async with self._sink.open(name, XLSX_MEDIA_TYPE) as writer:
            with await asyncio.to_thread(self._path.open, "rb") as file:
                while chunk := await asyncio.to_thread(file.read, _CHUNK):
                    await writer.write(chunk)

    def _write_batch(self, batch: list[list[Cell]]) -> None:
        sheet = self._sheets[self._table.code]
        for cells in batch:
            write_row(sheet, self._next_row, self._table, cells, self._formats)
            self._next_row += 1
