"""What was recovered in a period: every payment and reversal, and their sums by month and by the debt's stage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from recobro_creditor_reports.tables import (
    EMPTY,
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
from recobro_creditor_reports.totals import MOST, Groups, Key, Totals
from recobro_sdk import ColumnKind, Language, MonthRow, PaymentRow, ReportData, Text

_SUMS: Final[tuple[Column, ...]] = (
    count("payments", "Pagos", "Payments"),
    count("reversals", "Reversos", "Reversals"),
    money("recovered", "Recaudo", "Recovered"),
)
_MONTH: Final = Column("month", ColumnKind.MONTH, Text("Mes", "Month"))
_STAGE: Final = text("stage", "Etapa", "Stage")
PAYMENTS: Final = Table(
    "payments",
    Text("Pagos", "Payments"),
    Text("pagos", "payments"),
    (
        text("reference", "Pago", "Payment"),
        text("debt_reference", "Obligación", "Debt"),
        text("debtor_name", "Deudor", "Debtor"),
        _STAGE,
        day("paid_on", "Fecha", "Date"),
        text("method", "Medio", "Method"),
        money("amount", "Valor", "Amount"),
    ),
)
MONTHS: Final = Table(
    "recovery_by_month",
    Text("Recaudo del servidor", "Recovery of the server"),
    Text("recaudo_del_servidor", "recovery_of_the_server"),
    (_MONTH, count("payments", "Pagos y reversos", "Payments and reversals"), _SUMS[2]),
)
BY_MONTH: Final = Table(
    "by_month", Text("Por mes", "By month"), Text("por_mes", "by_month"), (_MONTH, *_SUMS), "recovered"
)
BY_STAGE: Final = Table(
    "by_stage", Text("Por etapa", "By stage"), Text("por_etapa", "by_stage"), (_STAGE, *_SUMS), "recovered"
)
BY_MONTH_AND_STAGE: Final = Table(
    "by_month_and_stage",
    Text("Por mes y etapa", "By month and stage"),
    Text("por_mes_y_etapa", "by_month_and_stage"),
    (_MONTH, _STAGE, *_SUMS),
)


class RecoveryFold:
    """Sums of the payments; a reversal is told by its negative amount. The server's own months stand beside them."""

    def __init__(self, data: ReportData, language: Language, bounds: Sequence[int]) -> None:
        self._no_stage = EMPTY.localised(language)
        self._months = Groups(2, 1, data.currency)
        self._months.expect((month,) for month in months(data.period_from, data.period_to))
        rest: Key = (OTHERS.localised(language),)
        self._stages = Groups(2, 1, data.currency, most=MOST, rest=rest)
        self._both = Groups(2, 1, data.currency)

    def add(self, table: Table, row: PaymentRow | MonthRow) -> None:
        """Take one payment. The server's months have sums already."""
        if isinstance(row, MonthRow):
            return
        back = row.amount.minor_units < 0
        values = (int(not back), int(back), row.amount)
        month, stage = row.paid_on.replace(day=1), row.stage or self._no_stage
        self._months.add((month,), values)
        self._stages.add((stage,), values)
        self._both.add((month, stage), values)

    def summaries(self) -> list[Summary]:
        """By month, by stage, and by both."""
        return [
            Summary(BY_MONTH, self._months.rows()),
            Summary(BY_STAGE, self._stages.rows()),
            Summary(BY_MONTH_AND_STAGE, self._both.rows()),
        ]

    def figures(self, totals: Mapping[str, Totals]) -> list[Figure]:
        """The period's recovery, and its difference from the server's months: anything but zero wants a question."""
        payments, server = totals[PAYMENTS.code], totals[MONTHS.code]
        return [
            Figure(Text("Pagos y reversos", "Payments and reversals"), payments.rows),
            Figure(Text("Recaudo del período", "Recovered in the period"), payments.of("amount")),
            Figure(
                Text("Diferencia con el servidor", "Difference from the server"),
                server.of("recovered") - payments.of("amount"),
            ),
        ]


def months(first: date, last: date) -> Iterator[date]:
    """The first day of every month from `first` to `last`."""
    for number in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        yield date(number // 12, number % 12 + 1, 1)


RECOVERY: Final = Definition(
    code="creditor_reports_recovery",
    title=Text("Recuperación por mes y etapa", "Recovery by month and stage"),
    stem=Text("recuperacion", "recovery"),
    details=(Detail(PAYMENTS, lambda data: data.payments()), Detail(MONTHS, lambda data: data.recovery_by_month())),
    summaries=(BY_MONTH, BY_STAGE, BY_MONTH_AND_STAGE),
    fold=RecoveryFold,
)
