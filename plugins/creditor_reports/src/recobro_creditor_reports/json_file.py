"""JSON: the whole report in one file, written as its rows come. Amounts are decimal text in the report's currency."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Final, Self

from recobro_creditor_reports.output import Job, plain
from recobro_creditor_reports.tables import Cell, Figure, Summary, Table
from recobro_creditor_reports.totals import Totals
from recobro_sdk import ArtifactWriter, ReportSink

JSON_MEDIA_TYPE: Final = "application/json"


class JsonFile:
    """An `Output`: `{report, …, tables: {code: {rows: […], count, totals}}, figures: […], footer}`."""

    def __init__(self, job: Job, sink: ReportSink) -> None:
        self._job = job
        self._sink = sink
        self._open = AsyncExitStack()
        self._table: Table | None = None
        self._writer: ArtifactWriter | None = None
        self._first_table = self._first_row = True

    async def __aenter__(self) -> Self:
        await self._open.__aenter__()
        self._writer = await self._open.enter_async_context(self._sink.open(self._job.file("json"), JSON_MEDIA_TYPE))
        data = self._job.data
        head = {
            "report": self._job.definition.code,
            "creditor": data.creditor_name,
            "agency": data.agency_name,
            "period_from": data.period_from.isoformat(),
            "period_to": data.period_to.isoformat(),
            "currency": data.currency,
            "generated_at": data.generated_at.isoformat(),
            "footer": self._job.footer,
        }
        await self._write(_dump(head)[:-1] + ',"tables":{')
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.__aexit__(kind, error, trace)

    async def begin(self, table: Table) -> None:
        """Start a table."""
        await self._write(f'{"" if self._first_table else ","}\n{_dump(table.code)}:{{"rows":[')
        self._table, self._first_table, self._first_row = table, False, True

    async def rows(self, batch: Sequence[list[Cell]]) -> None:
        """Append rows: objects by column code."""
        assert self._table is not None  # begin() comes first
        if not batch:
            return
        lines = await asyncio.to_thread(_lines, self._table, batch)
        await self._write(("\n" if self._first_row else ",\n") + lines)
        self._first_row = False

    async def end(self, totals: Totals) -> None:
        """End the table with how many rows it has and what they add up to."""
        assert self._table is not None  # begin() comes first
        sums = {column.code: _value(totals.of(column.code)) for column in self._table.columns if column.adds}
        await self._write(f'],"count":{totals.rows},"totals":{_dump(sums)}}}')

    async def finish(self, figures: Sequence[Figure], summaries: Sequence[tuple[Summary, Totals]]) -> None:
        """Write the summaries as tables, and the figures."""
        for summary, totals in summaries:
            await self.begin(summary.table)
            await self.rows(summary.rows)
            await self.end(totals)
        told = [{"title": self._job.words(figure.title), "value": _value(figure.value)} for figure in figures]
        await self._write(f'\n}},"figures":{_dump(told)}}}\n')
        await self._open.aclose()

    async def _write(self, text: str) -> None:
        assert self._writer is not None  # __aenter__() comes first
        await self._writer.write(text.encode("utf-8"))


def _lines(table: Table, batch: Sequence[list[Cell]]) -> str:
    return ",\n".join(
        _dump(
            {
                column.code: cell if isinstance(cell, int) else plain(column, cell)
                for column, cell in zip(table.columns, row, strict=True)
            }
        )
        for row in batch
    )


def _value(cell: Cell) -> str | int:
    return cell if isinstance(cell, int) else plain(None, cell)


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
