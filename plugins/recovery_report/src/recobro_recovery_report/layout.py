"""The report's tables: their columns, titles, and how each row of data becomes cells."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeAlias

from recobro_sdk import ColumnKind, Language, Money, ReportColumn, ReportData, Text

Cell: TypeAlias = str | int | date | Money


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; `width` is in characters of the workbook."""

    code: str
    kind: ColumnKind
    title: Text
    width: int


@dataclass(frozen=True, slots=True)
class Table:
    """A table: where its rows come from and what they look like. Totals add up columns of kind money and `counted`."""

    code: str
    title: Text
    columns: tuple[Column, ...]
    rows: Callable[[ReportData], AsyncIterator[Any]]
    counted: frozenset[str] = frozenset()

    def cells(self, row: object) -> list[Cell]:
        """The cells of one row: each column is named like the field of the row that it shows."""
        return [getattr(row, column.code) for column in self.columns]


TOTAL: Final = Text("Total", "Total")

PAYMENTS: Final = Table(
    "payments",
    Text("Pagos", "Payments"),
    (
        Column("reference", ColumnKind.TEXT, Text("Pago", "Payment"), 18),
        Column("debt_reference", ColumnKind.TEXT, Text("Obligación", "Debt"), 18),
        Column("debtor_name", ColumnKind.TEXT, Text("Deudor", "Debtor"), 34),
        Column("paid_on", ColumnKind.DATE, Text("Fecha", "Date"), 12),
        Column("method", ColumnKind.TEXT, Text("Medio", "Method"), 14),
        Column("amount", ColumnKind.MONEY, Text("Valor", "Amount"), 20),
    ),
    lambda data: data.payments(),
)
DEBTS: Final = Table(
    "debts",
    Text("Obligaciones", "Debts"),
    (
        Column("reference", ColumnKind.TEXT, Text("Obligación", "Debt"), 18),
        Column("debtor_name", ColumnKind.TEXT, Text("Deudor", "Debtor"), 34),
        Column("debtor_document", ColumnKind.TEXT, Text("Documento", "Document"), 18),
        Column("product", ColumnKind.TEXT, Text("Producto", "Product"), 22),
        Column("stage", ColumnKind.TEXT, Text("Etapa", "Stage"), 14),
        Column("days_past_due", ColumnKind.NUMBER, Text("Días de mora", "Days past due"), 13),
        Column("placed_on", ColumnKind.DATE, Text("Asignada", "Placed on"), 12),
        Column("placed", ColumnKind.MONEY, Text("Valor asignado", "Placed amount"), 20),
        Column("recovered", ColumnKind.MONEY, Text("Recuperado", "Recovered"), 20),
        Column("balance", ColumnKind.MONEY, Text("Saldo", "Balance"), 20),
    ),
    lambda data: data.debts(),
)
MONTHS: Final = Table(
    "recovery_by_month",
    Text("Recaudo por mes", "Recovery by month"),
    (
        Column("month", ColumnKind.MONTH, Text("Mes", "Month"), 26),
        Column("payments", ColumnKind.NUMBER, Text("Pagos", "Payments"), 20),
        Column("recovered", ColumnKind.MONEY, Text("Recaudo", "Recovered"), 22),
    ),
    lambda data: data.recovery_by_month(),
    frozenset({"payments"}),
)
TABLES: Final = (PAYMENTS, DEBTS, MONTHS)
"""In the order in which they are written."""


def described_columns() -> tuple[ReportColumn, ...]:
    """Every column, as the SDK describes them."""
    return tuple(
        ReportColumn(table.code, column.code, column.kind, column.title) for table in TABLES for column in table.columns
    )


def month_name(day: date, language: Language) -> str:
    """`enero 2026`, `January 2026`; from a list, because a locale may not be installed."""
    names = _MONTHS_ES if language == "es" else _MONTHS_EN
    return f"{names[day.month - 1]} {day.year}"


_MONTHS_ES: Final = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip
_MONTHS_EN: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
