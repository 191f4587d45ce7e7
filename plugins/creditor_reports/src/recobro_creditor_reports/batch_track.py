"""What became of the creditor's files: every file with its counts, what was found in its rows, and sums by state."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from recobro_creditor_reports.tables import (
    OTHERS,
    Column,
    Definition,
    Detail,
    Figure,
    Summary,
    Table,
    count,
    day,
    money,
    text,
)
from recobro_creditor_reports.totals import MOST, Groups, Totals
from recobro_sdk import BatchRow, Language, ReportData, Text

_SUMS: Final[tuple[Column, ...]] = (
    count("rows", "Filas", "Rows"),
    count("accepted", "Aceptadas", "Accepted"),
    count("duplicates", "Duplicadas", "Duplicates"),
    count("rejected", "Rechazadas", "Rejected"),
    money("stated", "Valor del archivo", "Amount of the file"),
    money("taken", "Valor aceptado", "Accepted amount"),
)
_FILE: Final = (day("received_on", "Recibido", "Received on"), text("file_name", "Archivo", "File"))
_CODE: Final = (text("code", "Código", "Code"), count("found", "Filas", "Rows"))
BATCHES: Final = Table(
    "batches",
    Text("Archivos", "Files"),
    Text("archivos", "files"),
    (
        *_FILE,
        text("kind", "Clase", "Kind"),
        text("portfolio", "Portafolio", "Portfolio"),
        text("state", "Estado", "State"),
        *_SUMS,
        text("error_code", "Motivo del rechazo", "Why refused"),
    ),
)
ISSUES: Final = Table(
    "issues", Text("Novedades por archivo", "Issues by file"), Text("novedades", "issues"), (*_FILE, *_CODE)
)
BY_STATE: Final = Table(
    "by_state",
    Text("Por clase y estado", "By kind and state"),
    Text("por_clase_y_estado", "by_kind_and_state"),
    (text("kind", "Clase", "Kind"), text("state", "Estado", "State"), count("files", "Archivos", "Files"), *_SUMS),
)
BY_CODE: Final = Table("by_code", Text("Por novedad", "By issue"), Text("por_novedad", "by_issue"), _CODE, "found")


@dataclass(frozen=True, slots=True)
class IssueRow:
    """Rows of one file in which one thing was found; warnings and duplicates are among them."""

    received_on: date
    file_name: str
    code: str
    found: int


async def issues(data: ReportData) -> AsyncIterator[IssueRow]:
    """What was found in each file, by code."""
    async for batch in data.batches():
        for code, found in sorted(batch.issues.items()):
            yield IssueRow(batch.received_on, batch.file_name, code, found)


class BatchFold:
    """Sums of the files by kind and state, and of what was found by code."""

    def __init__(self, data: ReportData, language: Language, bounds: Sequence[int]) -> None:
        rest = OTHERS.localised(language)
        self._states = Groups(5, 2, data.currency, most=MOST, rest=(rest, rest))
        self._codes = Groups(1, 0, data.currency, most=MOST, rest=(rest,))

    def add(self, table: Table, row: BatchRow | IssueRow) -> None:
        """Take one file, or one thing found in a file."""
        if isinstance(row, IssueRow):
            self._codes.add((row.code,), (row.found,))
        else:
            self._states.add((row.kind, row.state), (1, *(getattr(row, column.code) for column in _SUMS)))

    def summaries(self) -> list[Summary]:
        """By kind and state, and by what was found."""
        return [Summary(BY_STATE, self._states.rows()), Summary(BY_CODE, self._codes.rows())]

    def figures(self, totals: Mapping[str, Totals]) -> list[Figure]:
        """How many files, and what became of their rows."""
        batches = totals[BATCHES.code]
        return [
            Figure(BATCHES.title, batches.rows),
            *(Figure(column.title, batches.of(column.code)) for column in _SUMS),
        ]


BATCH_TRACK: Final = Definition(
    code="creditor_reports_batch_track",
    title=Text("Seguimiento de archivos", "Batch track"),
    stem=Text("archivos_recibidos", "batch_track"),
    details=(Detail(BATCHES, lambda data: data.batches()), Detail(ISSUES, issues)),
    summaries=(BY_STATE, BY_CODE),
    fold=BatchFold,
)
