"""What all kinds of file have in common: what they are told, and how a cell becomes text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from types import TracebackType
from typing import Final, Protocol, Self

from recobro_creditor_reports.tables import Cell, Column, Definition, Figure, Summary, Table
from recobro_creditor_reports.totals import Totals
from recobro_sdk import ColumnKind, Language, Money, ReportData, Text

HEAD: Final = {
    "creditor": Text("Acreedor", "Creditor"),
    "agency": Text("Agencia", "Agency"),
    "from": Text("Desde", "From"),
    "to": Text("Hasta", "To"),
    "currency": Text("Moneda", "Currency"),
    "as_of": Text("Datos al", "Data as of"),
}


@dataclass(frozen=True, slots=True)
class Job:
    """One report to write: which, about whom, in which language, and the agency's note."""

    definition: Definition
    data: ReportData
    language: Language
    footer: str

    def words(self, text: Text) -> str:
        """The text in the report's language."""
        return text.localised(self.language)

    def file(self, extension: str, table: Table | None = None) -> str:
        """The name of a file: of the whole report, or of one table."""
        stem = self.words(self.definition.stem)
        return f"{stem}.{extension}" if table is None else f"{stem}_{self.words(table.file)}.{extension}"

    def titles(self, table: Table) -> list[str]:
        """The titles of a table's columns; those of amounts name the currency."""
        return [
            f"{self.words(column.title)} ({self.data.currency})"
            if column.kind is ColumnKind.MONEY
            else self.words(column.title)
            for column in table.columns
        ]

    def head(self) -> list[tuple[str, Cell]]:
        """Whose report it is, of when."""
        data = self.data
        values: dict[str, Cell] = {
            "creditor": data.creditor_name,
            "agency": data.agency_name,
            "from": data.period_from,
            "to": data.period_to,
            "currency": data.currency,
            "as_of": f"{data.generated_at:%Y-%m-%d %H:%M} UTC",
        }
        return [(self.words(HEAD[code]), value) for code, value in values.items()]


class Output(Protocol):
    """A kind of file. Takes the detail tables one after the other, then the summaries, and ends with `finish`."""

    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    async def begin(self, table: Table) -> None:
        """Start a detail table."""
        ...

    async def rows(self, batch: Sequence[list[Cell]]) -> None:
        """Append rows to it."""
        ...

    async def end(self, totals: Totals) -> None:
        """End it with its totals."""
        ...

    async def finish(self, figures: Sequence[Figure], summaries: Sequence[tuple[Summary, Totals]]) -> None:
        """Write what was drawn from the rows, and complete the files."""
        ...


def month_text(day: date) -> str:
    """`2026-03`."""
    return f"{day.year:04}-{day.month:02}"


def plain(column: Column | None, cell: Cell) -> str:
    """A cell as text that loses nothing: decimals with a point, days in ISO 8601, months as `2026-03`."""
    if isinstance(cell, Money):
        return cell.to_text()
    if isinstance(cell, date):
        return month_text(cell) if column is not None and column.kind is ColumnKind.MONTH else cell.isoformat()
    return str(cell)
