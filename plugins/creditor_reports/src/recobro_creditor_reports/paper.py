"""PDF: figures and summaries with their charts, to be read by people; the rows themselves are in the other files."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

from recobro_creditor_reports.output import Job, plain
from recobro_creditor_reports.tables import Cell, Figure, Summary, Table
from recobro_creditor_reports.totals import Totals
from recobro_sdk import RejectedByProvider, ReportSink

PDF_MEDIA_TYPE: Final = "application/pdf"

# ReportLab keeps fonts and styles in module state that it does not guard.
_ONE_AT_A_TIME: Final = threading.Lock()


class PdfFile:
    """An `Output` that has no rows, so that it stays small enough to read and to keep in memory."""

    def __init__(self, job: Job, sink: ReportSink) -> None:
        self._job = job
        self._sink = sink

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    async def begin(self, table: Table) -> None:
        """Nothing: rows are not printed."""

    async def rows(self, batch: Sequence[list[Cell]]) -> None:
        """Nothing: rows are not printed."""

    async def end(self, totals: Totals) -> None:
        """Nothing: the figures have what is printed of them."""

    async def finish(self, figures: Sequence[Figure], summaries: Sequence[tuple[Summary, Totals]]) -> None:
        """Print. Raises `RejectedByProvider` (code `unprintable_text`) for letters that the standard fonts lack."""
        _check_printable(self._job, summaries)
        content = await asyncio.to_thread(_print, self._job, figures, summaries)
        async with self._sink.open(self._job.file("pdf"), PDF_MEDIA_TYPE) as writer:
            await writer.write(content)


def _print(job: Job, figures: Sequence[Figure], summaries: Sequence[tuple[Summary, Totals]]) -> bytes:
    # Here: it takes a tenth of a second to import, and a server that makes no PDF needs none.
    from recobro_creditor_reports.pages import build

    buffer = io.BytesIO()
    with _ONE_AT_A_TIME:
        build(buffer, job, figures, summaries)
    return buffer.getvalue()


def _check_printable(job: Job, summaries: Sequence[tuple[Summary, Totals]]) -> None:
    cells = [plain(None, cell) for summary, _ in summaries for row in summary.rows for cell in row]
    try:
        "".join([job.data.creditor_name, job.data.agency_name, job.footer, *cells]).encode("cp1252")
    except UnicodeEncodeError:
        # `from None`: the error would carry the text.
        raise RejectedByProvider(
            "the report has letters outside the Western European alphabet; ask for other files than PDF",
            code="unprintable_text",
        ) from None
