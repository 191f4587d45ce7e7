"""The report as Recobro sees it: reads each stream once, and writes every file from it at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from importlib import import_module
from typing import Any, Final, Protocol

from recobro_recovery_report.csv_file import CSV_MEDIA_TYPE, CsvFiles
from recobro_recovery_report.layout import TABLES, Cell, Table, described_columns
from recobro_recovery_report.params import RecoveryReportParams, RecoveryReportSettings
from recobro_recovery_report.totals import Totals
from recobro_recovery_report.workbook import XLSX_MEDIA_TYPE, WorkbookFile
from recobro_sdk import (
    InvalidConfiguration,
    PluginContext,
    ReportData,
    ReportDescription,
    ReportFormat,
    ReportParams,
    ReportSink,
    Text,
)

REPORT_CODE: Final = "recovery_report"

# Rows handled between two looks at the event loop: a few milliseconds of work.
_BATCH: Final = 250


class _Output(Protocol):
    """A kind of file that takes the tables one after the other. What waits for a disk is done in a thread."""

    async def begin(self, table: Table) -> None: ...
    async def rows(self, batch: list[list[Cell]]) -> None: ...
    async def end(self, totals: Totals) -> None: ...
    async def finish(self) -> None: ...


class RecoveryReport:
    """A `ClientReport` for one agency."""

    def __init__(self, settings: RecoveryReportSettings, context: PluginContext) -> None:
        self._settings = settings
        self._context = context

    def describe(self) -> ReportDescription:
        """What the report is."""
        return ReportDescription(
            code=REPORT_CODE,
            title=Text("Informe de recuperación", "Recovery report"),
            params=RecoveryReportParams,
            formats=(ReportFormat("xlsx", XLSX_MEDIA_TYPE), ReportFormat("csv", CSV_MEDIA_TYPE)),
            columns=described_columns(),
        )

    async def build(self, data: ReportData, params: ReportParams, sink: ReportSink) -> None:
        """Write `recuperacion.xlsx` and three CSV files (or `recovery.xlsx`, in English); see `ClientReport.build`.

        Raises `RejectedByProvider` (code `too_many_rows`) when a table does not fit in a sheet.
        """
        if not isinstance(params, RecoveryReportParams):
            raise InvalidConfiguration("the parameters are not this report's")
        async with AsyncExitStack() as stack:
            outputs: list[_Output] = []
            if "xlsx" in params.formats:
                await asyncio.to_thread(import_module, "xlsxwriter")  # a tenth of a second, the first time
                workbook = WorkbookFile(data, params.language, self._settings.footer, sink)
                outputs.append(await stack.enter_async_context(workbook))
            if "csv" in params.formats:
                outputs.append(await stack.enter_async_context(CsvFiles(data, params.language, sink)))
            rows = 0
            for table in TABLES:
                rows += await _write(table, data, params, outputs)
            for output in outputs:
                await output.finish()
        self._context.log.info("report_built", rows=rows, formats=[*sorted(params.formats)])


async def _write(table: Table, data: ReportData, params: RecoveryReportParams, outputs: list[_Output]) -> int:
    totals = Totals(table, data.currency)
    for output in outputs:
        await output.begin(table)
    async for batch in _batches(table.rows(data)):
        cells = await asyncio.to_thread(_cells, table, batch, totals)
        for output in outputs:
            await output.rows(cells)
    for output in outputs:
        await output.end(totals)
    return totals.rows


def _cells(table: Table, batch: list[Any], totals: Totals) -> list[list[Cell]]:
    cells = [table.cells(row) for row in batch]
    for row in cells:
        totals.add(row)
    return cells


async def _batches(rows: AsyncIterator[Any]) -> AsyncIterator[list[Any]]:
    batch: list[Any] = []
    async for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
