"""CSV: a file for each table. RFC 4180, UTF-8 with a mark so that spreadsheets see the accents."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Final, Self

from recobro_creditor_reports.output import Job, plain
from recobro_creditor_reports.tables import TOTAL, Cell, Figure, Summary, Table
from recobro_creditor_reports.totals import Totals
from recobro_sdk import ArtifactWriter, Money, ReportSink

CSV_MEDIA_TYPE: Final = "text/csv"
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


class CsvFiles:
    """An `Output`; each file is open only while its rows go by."""

    def __init__(self, job: Job, sink: ReportSink) -> None:
        self._job = job
        self._sink = sink
        self._open = AsyncExitStack()
        self._table: Table | None = None
        self._writer: ArtifactWriter | None = None

    async def __aenter__(self) -> Self:
        await self._open.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.__aexit__(kind, error, trace)

    async def begin(self, table: Table) -> None:
        """Start the file of a table with its titles."""
        self._table = table
        name = self._job.file("csv", table)
        self._writer = await self._open.enter_async_context(self._sink.open(name, CSV_MEDIA_TYPE))
        await self._writer.write(b"\xef\xbb\xbf")
        await self.rows([list(self._job.titles(table))])

    async def rows(self, batch: Sequence[list[Cell]]) -> None:
        """Append rows."""
        assert self._writer is not None and self._table is not None  # begin() comes first
        await self._writer.write(await asyncio.to_thread(_encode, self._table, batch))

    async def end(self, totals: Totals) -> None:
        """Append the totals and finish the file."""
        await self.rows([totals.cells(self._job.words(TOTAL))])
        await self._open.aclose()

    async def finish(self, figures: Sequence[Figure], summaries: Sequence[tuple[Summary, Totals]]) -> None:
        """A file for each summary. The figures are the totals of the files, so they have none of their own."""
        for summary, totals in summaries:
            await self.begin(summary.table)
            await self.rows(summary.rows)
            await self.end(totals)


def _encode(table: Table, rows: Sequence[list[Cell]]) -> bytes:
    text = io.StringIO(newline="")
    lines = (
        [_safe(plain(column, cell), cell) for column, cell in zip(table.columns, row, strict=True)] for row in rows
    )
    csv.writer(text, lineterminator="\r\n").writerows(lines)
    return text.getvalue().encode("utf-8")


def _safe(text: str, cell: Cell) -> str:
    # A spreadsheet would run it. An amount may begin with a minus: it is a number.
    return f"'{text}" if not isinstance(cell, (Money, int)) and text.startswith(_FORMULA_STARTS) else text
