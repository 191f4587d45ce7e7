"""What was settled with the creditor: every statement of the period, and its sums by month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from recobro_creditor_reports.recovery import months
from recobro_creditor_reports.tables import (
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
from recobro_creditor_reports.totals import Groups, Totals
from recobro_sdk import ColumnKind, Language, ReportData, StatementRow, Text

_FLOWS: Final[tuple[Column, ...]] = (
    money("received", "Recibido por la agencia", "Received by the agency"),
    money("direct", "Recibido por el acreedor", "Received by the creditor"),
    money("adjustments", "Ajustes", "Adjustments"),
    money("fees", "Comisiones", "Fees"),
    money("taxes", "Impuestos", "Taxes"),
    money("costs", "Gastos", "Costs"),
    money("withheld", "Retenido", "Withheld"),
    money("advances", "De anticipos", "From advances"),
    money("invoiced", "Facturado", "Invoiced"),
    money("remitted", "Girado", "Remitted"),
)
STATEMENTS: Final = Table(
    "statements",
    Text("Liquidaciones", "Statements"),
    Text("liquidaciones", "statements"),
    (
        count("number", "Liquidación", "Statement", adds=False),
        day("first_on", "Desde", "From"),
        day("last_on", "Hasta", "To"),
        money("opening", "Saldo anterior", "Opening", adds=False),
        *_FLOWS,
        # What a statement leaves open is the next one's opening: a sum over statements would count it again and again.
        money("carried", "Saldo que pasa", "Carried", adds=False),
        text("sha256", "Huella SHA-256", "SHA-256"),
    ),
)
_KEPT: Final = ("received", "direct", "fees", "taxes", "costs", "remitted")
BY_MONTH: Final = Table(
    "by_month",
    Text("Por mes", "By month"),
    Text("por_mes", "by_month"),
    (
        Column("month", ColumnKind.MONTH, Text("Mes", "Month")),
        count("statements", "Liquidaciones", "Statements"),
        *(column for column in _FLOWS if column.code in _KEPT),
    ),
    "remitted",
)


class RemittanceFold:
    """Sums of the statements by the month of their last day."""

    def __init__(self, data: ReportData, language: Language, bounds: Sequence[int]) -> None:
        self._months = Groups(1, len(_KEPT), data.currency)
        self._months.expect((month,) for month in months(data.period_from, data.period_to))

    def add(self, table: Table, row: StatementRow) -> None:
        """Take one statement."""
        self._months.add((row.last_on.replace(day=1),), (1, *(getattr(row, code) for code in _KEPT)))

    def summaries(self) -> list[Summary]:
        """By month."""
        return [Summary(BY_MONTH, self._months.rows())]

    def figures(self, totals: Mapping[str, Totals]) -> list[Figure]:
        """How many statements, and what they add up to."""
        statements = totals[STATEMENTS.code]
        return [
            Figure(STATEMENTS.title, statements.rows),
            *(Figure(column.title, statements.of(column.code)) for column in _FLOWS if column.code in _KEPT),
        ]


REMITTANCE: Final = Definition(
    code="creditor_reports_remittance",
    title=Text("Liquidaciones y giros", "Statements and remittance"),
    stem=Text("remesa", "remittance"),
    details=(Detail(STATEMENTS, lambda data: data.statements()),),
    summaries=(BY_MONTH,),
    fold=RemittanceFold,
)
