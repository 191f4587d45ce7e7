"""A report as Recobro sees it: reads each stream once, and writes every kind of file from it at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from importlib import import_module
from typing import Any, Final

from recobro_creditor_reports.csv_files import CSV_MEDIA_TYPE, CsvFiles
from recobro_creditor_reports.json_file import JSON_MEDIA_TYPE, JsonFile
from recobro_creditor_reports.output import Job, Output
from recobro_creditor_reports.paper import PDF_MEDIA_TYPE, PdfFile
from recobro_creditor_reports.params import CreditorReportParams, CreditorReportSettings
from recobro_creditor_reports.tables import Cell, Definition, Detail, Fold
from recobro_creditor_reports.totals import Totals
from recobro_creditor_reports.workbook import XLSX_MEDIA_TYPE, WorkbookFile
from recobro_sdk import (
    InvalidConfiguration,
    PluginContext,
    ReportData,
    ReportDescription,
    ReportFormat,
    ReportParams,
    ReportSink,
)

# Rows handled between two looks at the event loop: a few milliseconds of work.
_BATCH: Final = 250
_KINDS: Final[dict[str, tuple[str, Callable[[Job, ReportSink], Output]]]] = {
    "csv": (CSV_MEDIA_TYPE, CsvFiles),
    "json": (JSON_MEDIA_TYPE, JsonFile),
    "xlsx": (XLSX_MEDIA_TYPE, WorkbookFile),
    "pdf": (PDF_MEDIA_TYPE, PdfFile),
}


class CreditorReport:
    """A `ClientReport` for one agency, made from its definition."""

    def __init__(self, definition: Definition, settings: CreditorReportSettings, context: PluginContext) -> None:
        self._definition = definition
        self._settings = settings
        self._context = context

    def describe(self) -> ReportDescription:
        """What the report is."""
        return ReportDescription(
            code=self._definition.code,
            title=self._definition.title,
            params=CreditorReportParams,
            formats=tuple(ReportFormat(code, media_type) for code, (media_type, _) in _KINDS.items()),
            columns=self._definition.columns,
        )

    async def build(self, data: ReportData, params: ReportParams, sink: ReportSink) -> None:
        """Write the files of every format that was asked for; see `ClientReport.build`.

        Raises `RejectedByProvider`: code `too_many_rows` when a table does not fit in a sheet, `unprintable_text` when
        the PDF's fonts lack a letter.
        """
        if not isinstance(params, CreditorReportParams):
            raise InvalidConfiguration("the parameters are not this report's")
        job = Job(self._definition, data, params.language, self._settings.footer)
        fold = self._definition.fold(data, params.language, self._settings.ageing_bounds)
        if "xlsx" in params.formats:
            await asyncio.to_thread(import_module, "xlsxwriter")  # a tenth of a second, the first time
        async with AsyncExitStack() as stack:
            outputs = [
                await stack.enter_async_context(make(job, sink))
                for code, (_, make) in _KINDS.items()
                if code in params.formats
            ]
            totals = {item.table.code: await _write(item, data, fold, outputs) for item in self._definition.details}
            figures = fold.figures(totals)
            summaries = [(summary, _added(summary.table, summary.rows, data)) for summary in fold.summaries()]
            for output in outputs:
                await output.finish(figures, summaries)
        rows = sum(total.rows for total in totals.values())
        self._context.log.info("report_built", rows=rows, formats=[*sorted(params.formats)])


async def _write(detail: Detail, data: ReportData, fold: Fold, outputs: Sequence[Output]) -> Totals:
    totals = Totals(detail.table, data.currency)
    for output in outputs:
        await output.begin(detail.table)
    async for batch in _batches(detail.rows(data)):
        cells = await asyncio.to_thread(_taken, detail, batch, totals, fold)
        for output in outputs:
            await output.rows(cells)
    for output in outputs:
        await output.end(totals)
    return totals


def _taken(detail: Detail, batch: Sequence[Any], totals: Totals, fold: Fold) -> list[list[Cell]]:
    cells = [detail.cells(row) for row in batch]
    for row, shown in zip(batch, cells, strict=True):
        totals.add(shown)
        fold.add(detail.table, row)
    return cells


def _added(table: Any, rows: Sequence[list[Cell]], data: ReportData) -> Totals:
    totals = Totals(table, data.currency)
    for row in rows:
        totals.add(row)
    return totals


async def _batches(rows: AsyncIterator[Any]) -> AsyncIterator[list[Any]]:
    batch: list[Any] = []
    async for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
