"""The report's CSV files: RFC 4180, UTF-8 with a mark so that spreadsheets see the accents, amounts as decimal text."""

from __future__ import annotations

import asyncio
import csv
import io
from contextlib import AsyncExitStack
from datetime import date
from types import TracebackType
from typing import Final, Self

from recobro_recovery_report.layout import DEBTS, MONTHS, PAYMENTS, Cell, Table
from recobro_recovery_report.totals import Totals
from recobro_sdk import ArtifactWriter, ColumnKind, Language, Money, ReportData, ReportSink, Text

CSV_MEDIA_TYPE: Final = "text/csv"

_NAMES: Final = {
    PAYMENTS.code: Text("pagos.csv", "payments.csv"),
    DEBTS.code: Text("obligaciones.csv", "debts.csv"),
    MONTHS.code: Text("recaudo_por_mes.csv", "recovery_by_month.csv"),
}
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


class CsvFiles:
    """One file for each table, each open only while its rows go by."""

    def __init__(self, data: ReportData, language: Language, sink: ReportSink) -> None:
        self._currency = data.currency
        self._language: Language = language
        self._sink = sink
        self._open = AsyncExitStack()
        self._writer: ArtifactWriter | None = None

    async def __aenter__(self) -> Self:
        await self._open.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.__aexit__(kind, error, trace)

    async def begin(self, table: Table) -> None:
        """Start the file of a table with its titles; amounts name their currency."""
        name = _NAMES[table.code].localised(self._language)
        self._writer = await self._open.enter_async_context(self._sink.open(name, CSV_MEDIA_TYPE))
        titles: list[Cell] = []
        for column in table.columns:
            title = column.title.localised(self._language)
            titles.append(f"{title} ({self._currency})" if column.kind is ColumnKind.MONEY else title)
        await self._write(b"\xef\xbb\xbf" + _encode([titles]))

    async def rows(self, batch: list[list[Cell]]) -> None:
        """Append rows."""
        await self._write(await asyncio.to_thread(_encode, batch))

    async def end(self, totals: Totals) -> None:
        """Append the totals and finish the file."""
        await self._write(_encode([totals.cells(self._language)]))
        await self._open.aclose()

    async def finish(self) -> None:
        """Nothing is left: every file was finished with its table."""

    async def _write(self, content: bytes) -> None:
        assert self._writer is not None  # begin() comes first
        await self._writer.write(content)


def _encode(rows: list[list[Cell]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([[_text(cell) for cell in row] for row in rows])
    return text.getvalue().encode("utf-8")


def _text(cell: Cell) -> str:
    if isinstance(cell, Money):
        return cell.to_text()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS):
        # A spreadsheet would run it. The apostrophe shows; a name is seldom a formula, and never one to be trusted.
        return f"'{cell}"
    return str(cell)
